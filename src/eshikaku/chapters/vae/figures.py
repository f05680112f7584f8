"""The drawings of the chapter's text; each function returns a Figure."""

from eshikaku import plot
from eshikaku.chapters.vae.quiz_figures import kl_curves_quiz, latent_maps_quiz

__all__ = ["kl_curves_quiz", "latent_maps_quiz", "rows"]


def rows(images):
    """Rows of pictures (n, side²)."""
    figure = plot.figure((6.4, 6.4 * len(images) / len(images[0])))
    plot.show_rows(figure.add_axes((0, 0, 1, 1)), images, [])
    return figure
