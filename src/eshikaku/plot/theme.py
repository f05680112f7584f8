"""The theme: Japanese font, sizes, and one colour for one quantity everywhere.

Colours are those of Okabe & Ito (2008, "Color Universal Design") and of Tol's muted scheme,
which stay apart for colour-blind readers; a line differs by dash and marker as well.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#767676"
INDIGO, OLIVE, WINE = "#332288", "#999933", "#882255"

COLORS: Mapping[str, str] = MappingProxyType(
    {
        # gates and states
        "forget": VERMILLION,
        "input": GREEN,
        "output": BLUE,
        "candidate": ORANGE,
        "cell": PURPLE,
        "hidden": BLACK,
        "reset": INDIGO,
        "update": OLIVE,
        # quantities
        "gradient": WINE,
        "weight": SKY,
        "loss": BLUE,
        # data
        "train": BLUE,
        "test": VERMILLION,
        "truth": BLACK,
        "prediction": VERMILLION,
        "baseline": GREY,
        # judgements and background
        "good": BLUE,
        "bad": VERMILLION,
        "grey": GREY,
    }
)

_LINES = (
    (BLUE, "-", "o"),
    (VERMILLION, "--", "s"),
    (GREEN, "-.", "^"),
    (PURPLE, ":", "D"),
    (ORANGE, (0, (6, 1.5)), "v"),
    (SKY, (0, (5, 1.5, 1, 1.5, 1, 1.5)), "P"),
    (BLACK, (0, (2, 1)), "X"),
    (OLIVE, (0, (8, 2, 2, 2)), "*"),
)

STYLES: tuple[Mapping[str, Any], ...] = tuple(
    MappingProxyType(
        {
            "color": color,
            "linestyle": dash,
            "marker": marker,
            "markersize": 5,
            "markevery": (0.02 + 0.02 * i, 0.12),  # few, and not on top of another line's
        }
    )
    for i, (color, dash, marker) in enumerate(_LINES)
)
"""Keywords for ``ax.plot``, to be taken in turn: colour, dash and marker all differ."""

DPI = 100
"""CSS pixels an inch: a figure 7.2 inches wide is 720 px wide on the page."""

LOCK = threading.RLock()
"""Held while a figure is drawn (see :func:`drawing`): all threads share font and math caches."""

_OTHER_FONTS = ("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo")


class MissingFont(UserWarning):
    """No Japanese font was found; said once, figures are drawn with boxes for the letters."""


def packaged_font() -> Path | None:
    """The IPAexゴシック file of the package matplotlib-fontja, or ``None``."""
    spec = find_spec("matplotlib_fontja")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "fonts" / "ipaexg.ttf"
    return path if path.is_file() else None


def _font_families() -> list[str]:
    from matplotlib import font_manager

    packaged = packaged_font()
    if packaged is not None:
        font_manager.fontManager.addfont(str(packaged))
        return ["IPAexGothic", "DejaVu Sans"]
    known = set(font_manager.get_font_names())
    found = [name for name in _OTHER_FONTS if name in known]
    if not found:
        warnings.warn(
            "日本語フォントが見つかりません。図の文字が四角になります。"
            "`pip install matplotlib-fontja` で入ります（eshikaku doctor で確かめられます）。",
            MissingFont,
            stacklevel=4,
        )
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
    return [*found[:1], "DejaVu Sans"]


@lru_cache(maxsize=1)
def apply() -> None:
    """Set the theme for the process, once (``rcParams`` only, thread-safe, no pyplot)."""
    import matplotlib
    from cycler import cycler

    with LOCK:
        matplotlib.rcParams.update(
            {
                "font.family": _font_families(),
                "font.size": 11,
                "axes.titlesize": 12,
                "axes.labelsize": 11,
                "xtick.labelsize": 10,
                "ytick.labelsize": 10,
                "legend.fontsize": 10,
                "legend.framealpha": 0.85,
                "mathtext.fontset": "stix",
                "axes.grid": True,
                "axes.axisbelow": True,
                "grid.color": "#DDDDDD",
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.prop_cycle": cycler(color=[c for c, _, _ in _LINES]),
                "image.cmap": "cividis",
                "figure.facecolor": "white",
                "figure.subplot.left": 0.10,
                "figure.subplot.right": 0.97,
                "figure.subplot.bottom": 0.16,
                "figure.subplot.top": 0.89,
                "figure.subplot.wspace": 0.28,
                "figure.subplot.hspace": 0.45,
            }
        )


@contextmanager
def drawing() -> Iterator[None]:
    """One thread builds or draws figures; runs that diverged (1e300) are drawn without a word."""
    import numpy as np

    with LOCK, np.errstate(all="ignore"):
        yield


def figure(figsize: tuple[float, float] = (7.2, 3.6)) -> Figure:
    """An empty figure in the theme; ``figsize`` in inches of 100 CSS pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    apply()
    drawn = Figure(figsize=figsize, dpi=DPI)
    FigureCanvasAgg(drawn)
    return drawn
