"""Graded code exercises: declared in a chapter, checked by this engine."""
