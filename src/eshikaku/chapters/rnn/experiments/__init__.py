"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.rnn.experiments.binary_addition import binary_addition
from eshikaku.chapters.rnn.experiments.direction import direction
from eshikaku.chapters.rnn.experiments.forecast import forecast
from eshikaku.chapters.rnn.experiments.grid_view import grid_view
from eshikaku.chapters.rnn.experiments.hidden_state import hidden_state
from eshikaku.chapters.rnn.experiments.length import length
from eshikaku.chapters.rnn.experiments.tree import tree

__all__ = [
    "binary_addition",
    "direction",
    "forecast",
    "grid_view",
    "hidden_state",
    "length",
    "tree",
]
