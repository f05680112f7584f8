"""The five vowels of Japanese, made from formants: 8 kHz, nothing is downloaded.

A voice is a row of harmonics k·f₀. The mouth strengthens those near its resonances, the formants:
each is a second-order resonator H(f) = f_c² / (f_c² − f² + i f b), with b its bandwidth in Hz. The
spectrum of the source falls as 1/k. Formants of a male voice, rounded; the pitch glides a little
and a weak noise is added, so that no two sounds are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

RATE = 8000
FORMANTS = {
    "あ": (750, 1200, 2600),
    "い": (300, 2250, 3000),
    "う": (350, 1250, 2250),
    "え": (480, 1900, 2550),
    "お": (480, 820, 2550),
}
WIDTHS = (80, 100, 140)


def response(vowel: str, frequency: Array) -> Array:
    """H(f), complex: how strongly (and with what phase) the mouth lets each frequency through."""
    total = np.ones(np.shape(frequency), complex)
    for centre, width in zip(FORMANTS[vowel], WIDTHS, strict=True):
        total = total * centre**2 / (centre**2 - frequency**2 + 1j * frequency * width)
    return total


def vowel(
    name: str, samples: int, rng: np.random.Generator, noise: float = 0.01, pitch: float = 125.0
) -> Array:
    """One sound (samples,) float64 in −1 … 1: about `pitch` Hz, gliding by up to 4 %."""
    time = np.arange(samples) / RATE
    start, end = pitch * (1 + rng.uniform(-0.04, 0.04, 2))
    phase = 2 * np.pi * (start * time + (end - start) * time**2 / (2 * max(time[-1], 1 / RATE)))
    phase = phase + rng.uniform(0, 2 * np.pi)
    harmonics = np.arange(1, int(RATE / 2 / (1.04 * pitch)) + 1)[:, None]  # (K, 1)
    weight = response(name, harmonics * pitch) / harmonics
    sound = (weight * np.exp(1j * harmonics * phase)).real.sum(axis=0)
    sound = 0.7 * sound / np.abs(sound).max()
    return np.clip(sound + noise * rng.normal(size=samples), -1, 1)


def nearest(sound: Array) -> str:
    """The vowel whose formants explain the spectrum of a sound best.

    Magnitudes below 3.4 kHz, smoothed over about one harmonic, are compared in dB with
    |H(f)| / f; the level of each is taken out.
    """
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    frequency = np.fft.rfftfreq(len(sound), 1 / RATE)
    width = max(3, round(150 / (RATE / len(sound))))
    smooth = np.convolve(spectrum**2, np.ones(width) / width, mode="same")
    band = (frequency > 200) & (frequency < 3400)
    heard = 10 * np.log10(smooth[band] + 1e-9)
    distance = {}
    for name in FORMANTS:
        expected = 20 * np.log10(np.abs(response(name, frequency[band])) / frequency[band])
        difference = np.maximum(heard - heard.max(), -45) - np.maximum(
            expected - expected.max(), -45
        )
        distance[name] = float(np.std(difference))
    return min(distance, key=distance.__getitem__)
