"""Three toy languages: words apart, meanings and sentences one to one, parts apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from eshikaku.tasks import toy_languages as toy
from eshikaku.tasks.vocabulary import BOS, EOS, PAD

SENTENCES = {"a": "akai inu ga neko wo mi ta", "b": "the red dog did see the cat",
             "c": "iam vidi hundo ruga katon"}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations("abc", 2)))
def test_known_sentences(one: str, other: str) -> None:
    assert toy.translate(SENTENCES[one], one, other) == SENTENCES[other]


def test_order_and_marks() -> None:
    meaning = toy.Meaning(0, 4, 4, 3, 5, 1)
    assert toy.say(meaning, "a") == "ookii kuma ga shiroi usagi wo oikake ru"  # SOV
    assert toy.say(meaning, "b") == "the big bear does chase the white rabbit"  # SVO
    assert toy.say(meaning, "c") == "nun chasi urso granda kuniklon blanka"  # VSO, -n


@pytest.mark.parametrize("language", toy.LANGUAGES)
def test_every_meaning_has_one_sentence_and_back(language: str) -> None:
    said = [toy.say(m, language) for m in toy.meanings()]
    assert len(set(said)) == len(said) == 2 * 5 * 6 * 5 * 5 * 5
    assert max(len(text.split()) for text in said) <= toy.LONGEST
    for k in range(0, len(said), 997):
        assert toy.parse(said[k], language) == toy.meanings()[k]


def test_no_word_in_two_languages() -> None:
    for one, other in itertools.combinations(toy.LANGUAGES, 2):
        assert not toy.words_of(one) & toy.words_of(other)
    for language in toy.LANGUAGES:
        assert {toy.language_of(w) for w in toy.words_of(language)} == {language}
        assert toy.language_of(toy.target_token(language)) is None


def test_what_is_no_sentence_is_refused_in_japanese() -> None:
    with pytest.raises(toy.UnknownSentence, match="A語の語ではありません：dog"):
        toy.parse("akai dog ga neko wo mi ta", "a")
    with pytest.raises(toy.UnknownSentence, match="文の形"):
        toy.parse("inu neko ga wo mi ta", "a")
    with pytest.raises(toy.UnknownSentence, match="文の形"):
        toy.parse("inu ga inu wo mi ta", "a")


def test_parts_are_apart_and_complete() -> None:
    parts = toy.split()
    assert set(parts) == set(toy.PARTS)
    for one, other in itertools.combinations(toy.PARTS, 2):
        assert not set(parts[one]) & set(parts[other])
    assert sum(map(len, parts.values())) == len(toy.meanings())
    assert len(parts["test"]) == len(toy.meanings()) // 10


def test_batches_hold_right_translations_and_never_a_test_meaning() -> None:
    directions = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("a", "a"), ("c", "c")]
    parts = {k: set(v) for k, v in toy.split().items()}
    words = toy.vocabulary()
    for batch in toy.batches(np.random.default_rng(0), directions, 40, 5):
        for n, (text, answer) in enumerate(zip(batch.texts, batch.answers, strict=True)):
            source, target = (toy.language_of(t.split()[0]) for t in (text, answer))
            assert (source, target) in directions
            meaning = toy.parse(text, source)
            assert toy.say(meaning, target) == answer
            assert meaning in parts["first" if "a" in (source, target) else "second"]
            ids = batch.source[:, n].tolist()
            assert words.decode(ids) == f"{toy.target_token(target)} {text}"
            assert PAD not in ids[ids.index(words.ids[toy.target_token(target)]) :]
            assert words.decode(batch.target[:, n]) == answer
        assert (batch.target_in[0] == BOS).all()
        assert ((batch.target == EOS).sum(axis=0) == 1).all()
        assert np.array_equal(batch.target_in[1:], batch.target[:-1])


def test_the_same_seed_gives_the_same_batches() -> None:
    one, again, other = (
        next(toy.batches(np.random.default_rng(s), [("a", "b")], 8, 1)).texts for s in (1, 1, 2)
    )
    assert one == again != other
