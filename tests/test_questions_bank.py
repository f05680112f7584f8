"""The bank: reading YAML, the errors authors meet, instances, the ledger, the linter."""

from __future__ import annotations

import copy
import json
import math
import random
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eshikaku import course
from eshikaku.questions import bank, guessing, lint, markup, parameters, reading, syllabus
from eshikaku.questions.bank import BankError, UnknownQuestion
from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.model import TYPES, Option, Question
from eshikaku.questions.model import Near as NearMiss
from vectors import example

HEAD = "schema: 1\ntopic: demo\nquestions:\n"
SINGLE = """\
- id: demo-one-01
  type: single
  syllabus: [3.5.i]
  skill: concept
  level: 1
  stem: どれですか。
  options:
  - key: a
    text: これ
    correct: true
    why: 正しい。
  - key: b
    text: それ
    why: 違う。
  - key: c
    text: あれ
    why: 違う。
  explain: 解説。
"""
NUMERIC = """\
- id: demo-count-01
  type: numeric
  syllabus: [3.5.i]
  skill: calculation
  level: 2
  generator: count
  atol: 0
  stem: '@{n} の2倍はいくつですか。'
  explain: 解説。
"""
BLANK = """\
- id: demo-code-01
  type: blank
  syllabus: [3.5.i]
  skill: code
  level: 2
  language: python
  stem: 埋めてください。
  template: |
    a = @{1} + @{2}
  holes:
  - accept: [x @ W]
    why: 積です。
  - choices:
    - key: b
      text: b
      correct: true
      why: 正しい。
    - key: c
      text: c
      why: 違う。
  explain: 解説。
"""


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> bank.Bank:
    return example.install(monkeypatch)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], bank.Bank]:
    def from_text(text: str, name: str = "demo.yaml") -> bank.Bank:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return bank.load(path)

    return from_text


# -- reading ------------------------------------------------------------------------------------


def test_yaml_1_1_traps_are_gone() -> None:
    text = """
        small: 1e-3
        time: 12:30
        no: no
        yes: yes
        off: off
        octal: 010
        hex: 0x1F
        under: 1_000
        date: 2026-08-01
        inf: .inf
        half: .5
        minus: -3
        quoted: '1'
        truth: true
        nothing: null
    """
    assert reading.parse(textwrap.dedent(text)) == {
        "small": 0.001,
        "time": "12:30",
        "no": "no",
        "yes": "yes",
        "off": "off",
        "octal": "010",
        "hex": "0x1F",
        "under": "1_000",
        "date": "2026-08-01",
        "inf": ".inf",
        "half": 0.5,
        "minus": -3,
        "quoted": "1",
        "truth": True,
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "2回"),
        ('a: 1\nb: "$\\tanh$"\n', 2, "別の文字"),
        ("a: 1\nb: x\x07\n", 2, "U+0007"),
        ("a: 1\n\tb: 2\n", 2, "タブ"),
        ("a: あ\u200bい\n", 1, "U+200B"),
        ("a: 1\nb: \u202eabc\n", 2, "U+202E"),
        ("a: 長さ #3 の系列\n", 1, "消えます"),
        ("options:\n- {key: a, text: f(x, y)}\n", 2, "縦に"),
        ("a: &x [1]\nb: *x\n", 1, "アンカー"),
        ("a: !!python/name:os.system x\n", 1, "タグ"),
        ("a: b: c\n", 1, "'…'"),
        ("a: 1\n---\nb: 2\n", 2, "1つ"),
        ("a: [1\n", 2, "YAMLとして読めません"),
        ("? [1]\n: 2\n", 1, "文字列"),
        ("[" * 50_000, 1, "入れ子"),
        ("- " * 3_000 + "a", 1, "入れ子"),
    ],
)
def test_refused_yaml_names_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BankError) as error:
        reading.parse(text, "x.yaml")
    assert error.value.line == line
    assert words in str(error.value)
    assert str(error.value).startswith(f"x.yaml:{line}: ")


def test_a_comment_after_a_word_or_on_its_own_is_no_error() -> None:
    assert reading.parse("a: word  # why\n# all of it\nb: 'あ # い'\n") == {
        "a": "word",
        "b": "あ # い",
    }


def test_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="読めません"):
        reading.read(tmp_path / "none.yaml")
    (tmp_path / "sjis.yaml").write_bytes("a: 1\nb: 日本".encode("cp932"))
    with pytest.raises(BankError, match=r"sjis\.yaml:2: .*UTF-8"):
        reading.read(tmp_path / "sjis.yaml")


patient = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
any_text = st.text(st.characters(codec="utf-8"), max_size=200)
yaml_like = st.text(st.sampled_from(list("ab: -#\n'\"\\[]{}|>&*!?%@`,0.1e~")), max_size=80)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


EXAMPLE = yaml.safe_load(example.PATH.read_text(encoding="utf-8"))


class _Dumper(yaml.SafeDumper):
    """Writes texts as an author does, so that a bank goes wrong in one place only."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else "'"
    ),
)


def _dumped(whole: Any) -> str:
    return yaml.dump(whole, Dumper=_Dumper, allow_unicode=True, width=10**6, sort_keys=False)


def _loads(text: str, path: Path) -> str | None:
    """``None`` where the text loads, else what was said."""
    path.write_bytes(text.encode("utf-8"))
    try:
        bank.load(path)
    except BankError as error:
        assert error.message and error.path
        return error.message
    return None


def test_the_example_loads_when_dumped(tmp_path: Path) -> None:
    assert _loads(_dumped(EXAMPLE), tmp_path / "dumped.yaml") is None


@patient
@given(any_text | yaml_like)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    _loads(text, tmp_path_factory.getbasetemp() / "any.yaml")
    _loads(HEAD + text, tmp_path_factory.getbasetemp() / "any.yaml")


@patient
@given(values, st.data())
def test_a_broken_field_is_refused_not_crashed_on(
    tmp_path_factory: pytest.TempPathFactory, value: Any, data: st.DataObject
) -> None:
    """Put anything at any place of any question of the example bank."""
    question = copy.deepcopy(data.draw(st.sampled_from(EXAMPLE["questions"])))
    whole = {"schema": 1, "topic": "example", "questions": [question]}
    here: Any = question
    while True:
        keys = sorted(here) if isinstance(here, dict) else range(len(here))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            break
        here = here[key]
    here[key] = value
    _loads(_dumped(whole), tmp_path_factory.getbasetemp() / "broken.yaml")


# -- errors of authors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ("  options:", "  optons:", 10, "optons", "近いもの: options"),
        ("type: single", "type: singel", 5, "type", "single"),
        ("  level: 1\n", "", 4, "", "level が必要"),
        ("level: 1", "level: 4", 8, "level", "3以下"),
        ("skill: concept", "skill: concepts", 7, "skill", "concept, formula"),
        ("[3.5.i]", "[3.5.1]", 6, "syllabus › 1番目", "3.5.1"),
        ("    why: 正しい。\n", "", 11, "options › 1番目", "why が必要"),
        ("text: それ", "text: 0.10", 16, "options › 2番目 › text", "'…' で囲みます"),
        ("key: b", "key: a", 15, "key", "2回"),
        ("    correct: true\n", "", 10, "options", "ちょうど1つ"),
        ("text: それ", "text: それ\n    correct: true", 10, "options", "いま2つ"),
        ("id: demo-one-01", "id: other-one-01", 4, "id", "demo- で"),
        ("id: demo-one-01", "id: Demo One", 4, "id", "Demo One"),
        ("  syllabus: [3.5.i]\n", "", 4, "syllabus", "scope: 発展"),
        ("stem: どれ", "stem: '@{H} は'\n  #", 9, "stem", "generator がありません"),
        ("stem: どれ", "stem: '@{H は'\n  #", 9, "stem", "形が崩れて"),
        ("  explain: 解説。", "  args: {a: 1}", 21, "args", "generator があるときだけ"),
        ("  explain: 解説。", "  prediction: true", 10, "options", "予想"),
        ("  explain: 解説。", "  key: a", 21, "key", "書けません"),
        ("  explain: 解説。", "  atol: 0", 21, "atol", "このフィールドはありません"),
    ],
)
def test_an_error_names_line_id_field_and_what_is_allowed(
    load: Callable[[str], bank.Bank], old: str, new: str, line: int, field: str, words: str
) -> None:
    assert old in SINGLE
    with pytest.raises(BankError) as error:
        load(HEAD + SINGLE.replace(old, new, 1))
    found = error.value
    assert (found.line, found.field) == (line, field), str(found)
    assert words in found.message
    assert found.path.endswith("demo.yaml")
    assert found.id in ("demo-one-01", "other-one-01", "Demo One")


@pytest.mark.parametrize(
    ("text", "old", "new", "words"),
    [
        (NUMERIC, "  atol: 0\n", "", "atol か rtol"),
        (NUMERIC, "  generator: count\n", "", "generator"),
        (NUMERIC, "atol: 0", "atol: -1", "0以上"),
        (NUMERIC, "atol: 0", "atol: '0'", "数に"),
        (NUMERIC, "@{n}", "@{2n}", "値の名前ではありません"),
        (NUMERIC, "atol: 0", "atol: 0\n  near:\n  - value: x y\n    why: 違う。", "値の名前"),
        (BLANK, "+ @{2}", "+ @{3}", "@{2}"),
        (BLANK, "+ @{2}", "+ @{1}", "1回ずつ"),
        (BLANK, "+ @{2}", "+ @{2} + @{1}", "1回ずつ"),
        (BLANK, "    why: 積です。", "    case: true", "why が必要"),
        (BLANK, "[x @ W]", "[x @ W, x@W]", "ほかの書き方と同じ"),
        (BLANK, "[x @ W]", "['  ']", "空か"),
        (BLANK, "  - choices:", "  - accept: [b]\n    choices:", "どちらか一方"),
        (BLANK, "language: python", "language: perl", "python"),
    ],
)
def test_rules_of_the_other_types(
    load: Callable[[str], bank.Bank], text: str, old: str, new: str, words: str
) -> None:
    load(HEAD + text)
    assert old in text
    with pytest.raises(BankError, match=words.replace("{", r"\{")):
        load(HEAD + text.replace(old, new, 1))


def test_the_same_id_twice_and_a_topic_that_is_not_the_files(
    load: Callable[..., bank.Bank],
) -> None:
    with pytest.raises(BankError, match="4行目にもあります"):
        load(HEAD + SINGLE + SINGLE)
    with pytest.raises(BankError, match="other-topic です"):
        load(HEAD + SINGLE, name="03_other_topic.yaml")


def test_an_item_of_a_group_is_named_with_its_group(known: bank.Bank, tmp_path: Path) -> None:
    text = example.PATH.read_text(encoding="utf-8").replace(
        "    answer: ratio\n    rtol: 0.01\n", ""
    )
    path = tmp_path / "example.yaml"
    path.write_text(text.replace("key: ratio\n", "key: ratio\n    answer: ratio\n"), "utf-8")
    with pytest.raises(BankError, match=r"example-gru-set-01/ratio: atol: "):
        bank.load(path)


def test_unknown_ids_offer_the_nearest(known: bank.Bank) -> None:
    with pytest.raises(UnknownQuestion, match="example-gru-set-01/count"):
        known.question("example-gru-set-01/cont")
    with pytest.raises(UnknownQuestion, match="はありません"):
        bank.question("no-such-topic-01")


def test_a_bank_is_read_again_when_its_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quizzes").mkdir()
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    for name in ("schema.json", "syllabus.yaml"):
        text = (course.root() / "quizzes" / name).read_text(encoding="utf-8")
        (tmp_path / "quizzes" / name).write_text(text, encoding="utf-8")
    for name, title in (("01_demo", "見本"), ("02_demo_more", "続き")):
        front = f"---\neshikaku: {{title: {title}, syllabus: [3.5.i], parts: []}}\n---\n"
        (tmp_path / "notebooks" / "source" / f"{name}.md").write_text(front, encoding="utf-8")
    file = tmp_path / "quizzes" / "01_demo.yaml"
    file.write_text(HEAD + SINGLE, encoding="utf-8")
    more = SINGLE.replace("demo-one", "demo-more-one")
    second = tmp_path / "quizzes" / "02_demo_more.yaml"
    second.write_text(HEAD.replace("demo", "demo-more") + more, encoding="utf-8")
    monkeypatch.setattr(course, "root", lambda: tmp_path)
    course.chapters.cache_clear()
    try:
        first = bank.question("demo-one-01")
        assert bank.question("demo-one-01") is first
        assert bank.question("demo-more-one-01").topic == "demo-more"
        assert [q.id for q in bank.all_questions()] == ["demo-one-01", "demo-more-one-01"]
        with pytest.raises(UnknownQuestion, match="demo-one-01"):
            bank.question("demo-onne-01")
        file.write_text(HEAD + SINGLE.replace("どれですか", "どれでしょう"), encoding="utf-8")
        assert "でしょう" in bank.question("demo-one-01").stem
    finally:
        course.chapters.cache_clear()


# -- the example --------------------------------------------------------------------------------


def test_the_example_shows_every_type_and_passes_the_linter(known: bank.Bank) -> None:
    assert {q.type for q in known.questions} == set(TYPES)
    problems = [p for p in lint.check(known) if "はありません" not in p.message]
    assert not problems  # chapters and exercises that it names may not be there yet
    for question in known.by_id.values():
        assert not lint.check_values(question, range(20))


def test_items_inherit_from_their_group(known: bank.Bank) -> None:
    group = known.question("example-gru-set-01")
    count, _, keep = group.items
    assert (count.syllabus, count.refs, count.rev) == (group.syllabus, group.refs, group.rev)
    assert (count.skill, keep.skill) == ("calculation", "concept")
    assert known.question("example-gru-set-01/count") is count
    shown = parameters.instance(count, 7)
    whole = parameters.instance(group, 7)
    assert shown.shared_stem == whole.stem
    assert whole.items[0] == shown
    assert dict(shown.values) == dict(whole.values)


def test_keys_are_json_and_hold_no_text(known: bank.Bank) -> None:
    for question in known.by_id.values():
        shown = parameters.instance(question)
        text = json.dumps(shown.key(), ensure_ascii=False)
        assert json.loads(text)["id"] == question.id
        for option in shown.options:
            assert option.why not in text


# -- values -------------------------------------------------------------------------------------


def test_an_instance_depends_on_id_rev_part_and_seed_alone(known: bank.Bank) -> None:
    for question in known.by_id.values():
        assert parameters.instance(question, 5) == parameters.instance(question, 5)
    count = known.question("example-lstm-parameters-01")
    stems = {parameters.instance(count, seed).stem for seed in range(30)}
    assert len(stems) > 10
    revised = [replace(count, rev=rev) for rev in range(1, 9)]
    assert len({parameters.instance(q).stem for q in revised}) > 3


def test_the_first_showing_is_pinned(known: bank.Bank) -> None:
    """A change here moves the numbers in every printed copy of the course."""
    shown = parameters.instance(known.question("example-lstm-parameters-01"))
    assert (shown.values["D"], shown.values["H"]) == (50, 64)
    single = parameters.instance(known.question("example-cell-gradient-01"))
    assert [o.key for o in single.options] == ["d", "a", "b", "c"]


def test_every_position_is_used_alike(known: bank.Bank) -> None:
    question = known.question("example-cell-gradient-01")
    places = [0] * 4
    for seed in range(800):
        keys = [o.key for o in parameters.instance(question, seed).options]
        places[keys.index("a")] += 1
    assert all(150 < n < 250 for n in places)
    fixed = replace(question, shuffle=False)
    assert [o.key for o in parameters.instance(fixed, 3).options] == ["a", "b", "c", "d"]


def test_an_order_is_never_shown_in_order(known: bank.Bank) -> None:
    question = known.question("example-training-order-01")
    for seed in range(300):
        blocks = parameters.instance(question, seed).blocks
        assert tuple(b.key for b in blocks if not b.distractor) not in question.orders


def test_equal_right_sides_are_one(known: bank.Bank) -> None:
    question = known.question("example-shapes-match-01")
    pairs = tuple(replace(p, right="`(H,)`") if p.key == "wh" else p for p in question.pairs)
    shown = parameters.instance(replace(question, pairs=pairs))
    assert len(shown.rights) == len(question.pairs) - 1
    assert shown.pairs["wh"] == shown.pairs["b"]


def test_segments_cut_a_template_at_its_holes(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-rnn-step-code-01"))
    texts = shown.segments
    assert texts[1::2] == (1, 2, 3)
    rebuilt = "".join(x if isinstance(x, str) else f"@{{{x}}}" for x in texts)
    assert rebuilt == shown.template


def test_variant_seeds_are_safe_integers_and_differ() -> None:
    seeds = {
        parameters.variant_seed("demo-one-01", 1, learner, attempt)
        for learner in ("a", "b")
        for attempt in range(200)
    }
    assert len(seeds) == 400
    assert all(0 < s < 2**53 for s in seeds)


def test_fading_goes_on_after_right_and_back_after_wrong(known: bank.Bank) -> None:
    question = known.question("example-lstm-parameters-01")
    fade = parameters.first_fade(question)
    path = [fade]
    for right in (True, True, True, False, False, False):
        fade = parameters.next_fade(question, fade, right)
        path.append(fade)
    assert path == ["worked", "faded", "alone", "alone", "faded", "worked", "worked"]
    blanks = {f: [s.blank for s in parameters.instance(question, 0, f).steps] for f in set(path)}
    assert blanks == {"worked": [False] * 2, "faded": [True, False], "alone": [False] * 2}
    plain = known.question("example-cell-gradient-01")
    assert parameters.first_fade(plain) == parameters.next_fade(plain, "alone", False) == "alone"
    with pytest.raises(ValueError, match="fade"):
        parameters.instance(question, 0, "half")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (117248, "117248"),
        (3.0, "3"),
        (0.125, "0.125"),
        (-0.5, "-0.5"),
        (1e-7, "1e-7"),
        (1 / 3, "0.333333"),
        (1234567.5, "1234568"),
        (0, "0"),
        (-0.0, "0"),
        (1e20, "1e20"),
    ],
)
def test_numbers_are_shown_plainly(value: float, text: str) -> None:
    assert parameters.format_number(value) == text
    assert parameters.format_number(np.float64(value)) == text


def test_thousands_are_separated_from_ten_thousand_on() -> None:
    assert parameters.format_number(117248, thousands=True) == "117,248"
    assert parameters.format_number(9999, thousands=True) == "9999"


def _numeric(**fields: Any) -> Question:
    given: dict[str, Any] = {
        "id": "demo-n-01",
        "rev": 1,
        "type": "numeric",
        "topic": "demo",
        "stem": "@{x} @{x:.2f} @{n:,} @{v}",
        "generator": "make",
        "atol": 0.01,
    }
    return Question(**{**given, **fields})


def _draw(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    monkeypatch.setattr(parameters, "generator_of", lambda q: lambda rng, **args: found)


def test_holes_are_filled_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"x": 0.5, "n": 12345, "v": np.array([1.0, 2.5])}
    _draw(monkeypatch, Calculation(values, answer=1))
    assert parameters.instance(_numeric()).stem == "0.5 0.50 12,345 (1, 2.5)"


@pytest.mark.parametrize(
    ("found", "fields", "words"),
    [
        (Calculation({"y": 1}, answer=1), {}, "値 'x' を返しません"),
        (Calculation({"x": 1}), {"stem": ""}, "数ではありません"),
        (Calculation({"x": 1}, answer=math.nan), {"stem": ""}, "数ではありません"),
        (Calculation({"x": 1}, answer=1), {"stem": "", "answer": "z"}, "値 'z'"),
        (Calculation({"x": 1}, answer=1), {"stem": "@{x:q}"}, "書式"),
        (Calculation({"x": 1}, answer=1), {"stem": "", "blank_steps": ("s",)}, "blank_steps"),
        ({"x": 1}, {"stem": ""}, "Calculation を返して"),
    ],
)
def test_a_generator_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, found: Any, fields: dict[str, Any], words: str
) -> None:
    _draw(monkeypatch, found)
    with pytest.raises(BankError, match=words) as error:
        parameters.instance(_numeric(**fields))
    assert error.value.id == "demo-n-01"


def test_a_generator_that_is_not_there() -> None:
    with pytest.raises(BankError, match="demo"):
        parameters.instance(_numeric())


# -- the linter ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\frac{a}{b", "{ と }"),
        (r"\left( a )", r"\left"),
        (r"\sigm(x)", "sigma"),
        (r"\begin{cases} a", "閉じていません"),
        (r"\begin{tabular} a \end{tabular}", "使えません"),
        (r"\end{cases}", r"\begin がありません"),
    ],
)
def test_broken_math_is_found(tex: str, words: str) -> None:
    assert any(words in p for p in markup.problems(f"式は ${tex}$ です。"))


@pytest.mark.parametrize(
    "text",
    [
        r"$\hat y=\mathrm{softmax}(\{a\}_1)$ と `<b>` と $a<b>c$",
        "$$\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}$$",
        "```\n<p> $ \n```",
        r"値段は \$5 です",
        "a < b かつ c > d",
    ],
)
def test_good_markup_passes(text: str) -> None:
    assert markup.problems(text) == []


@pytest.mark.parametrize(
    "text", ["<b>太字</b>", "改行<br>", "&nbsp;", "値段は $5 です", "<!-- x -->"]
)
def test_html_and_stray_dollars_are_found(text: str) -> None:
    assert markup.problems(text)


@pytest.mark.parametrize(
    "text",
    ["選択肢aは誤り", "2番目の選択肢です", "上の選択肢と同じ", "(1)は誤りです", "最初の選択肢"],
)
def test_places_are_found(text: str) -> None:
    assert markup.names_a_place(text)


@pytest.mark.parametrize(
    "text", ["$f(1)$は1です", "`f(a)`は関数", "(1)式の形", "選択を誤った", "f(a)は値"]
)
def test_what_is_no_place(text: str) -> None:
    assert markup.names_a_place(text) is None


def _question(**fields: Any) -> Question:
    options = tuple(Option(k, f"文{k}", k == "a", "理由。") for k in "abcd")
    given: dict[str, Any] = {
        "id": "demo-q-01",
        "rev": 1,
        "type": "single",
        "topic": "demo",
        "stem": "どれですか。",
        "syllabus": ("3.5.i",),
        "explain": "解説。",
        "options": options,
        "refs": (bank_ref("Elman 1990"),),
    }
    return Question(**{**given, **fields})


def bank_ref(paper: str) -> Any:
    from eshikaku.questions.model import Ref

    return Ref(paper=paper)


def _lint(*questions: Question) -> list[str]:
    return [p.field for p in lint.check(bank.Bank(Path("demo.yaml"), "demo", questions))]


def test_a_clean_question_has_no_problem() -> None:
    assert _lint(_question()) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"explain": ""}, "explain"),
        ({"explain": "選択肢aが正しい。"}, "explain"),
        ({"stem": "<b>どれ</b>"}, "stem"),
        ({"syllabus": ("3.9.i",)}, "syllabus"),
        ({"syllabus": ("4.5.ii",)}, "scope"),
        ({"refs": ()}, "refs"),
        ({"type": "code", "exercise": "none"}, "exercise"),
        ({"options": (Option("a", "上記のすべて", True, "理由。"),)}, "options"),
        ({"type": "multi", "options": (Option("a", "文", True, "理由。"),)}, "options"),
    ],
)
def test_each_rule_of_the_linter_bites(fields: dict[str, Any], field: str) -> None:
    assert field in _lint(_question(**fields))


def test_the_same_question_twice_is_found() -> None:
    assert _lint(_question(), _question(id="demo-q-02")) == ["stem"]


@pytest.mark.parametrize(
    ("calculation", "fields", "field"),
    [
        (Calculation({"x": 1 / 3}, answer=1), {}, "stem"),
        (Calculation({"x": 0.25}, answer=1), {"stem": "@{x:.1f}"}, "stem"),
        (Calculation({"x": 1}, answer=1, near=[Near(1.05, "近い")]), {}, "near"),
        (Calculation({"x": 1}, answer=1, near=[Near(2, "甲"), Near(2.0, "乙")]), {}, "near"),
        (Calculation({"x": 1}, answer=0), {"atol": 0.0, "rtol": 0.1}, "rtol"),
        (
            Calculation({"x": 1}, answer=1, steps=[Step("s", "値なし", 1)]),
            {"blank_steps": ("s",)},
            "blank_steps",
        ),
        (Calculation({"x": 1}, answer=1, steps=[Step("s", r"$\frac{1$", 1)]), {}, "generator"),
        (Calculation({}, answer=1), {}, "generator"),
    ],
)
def test_each_rule_about_values_bites(
    monkeypatch: pytest.MonkeyPatch, calculation: Calculation, fields: dict[str, Any], field: str
) -> None:
    _draw(monkeypatch, calculation)
    question = _numeric(**{"stem": "@{x}", **fields})
    assert field in [p.field for p in lint.check_values(question, range(3))]


def test_values_that_keep_the_rules_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    near = [Near(2, "甲"), Near(0.5, "乙")]
    _draw(monkeypatch, Calculation({"x": 0.25}, answer=1, near=near))
    question = _numeric(stem="@{x} @{x:.2f}", near=(NearMiss(3, "丙"),))
    assert lint.check_values(question, range(3)) == []


# -- guessing -----------------------------------------------------------------------------------


def _bank_of_singles(n: int, length: Callable[[random.Random, bool], int]) -> list[Question]:
    """Four options of given lengths; the key at each position equally often."""
    draw = random.Random(0)
    found = []
    for number in range(n):
        options = tuple(
            Option(k, "あ" * length(draw, place == number % 4), place == number % 4, "理由。")
            for place, k in enumerate("abcd")
        )
        found.append(
            _question(id=f"demo-q-{number}", options=options, skill="formula", stem="|---|")
        )
    return found


def test_a_fair_bank_keeps_the_limits() -> None:
    fair = lint.statistics(_bank_of_singles(200, lambda draw, key: draw.randint(10, 40)))
    assert fair.longest == pytest.approx(0.25, abs=0.1)
    assert fair.form < 0.36
    assert lint.limits(fair) == []


def test_long_keys_are_found_by_length_and_by_form() -> None:
    long = _bank_of_singles(200, lambda draw, key: draw.randint(10, 40) + 12 * key)
    found = lint.statistics(long)
    assert found.longest > 0.5 and found.form > 0.45
    assert len(lint.limits(found)) == 2
    assert any("最も長い" in p for p in lint.chapter_limits(long[:40]))


def test_absolute_words_and_positions_are_found() -> None:
    fair = _bank_of_singles(200, lambda draw, key: 20)
    marked = [
        replace(
            q,
            options=tuple(
                o if o.correct else replace(o, text="必ず" + o.text[2:]) for o in q.options
            ),
        )
        for q in fair
    ]
    assert lint.statistics(marked).absolute == (0.0, 1.0)
    assert any("断定" in p for p in lint.limits(lint.statistics(marked)))
    first = [
        replace(q, options=q.options[n % 4 :] + q.options[: n % 4]) for n, q in enumerate(fair)
    ]
    assert any("保存順1番目" in p for p in lint.limits(lint.statistics(first)))
    assert any("45%" in p for p in lint.chapter_limits(first[:40]))


def test_few_questions_are_not_judged() -> None:
    long = _bank_of_singles(99, lambda draw, key: 10 + 12 * key)
    assert lint.limits(lint.statistics(long)) == []
    assert lint.chapter_limits(long[:19]) == []
    assert lint.statistics([]).lines()


def test_predictions_are_not_measured(known: bank.Bank) -> None:
    found = lint.statistics(known.questions)
    assert found.singles == 2  # one of the bank, one item of the group; no prediction
    assert found.contrasts == 1
    assert guessing.form_accuracy([]) == 0.0


def test_quotas_say_what_a_chapter_lacks(known: bank.Bank) -> None:
    assert len(lint.quotas(known)) == 3


# -- the ledger ---------------------------------------------------------------------------------


def test_the_ledger_is_whole() -> None:
    found = syllabus.load()
    assert found.version == "2026"
    assert sum(area.mock for area in found.areas) == 104
    assert [area.mock for area in found.areas] == [11, 12, 36, 35, 10]
    assert len(found.mids) == 24
    assert len(found.items) == 62
    assert sum(item.in_scope for item in found.items) == 47
    for item in found.items:
        assert item.id.startswith(f"{item.mid}.") and item.mid.startswith(f"{item.area}.")
        assert set(item.new) <= set(item.named)
        assert len(set(item.named)) == len(item.named)
        assert item.scope in (course.IN_SCOPE, course.ADVANCED)
    assert found.item("3.5.ii").named[0] == "LSTM"
    with pytest.raises(KeyError, match=r"3\.5\.i"):
        found.item("3.5.iv")
