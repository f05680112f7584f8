"""The graded exercises: two losses (blanks), the draw of z (write), the ELBO (bug)."""

from eshikaku.chapters.vae.exercises.denoise import DENOISING
from eshikaku.chapters.vae.exercises.draw import DRAW
from eshikaku.chapters.vae.exercises.kl import KL
from eshikaku.chapters.vae.exercises.loss import LOSS

__all__ = ["DENOISING", "DRAW", "KL", "LOSS"]
