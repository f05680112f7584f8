"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.rnn.experiments.addition import binary_addition
from eshikaku.chapters.rnn.experiments.directions import direction
from eshikaku.chapters.rnn.experiments.forecasting import forecast
from eshikaku.chapters.rnn.experiments.grid import grid_view
from eshikaku.chapters.rnn.experiments.lengths import length
from eshikaku.chapters.rnn.experiments.tree import tree
from eshikaku.chapters.rnn.experiments.viewer import hidden_state

__all__ = [
    "binary_addition",
    "direction",
    "forecast",
    "grid_view",
    "hidden_state",
    "length",
    "tree",
]
