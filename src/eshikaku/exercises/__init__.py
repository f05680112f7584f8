"""Graded code exercises: declared in a chapter, checked by this engine."""

from eshikaku.exercises.declaration import Check, Exercise, Finding, Wrong, ____

__all__ = ["Check", "Exercise", "Finding", "Wrong", "____"]
