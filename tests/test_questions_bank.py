"""The bank: reading YAML, the errors authors meet, the example."""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import tiny_course

from eshikaku import course
from eshikaku.questions import bank, lint, parameters, reading
from eshikaku.questions.bank import BankError, UnknownQuestion
from eshikaku.questions.model import TYPES
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


@pytest.mark.parametrize(
    ("old", "new", "stands"),
    [
        ("", "", True),
        ("  level: 1\n", "  level: 1\n  standalone: false\n", False),
        ("  level: 1\n", "  level: 1\n  standalone: true\n", True),
        ("    correct: true\n", "", False),
    ],
)
def test_what_leans_on_an_experiment_says_so(
    load: Callable[[str], bank.Bank], old: str, new: str, stands: bool
) -> None:
    text = SINGLE.replace(old, new, 1) if old else SINGLE
    if "correct" in old:
        text = text.replace("  type: single\n", "  type: single\n  prediction: true\n")
    assert load(HEAD + text).questions[0].standalone is stands


def test_an_item_stands_no_better_than_its_group(known: bank.Bank, tmp_path: Path) -> None:
    text = example.PATH.read_text(encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text(
        text.replace("  generator: gru_sizes\n", "  generator: gru_sizes\n  standalone: false\n"),
        encoding="utf-8",
    )
    group = bank.load(path).question("example-gru-set-01")
    assert [group.standalone, *(i.standalone for i in group.items)] == [False] * 4
    assert all(q.standalone for q in known.question("example-gru-set-01").items)


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
    monkeypatch.setenv("ESHIKAKU_ROOT", str(tmp_path))
    tiny_course.forget()
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
        monkeypatch.undo()
        tiny_course.forget()


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
        assert json.loads(text)["type"] == question.type
        for option in shown.options:
            assert option.why not in text
