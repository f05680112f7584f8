"""Chapter 04: the gated recurrent unit (GRU), its relatives and its conventions."""

from eshikaku.chapters.gru.experiments import *  # noqa: F403
