"""Chapter 06: autoencoders, the variational autoencoder and its latent space."""

from eshikaku.chapters.vae.experiments import (
    bottleneck,
    denoising,
    draws,
    elbo,
    latent_map,
    sampling,
)

__all__ = ["bottleneck", "denoising", "draws", "elbo", "latent_map", "sampling"]
