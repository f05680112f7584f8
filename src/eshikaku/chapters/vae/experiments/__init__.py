"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.vae.experiments.bottleneck import bottleneck
from eshikaku.chapters.vae.experiments.denoising import denoising
from eshikaku.chapters.vae.experiments.dialogue import dialogue
from eshikaku.chapters.vae.experiments.draws import draws
from eshikaku.chapters.vae.experiments.elbo import elbo
from eshikaku.chapters.vae.experiments.latent_map import latent_map
from eshikaku.chapters.vae.experiments.sampling import sampling

__all__ = ["bottleneck", "denoising", "dialogue", "draws", "elbo", "latent_map", "sampling"]
