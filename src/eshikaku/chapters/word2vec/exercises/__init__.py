"""The graded exercises: PPMI (blank), CBOW backward (bug), negative sampling, perplexity."""

from eshikaku.chapters.word2vec.exercises.cbow import CBOW_BACKWARD
from eshikaku.chapters.word2vec.exercises.negative import NEGATIVE
from eshikaku.chapters.word2vec.exercises.perplexity import PERPLEXITY
from eshikaku.chapters.word2vec.exercises.ppmi import PPMI

__all__ = ["CBOW_BACKWARD", "NEGATIVE", "PERPLEXITY", "PPMI"]
