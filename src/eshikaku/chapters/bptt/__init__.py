"""Chapter 02: backpropagation through time and long-term dependencies."""

from eshikaku.chapters.bptt.experiments import *  # noqa: F403
