"""Chapter 05: from one sequence to another (encoder–decoder, seq2seq)."""

from eshikaku.chapters.seq2seq.experiments import *
