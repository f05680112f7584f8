"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.vae.experiments.bottleneck import bottleneck
from eshikaku.chapters.vae.experiments.bound import elbo
from eshikaku.chapters.vae.experiments.denoise import denoising
from eshikaku.chapters.vae.experiments.dialogue import dialogue
from eshikaku.chapters.vae.experiments.draws import draws
from eshikaku.chapters.vae.experiments.holes import sampling
from eshikaku.chapters.vae.experiments.latent import latent_map

__all__ = ["bottleneck", "denoising", "dialogue", "draws", "elbo", "latent_map", "sampling"]
