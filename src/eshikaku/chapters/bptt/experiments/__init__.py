"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.bptt.experiments.clipping import clipping
from eshikaku.chapters.bptt.experiments.echo_state import echo_state
from eshikaku.chapters.bptt.experiments.gradient_map import gradient_map
from eshikaku.chapters.bptt.experiments.initialisation import initialisation
from eshikaku.chapters.bptt.experiments.shortcuts import shortcuts
from eshikaku.chapters.bptt.experiments.truncation import truncation

__all__ = ["clipping", "echo_state", "gradient_map", "initialisation", "shortcuts", "truncation"]
