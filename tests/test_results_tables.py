"""The stored tables as a learner sees them, and what the texts say about them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from eshikaku import course, plot
from eshikaku.course import source
from eshikaku.study import results

CHAPTERS = [c for c in course.chapters() if c.module("tables")]


def named(chapter: course.Chapter) -> list[str]:
    """The tables a chapter declares."""
    module = chapter.module("tables")
    functions = inspect.getmembers(module, inspect.isfunction)
    return [n for n, f in functions if f.__module__ == module.__name__ and n[0] != "_"]


TABLES = [pytest.param(c, n, id=f"{c.stem}-{n}") for c in CHAPTERS for n in named(c)]


def stored(stem: str) -> Mapping[str, Any]:
    tables: Mapping[str, Any] = results.load(course.chapter(stem))["tables"]
    return tables


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        plot.Table("表", ["a", "b"], [["1", "2"], ["3"]])


def test_percents_are_spaced_as_in_the_text() -> None:
    assert plot.percents([0.985, 1]) == "98 %、100 %"


@pytest.mark.parametrize(("chapter", "name"), TABLES)
def test_every_table_is_shown_with_its_conditions_folded(
    chapter: course.Chapter, name: str
) -> None:
    table = results.table(chapter.stem, name)
    assert table.rows and table.caption and all(all(row) for row in table.rows)
    html = results.html(chapter.stem, name)
    assert html.count("<td>") == len(table.rows) * (len(table.columns) - 1)
    shown, folded = html.split("<details>")
    measured = results.load(chapter)["measured"]
    assert measured["machine"] in folded and measured["machine"] not in shown
    assert re.search("乱数の種 [0-9]", folded)
    if table.figure is not None:
        assert table.alt and f'alt="{table.alt}"' in shown


@pytest.mark.parametrize(("chapter", "name"), TABLES)
def test_every_table_is_shown_in_its_chapter(chapter: course.Chapter, name: str) -> None:
    calls = [
        call
        for block in source.blocks(chapter.source)
        for call in block.calls()
        if getattr(call.func, "id", "") == "results_table"
    ]
    arguments = [tuple(a.value for a in call.args) for call in calls]  # type: ignore[attr-defined]
    assert (chapter.name, name) in arguments


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_no_chapter_prints_a_stored_table_by_hand(chapter: course.Chapter) -> None:
    code = [b.source for b in source.blocks(chapter.source) if b.kind == "code"]
    assert not [c for c in code if "results.read_text" in c or 'stored["tables"]' in c]


# -- what the texts say about the numbers --------------------------------------------------------


def test_clipping_by_norm_solves_most() -> None:
    solved = {
        name: sum(sum(a >= 0.9 for a in runs[name]) for runs in stored("bptt")["clipping"].values())
        for name in ("なし", "ノルムで（1）", "値で（0.1）")
    }
    assert solved["ノルムで（1）"] == 9 > solved["値で（0.1）"] > solved["なし"]


def test_bags_of_words_beat_the_networks_on_english() -> None:
    rows = stored("gru")["rows"]
    best = {(row["task"], row["model"]): max(row["accuracy"]) for row in rows}
    assert stored("gru")["passages"]["bag_of_words"] > best["英文の出典（6種）", "GRU"]


def test_a_beam_of_two_finds_more_and_four_no_more() -> None:
    one, two, four = (np.mean(row["log_p"]) for row in stored("seq2seq")["beams"])
    assert one < two <= four + 0.01 and four - two < 0.02


def test_twice_the_context_is_not_twice_the_digits() -> None:
    half = {
        row["model"]: np.mean([np.sum(np.array(a) >= 0.5) for a in row["accuracy"]])
        for row in stored("seq2seq")["bottleneck"]
    }
    assert half["H=32"] < half["H=64"] < 2 * half["H=32"]


def test_where_the_context_goes() -> None:
    rows = stored("seq2seq")["variants"][:4]  # 800 updates
    means = {row["model"]: np.mean(row["accuracy"]) for row in rows}
    assert means["初期状態だけ"] < means["初期状態だけ・逆順"] < means["毎時刻"]


def test_the_bound_collapses_at_784_and_uses_all_of_sixteen_at_one() -> None:
    found = {(row["beta"], row["size"]): row for row in stored("vae")["bound"]}
    assert max(found[784.0, 16]["kl"]) < 0.05 and min(found[1.0, 16]["alive"]) == 16


def test_samples_of_the_vae_are_nearer() -> None:
    rows = stored("vae")["samples"]
    far = {(r["size"], r["model"], r["source"]): r["distance"] for r in rows}
    fitted, prior = far[16, "AE", "fitted"], far[16, "AE", "prior"]
    assert max(far[16, "VAE", "prior"]) < min(fitted) < min(prior)


def test_deep_networks_need_residual_connections() -> None:
    deep = [row for row in stored("attention")["gnmt"]["depth"] if row["layers"] >= 4]
    plain = [row for row in deep if not row["residual"]]
    assert plain and all(min(r["loss"]) > 1 and max(r["exact"]) == 0 for r in plain)
    assert all(max(r["loss"]) < 0.3 for r in deep if r["residual"])


def test_zero_shot_needs_more_directions() -> None:
    found = stored("attention")["gnmt"]
    few, _, many = found["zero_shot"]
    assert max(few["ac"]["exact"]) == 0 and max(few["ac"]["language"]) < 0.1
    assert min(many["ac"]["words"]) > 2 * found["chance"]["words"]
    assert min(many["ac"]["language"]) > 0.99
    assert min(many["abc"]["exact"]) > max(many["ac"]["exact"])


def test_the_power_of_the_paper_is_best() -> None:
    best = max(stored("word2vec")["powers"], key=lambda row: np.mean(row["accuracy"]))
    assert best["power"] == 0.75
