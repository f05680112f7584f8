"""The drawings of the chapter's text; each function returns a Figure."""

from __future__ import annotations

from eshikaku.chapters.vae.quiz_figures import kl_curves_quiz, latent_maps_quiz

__all__ = ["kl_curves_quiz", "latent_maps_quiz"]
