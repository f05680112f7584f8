"""Chapter 07: attention, by hand, in sequence-to-sequence models, with masks."""

from eshikaku.chapters.attention.experiments import alignment, leak, length, lookup, scaling

__all__ = ["alignment", "leak", "length", "lookup", "scaling"]
