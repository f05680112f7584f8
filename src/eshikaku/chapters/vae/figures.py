"""The drawings of the chapter's text; each function returns a Figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from eshikaku.chapters.vae import pictures
from eshikaku.chapters.vae.quiz_figures import kl_curves_quiz, latent_maps_quiz

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["kl_curves_quiz", "latent_maps_quiz", "rows"]

Array = NDArray[Any]


def rows(images: Sequence[Array]) -> Figure:
    """Rows of pictures (n, side²)."""
    from eshikaku import plot

    figure = plot.figure((6.4, 6.4 * len(images) / len(images[0])))
    pictures.show_rows(figure.add_axes((0, 0, 1, 1)), images, [])
    return figure
