"""Chapter 01: the mathematics of the recurrent neural network (RNN)."""

from eshikaku.chapters.rnn.experiments import *  # noqa: F403
