"""Experiments: declared in a chapter, run and drawn by this engine."""
