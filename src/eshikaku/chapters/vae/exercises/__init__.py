"""The graded exercises: KL and its gradient (blanks), the draw of z (write), the loss (bug)."""

from eshikaku.chapters.vae.exercises.draw import DRAW
from eshikaku.chapters.vae.exercises.kl import KL
from eshikaku.chapters.vae.exercises.loss import LOSS

__all__ = ["DRAW", "KL", "LOSS"]
