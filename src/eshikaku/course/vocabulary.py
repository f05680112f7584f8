"""The words that stand in records, questions, exercises and sources: each said once.

A word in a record is valid for ever: words are added, none is renamed.
"""

from __future__ import annotations

IN_SCOPE = "出題対象"  # the exam asks it
ADVANCED = "発展"  # accredited programmes teach it, the exam does not ask it

# Where a question was met.
MODES = ("study", "review", "skip", "recall", "predict", "exam")

# How much of a calculation's solution is given: all, all but the blanks, nothing.
FADES = ("worked", "faded", "alone")

# What a check of an exercise says.
STATUSES = ("passed", "failed", "untouched", "error", "grader-error")
