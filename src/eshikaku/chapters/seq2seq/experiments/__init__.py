"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.seq2seq.experiments.beams import beams
from eshikaku.chapters.seq2seq.experiments.bottleneck import bottleneck
from eshikaku.chapters.seq2seq.experiments.dialogue import dialogue
from eshikaku.chapters.seq2seq.experiments.sampling import sampling
from eshikaku.chapters.seq2seq.experiments.translate import translate
from eshikaku.chapters.seq2seq.experiments.variants import variants

__all__ = ["beams", "bottleneck", "dialogue", "sampling", "translate", "variants"]
