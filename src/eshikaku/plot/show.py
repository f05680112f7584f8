"""Figures as HTML with alternative text (JupyterLab drops the alt of ``image/png``).

The picture has a small palette and no metadata: the same figure gives the same bytes.
"""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING, Any

from eshikaku.plot.theme import DPI, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARP = 1.5
"""Pixels of the picture for one CSS pixel: legible on dense screens, still small."""


def encode(pixels: Any, size: tuple[int, int], level: int = 6) -> bytes:
    """RGBA pixels of Agg → palette PNG (at most 256 colours: a third of a full PNG, and fast).

    ``level``: effort of the compression, 1 where time counts.
    """
    from PIL import Image

    image = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
    small = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = small.getpalette() or []
    small.putpalette([255 if shade >= 250 else shade for shade in palette])  # the paper is white
    out = io.BytesIO()
    small.save(out, "png", compress_level=level)
    return out.getvalue()


def png(figure: Figure, sharp: float = SHARP) -> bytes:
    """The figure as PNG with ``sharp`` pixels for one CSS pixel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with drawing():
        before = figure.dpi
        figure.set_dpi(DPI * sharp)
        try:
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            return encode(bytes(canvas.buffer_rgba()), canvas.get_width_height())
        finally:
            figure.set_dpi(before)


def image(picture: bytes, alt: str, width: int) -> str:
    """The ``<img>`` tag with the PNG ``picture`` inside; ``width`` in CSS pixels.

    It is stored as lossless WebP: two thirds of the PNG, and notebooks have a size to keep.
    """
    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(out, "webp", lossless=True, method=2)
    data = base64.b64encode(out.getvalue()).decode("ascii")
    return (
        f'<img src="data:image/webp;base64,{data}" alt="{escape(alt)}" width="{width}"'
        ' style="max-width:100%;height:auto;background:#fff">'
    )


def html(figure: Figure, alt: str, caption: str | None = None) -> str:
    """``<figure>`` with the picture, its alternative text and an optional caption.

    Raises:
        ValueError: ``alt`` is empty: a figure nobody can hear is not shown.
    """
    if not alt.strip():
        raise ValueError(
            "図には代替テキスト（alt）が必要です。何が見えるかを1〜2文で書いてください。"
        )
    width = round(figure.get_figwidth() * DPI)
    under = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure lang="ja" style="margin:0.5em 0">{image(png(figure), alt, width)}{under}</figure>'
    )


def show(figure: Figure, alt: str, caption: str | None = None) -> None:
    """Display the figure in a notebook."""
    from IPython.display import display

    display({"text/html": html(figure, alt, caption), "text/plain": "図"}, raw=True)
