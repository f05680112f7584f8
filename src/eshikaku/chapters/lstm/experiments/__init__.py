"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.lstm.experiments.clock import timing
from eshikaku.chapters.lstm.experiments.explorer import gate_explorer
from eshikaku.chapters.lstm.experiments.memory import memory_task
from eshikaku.chapters.lstm.experiments.parts import ablation
from eshikaku.chapters.lstm.experiments.path import gradient_path
from eshikaku.chapters.lstm.experiments.reading import characters

__all__ = ["ablation", "characters", "gate_explorer", "gradient_path", "memory_task", "timing"]
