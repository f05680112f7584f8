"""Chapter 06: autoencoders, the variational autoencoder and its latent space."""

from eshikaku.chapters.vae.experiments import (
    bottleneck,
    denoising,
    dialogue,
    draws,
    elbo,
    latent_map,
    sampling,
)

__all__ = ["bottleneck", "denoising", "dialogue", "draws", "elbo", "latent_map", "sampling"]
