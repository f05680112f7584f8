"""The graded exercises, in the order of the text: one to fill, two bugs, two to write."""

from eshikaku.chapters.word2vec.exercises.cbow import CBOW_BACKWARD
from eshikaku.chapters.word2vec.exercises.negative import NEGATIVE
from eshikaku.chapters.word2vec.exercises.perplexity import PERPLEXITY
from eshikaku.chapters.word2vec.exercises.ppmi import PPMI
from eshikaku.chapters.word2vec.exercises.sampler import SAMPLER

__all__ = ["CBOW_BACKWARD", "NEGATIVE", "PERPLEXITY", "PPMI", "SAMPLER"]
