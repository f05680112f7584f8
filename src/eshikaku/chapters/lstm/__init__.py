"""Chapter 03: the gates of the LSTM (long short-term memory)."""

from eshikaku.chapters.lstm.experiments import (
    ablation,
    characters,
    gate_explorer,
    gradient_path,
    memory_task,
    timing,
)

__all__ = ["ablation", "characters", "gate_explorer", "gradient_path", "memory_task", "timing"]
