"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.lstm.experiments.ablation import ablation
from eshikaku.chapters.lstm.experiments.characters import characters
from eshikaku.chapters.lstm.experiments.gate_explorer import gate_explorer
from eshikaku.chapters.lstm.experiments.gradient_path import gradient_path
from eshikaku.chapters.lstm.experiments.memory import memory_task
from eshikaku.chapters.lstm.experiments.timing import timing

__all__ = ["ablation", "characters", "gate_explorer", "gradient_path", "memory_task", "timing"]
