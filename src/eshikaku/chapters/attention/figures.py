"""The drawings of the chapter's text; each function returns a Figure."""

from __future__ import annotations

from eshikaku.chapters.attention.quiz_figures import alignment_quiz, mask_quiz

__all__ = ["alignment_quiz", "mask_quiz"]
