"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.wavenet.experiments.blind_spot import blind_spot
from eshikaku.chapters.wavenet.experiments.dilation import dilation
from eshikaku.chapters.wavenet.experiments.mu_law import mu_law
from eshikaku.chapters.wavenet.experiments.pixels import pixels
from eshikaku.chapters.wavenet.experiments.voice import voice

__all__ = ["blind_spot", "dilation", "mu_law", "pixels", "voice"]
