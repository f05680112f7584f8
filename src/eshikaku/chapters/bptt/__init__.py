"""Chapter 02: backpropagation through time and long-term dependencies."""

from eshikaku.chapters.bptt.experiments import (
    clipping,
    echo_state,
    gradient_map,
    initialisation,
    shortcuts,
    truncation,
)

__all__ = ["clipping", "echo_state", "gradient_map", "initialisation", "shortcuts", "truncation"]
