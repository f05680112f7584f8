"""Chapter 01: the mathematics of the recurrent neural network (RNN)."""

from eshikaku.chapters.rnn.experiments import (
    binary_addition,
    direction,
    forecast,
    grid_view,
    hidden_state,
    length,
    tree,
)

__all__ = [
    "binary_addition",
    "direction",
    "forecast",
    "grid_view",
    "hidden_state",
    "length",
    "tree",
]
