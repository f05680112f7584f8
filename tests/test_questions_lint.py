"""The linter, the measures of guessability, the syllabus ledger."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eshikaku import course
from eshikaku.questions import bank, guessing, lint, markup, parameters, syllabus, symbols
from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.markdown import markdown
from eshikaku.questions.model import Near as NearMiss
from eshikaku.questions.model import Option, Question
from question_makers import draw, numeric, question
from vectors import example


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> bank.Bank:
    return example.install(monkeypatch)


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


@pytest.mark.parametrize("text", ["**「忘却」**で消す", "値は**$f_t$（ゲート）**です", "**a。**次"])
def test_emphasis_that_stays_raw_is_found(text: str) -> None:
    assert "閉じません" in markup.problems(text)[0]
    assert "**" in markdown(text)


@pytest.mark.parametrize(
    "text", ["「**忘却**」で消す", "**「忘却」** で", "`a**b` と $a**b$", "**太字**です"]
)
def test_emphasis_that_closes_passes(text: str) -> None:
    assert markup.problems(text) == []
    assert "<strong>" in markdown(text) or "<code>" in markdown(text)


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


def _lint(*questions: Question) -> list[str]:
    return [p.field for p in lint.check(bank.Bank(Path("demo.yaml"), "demo", questions))]


def test_a_clean_question_has_no_problem() -> None:
    assert _lint(question()) == []


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
        ({"options": (Option("a", "$W_h$ の転置", True, "理由。"),)}, "stem"),
    ],
)
def test_each_rule_of_the_linter_bites(fields: dict[str, Any], field: str) -> None:
    assert field in _lint(question(**fields))


@pytest.mark.parametrize(
    ("stem", "option", "unnamed"),
    [
        ("どれか。", r"$\tilde h_t\odot W_{xh}$", {"h", "W"}),
        ("$h_t$ と `W_x` とする。どれか。", r"$h_{t-1}W_h$", set()),
        ("n-gramはどれか。", "直前の $n-1$ 語", set()),
        ("どれか。", r"$\mathbb E_{q(z\mid x)}[\log p]$、$\mathcal N(0,I)$", {"z", "x"}),
        ("どれか。", r"$\max(0,\mathrm{diag}(1))\to\infty$", set()),
        ("平均 $\\mu$ はどれか。", r"$\mu+\sigma\epsilon$", {"epsilon"}),
    ],
)
def test_letters_of_options_are_named_in_the_stem(
    stem: str, option: str, unnamed: set[str]
) -> None:
    asked = question(stem=stem, options=(Option("a", option, True, "理由。"),))
    assert symbols.undefined(asked) == unnamed


def test_the_same_question_twice_is_found() -> None:
    assert _lint(question(), question(id="demo-q-02")) == ["stem"]


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
    draw(monkeypatch, calculation)
    asked = numeric(**{"stem": "@{x}", **fields})
    assert field in [p.field for p in lint.check_values(asked, range(3))]


@pytest.mark.parametrize(
    ("near", "fields", "rule"),
    [
        ([Near(2**0.5, "根")], {"atol": 0.0}, "入力できない"),
        ([Near(2.25, "端数"), Near(3, "整数")], {"atol": 0.0}, None),
        ([Near(2**0.5, "根")], {"atol": 0.01}, None),
        ([Near(2, "甲"), Near(2.015, "乙")], {"atol": 0.01}, "区別できません"),
        ([Near(2, "甲"), Near(2.025, "乙")], {"atol": 0.01}, None),
    ],
)
def test_near_misses_can_be_typed_and_told_apart(
    monkeypatch: pytest.MonkeyPatch, near: list[Near], fields: dict[str, Any], rule: str | None
) -> None:
    draw(monkeypatch, Calculation({"x": 1}, answer=1, near=near))
    found = [p.message for p in lint.check_values(numeric(stem="@{x}", **fields), range(1))]
    assert (found == []) if rule is None else (len(found) == 1 and rule in found[0])


def test_few_variants_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(count: int) -> list[str]:
        def make(rng: Any, **args: Any) -> Calculation:
            x = int(rng.integers(count)) + 1
            return Calculation({"x": x}, answer=100 * x)

        monkeypatch.setattr(parameters, "generator_of", lambda q: make)
        return [p.message for p in lint.check_values(numeric(stem="@{x}", atol=0.0))]

    assert of(1) == of(8) == []
    assert len(of(7)) == 1 and "7通り" in of(7)[0]


@pytest.mark.parametrize(
    ("stem", "fields", "fault"),
    [
        ("値を小数第2位まで求めよ。", {"atol": 0.005}, "stem"),
        ("値を四捨五入して小数第2位まで求めよ。", {"atol": 0.005}, None),
        ("小数第3位を四捨五入せよ。", {"atol": 0.005}, None),
        ("値を四捨五入して小数第2位まで求めよ。", {"atol": 0.002}, "atol"),
        ("値を四捨五入して有効数字3桁で求めよ。", {"atol": 0.0, "rtol": 0.001}, "rtol"),
        ("値を四捨五入して有効数字3桁で求めよ。", {"atol": 0.0, "rtol": 0.005}, None),
    ],
)
def test_digits_asked_for_say_how_they_are_rounded(
    stem: str, fields: dict[str, Any], fault: str | None
) -> None:
    asked = numeric(
        stem=stem, explain="解説。", refs=question().refs, syllabus=("3.5.i",), **fields
    )
    found = [f for f in _lint(asked) if f in ("stem", "atol", "rtol")]
    assert found == ([fault] if fault else [])


def test_values_that_keep_the_rules_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    near = [Near(2, "甲"), Near(0.5, "乙")]
    draw(monkeypatch, Calculation({"x": 0.25}, answer=1, near=near))
    asked = numeric(stem="@{x} @{x:.2f}", near=(NearMiss(3, "丙"),))
    assert lint.check_values(asked, range(3)) == []


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
            question(id=f"demo-q-{number}", options=options, skill="formula", stem="|---|")
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
