"""The graded exercises: shift and loss (blanks), greedy decoding (write), a beam's step (bug)."""

from eshikaku.chapters.seq2seq.exercises.beam import BEAM
from eshikaku.chapters.seq2seq.exercises.greedy import GREEDY
from eshikaku.chapters.seq2seq.exercises.loss import LOSS

__all__ = ["BEAM", "GREEDY", "LOSS"]
