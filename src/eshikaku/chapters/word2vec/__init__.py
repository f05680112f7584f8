"""Chapter 08: word vectors by counting and by prediction; n-grams and perplexity."""

from eshikaku.chapters.word2vec.experiments import *  # noqa: F403
