"""Mutants of a reference, and how many of them the checks reject."""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

import pytest

import demo_exercises as demo
from eshikaku.exercises import Exercise
from eshikaku.exercises.mutants import main, score, verdicts
from eshikaku.exercises.mutation import mutants

# --- mutants --------------------------------------------------------------------------------------


def keys(source: str) -> set[str]:
    return {m.key for m in mutants(source)}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("return x @ W + b", {"return x @ W - b", "return x @ W", "return b", "return x * W + b"}),
        ("return x @ W", {"return W @ x", "return -(x @ W)"}),
        ("return x.T @ W", {"return x @ W"}),
        ("return x < 0", {"return x <= 0", "return x > 0", "return x < 1", "return x < -1"}),
        ("return np.tanh(x)", {"return 1 / (1 + np.exp(-x))", "return x"}),
        ("return 1 / (1 + np.exp(-x))", {"return np.tanh(x)", "return 1 / (1 + np.exp(x))"}),
        (
            "return x.sum(axis=0, keepdims=True)",
            {
                "return x",
                "return x.mean(axis=0, keepdims=True)",
                "return x.sum(axis=1, keepdims=True)",
                "return x.sum(axis=0, keepdims=False)",
                "return x.sum(axis=0)",
                "return x.sum(keepdims=True)",
            },
        ),
        ("return np.sum(x)", {"return x", "return np.mean(x)"}),
        ("return f(x, W)", {"return f(W, x)"}),
        ("return x, W, b", {"return (W, x, b)", "return (x, b, W)", "return (x, W)"}),
        ("return x[:H]", {"return x[H:]", "return x[:H + 1]"}),
        ("return x[t]", {"return x[t - 1]"}),
        ("return x[::-1]", {"return x[:]", "return x[::-2]"}),
        ("x += W", {"x -= W", "x = W", "del: x += W"}),
        ("x[0] = W", {"del: x[0] = W", "x[1] = W"}),
        ("return x if W else b", {"return x if not W else b"}),
        ("return x and W", {"return x or W"}),
        ("return not x", {"return x"}),
        ("return [range(T)]", {"return [range(1, T)]", "return [range(T - 1)]"}),
        ("return np.concatenate([x, W], axis=1)", {"return np.concatenate([x, W], axis=2)"}),
        (
            "return np.zeros(3, dtype=x.dtype)",
            {"return np.zeros(3)", "return np.ones(3, dtype=x.dtype)"},
        ),
    ],
)
def test_mutation_operators(line: str, changed: set[str]) -> None:
    assert changed <= keys(f"def f(x, W, b):\n    {line}\n    return x\n")


def test_no_mutant_swaps_what_commutes() -> None:
    found = keys("def f(x, W, b):\n    return min(x, np.maximum(W, b))\n")
    assert not found & {"return min(np.maximum(W, b), x)", "return min(x, np.maximum(b, W))"}
    assert {"return max(x, np.maximum(W, b))", "return min(x, np.minimum(W, b))"} <= found


def test_mutants_differ_compile_and_spare_what_does_not_compute() -> None:
    source = (
        "def f(x: int = 1) -> int:\n"
        '    """Doc 1."""\n'
        "    assert x > 0, 2\n"
        "    if x > 3:\n"
        "        raise ValueError(4)\n"
        "    return x\n"
    )
    found = mutants(source)
    assert {m.key for m in found} == {
        "if not x > 3:",
        "if x >= 3:",
        "if x < 3:",
        "if x > 4:",
        "if x > 2:",
        "return -x",
        "del: return x",
        "del: if x > 3:",
    }
    for mutant in found:
        compile(mutant.source, "mutant", "exec")
    assert len({m.source for m in found}) == len(found)


def test_survivors_equivalents_and_stale_declarations_are_told_apart() -> None:
    silent, justified, stale = map(score, (demo.RELU_SILENT, demo.RELU_JUSTIFIED, demo.RELU_STALE))
    assert silent.survivors == ("line 3: return x * (x >= 0)",)
    assert silent.share < 1
    assert (justified.survivors, justified.equivalent, justified.share) == ((), 1, 1.0)
    assert stale.unused == ("return x * (x > 1)",)
    with pytest.raises(ValueError, match="# <reason>"):
        score(replace(demo.RELU_SILENT, equivalent_mutants=["return x"]))


def test_a_mutant_that_hangs_or_kills_its_process_is_rejected() -> None:
    head = "def dense(x, W, b):\n"
    sources = [
        head + "    while True: pass\n",
        head + "    import os; os._exit(3)\n",
        head + "    return np.tanh(x @ W + b)\n",
        head + "    return x\n",
    ]
    assert verdicts(demo.DENSE, sources, limit=1.0) == [False, False, True, False]


def test_a_grader_that_fails_on_a_mutant_is_not_taken_for_a_rejection() -> None:
    with pytest.raises(RuntimeError, match="SyntaxError"):
        verdicts(demo.DENSE, ["def dense(:"], limit=1)


def test_an_exercise_that_cannot_be_found_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="no child for demo-lost"):
        verdicts(replace(demo.DENSE, id="demo-lost"), ["def f(): pass"])
    assert "no exercise 'demo-lost'" in capfd.readouterr().err


def test_the_command_prints_figures_and_says_by_its_status_whether_they_suffice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from eshikaku import course

    def chapter(*exercises: Exercise) -> Any:
        return types.SimpleNamespace(exercises=lambda: {e.id: e for e in exercises})

    monkeypatch.setattr(course, "chapters", lambda: (chapter(demo.DENSE, demo.RELU_JUSTIFIED),))
    assert main([]) == 0
    assert "equivalent 1" in capsys.readouterr().out
    monkeypatch.setattr(course, "chapter", lambda key: chapter(demo.RELU_SILENT))
    assert main(["rnn"]) == 1
    out = capsys.readouterr().out
    assert "survived  line 3: return x * (x >= 0)" in out
    assert "90.0%" in out
