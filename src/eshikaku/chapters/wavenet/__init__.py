"""Chapter 22: WaveNetとPixelCNN."""

from eshikaku.chapters.wavenet.experiments import blind_spot, dilation, mu_law, pixels, voice
from eshikaku.chapters.wavenet.sound import play

__all__ = ["blind_spot", "dilation", "mu_law", "pixels", "play", "voice"]
