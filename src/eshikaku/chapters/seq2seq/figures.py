"""The drawings of the chapter's text; each function returns a Figure."""

from __future__ import annotations

from eshikaku.chapters.seq2seq.quiz_figures import search_tree_quiz

__all__ = ["search_tree_quiz"]
