"""Chapter 07: attention, by hand, in sequence-to-sequence models, with masks."""

from eshikaku.chapters.attention.experiments import (
    alignment,
    depth,
    leak,
    length,
    lookup,
    scaling,
    zero_shot,
)

__all__ = ["alignment", "depth", "leak", "length", "lookup", "scaling", "zero_shot"]
