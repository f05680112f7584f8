"""Chapter 06: autoencoders, the variational autoencoder and its latent space."""

from eshikaku.chapters.vae.experiments import *  # noqa: F403
