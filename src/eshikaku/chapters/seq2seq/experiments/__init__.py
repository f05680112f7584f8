"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.seq2seq.experiments.copying import bottleneck
from eshikaku.chapters.seq2seq.experiments.dialogue import dialogue
from eshikaku.chapters.seq2seq.experiments.drawing import sampling
from eshikaku.chapters.seq2seq.experiments.searching import beams
from eshikaku.chapters.seq2seq.experiments.translating import translate
from eshikaku.chapters.seq2seq.experiments.variants import variants

__all__ = ["beams", "bottleneck", "dialogue", "sampling", "translate", "variants"]
