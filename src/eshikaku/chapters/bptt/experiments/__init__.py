"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.bptt.experiments.clip import clipping
from eshikaku.chapters.bptt.experiments.echo import echo_state
from eshikaku.chapters.bptt.experiments.gradients import gradient_map
from eshikaku.chapters.bptt.experiments.initial import initialisation
from eshikaku.chapters.bptt.experiments.shortcuts import shortcuts
from eshikaku.chapters.bptt.experiments.truncated import truncation

__all__ = ["clipping", "echo_state", "gradient_map", "initialisation", "shortcuts", "truncation"]
