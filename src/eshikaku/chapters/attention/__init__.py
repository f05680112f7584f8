"""Chapter 07: attention, by hand, in sequence-to-sequence models, with masks."""
