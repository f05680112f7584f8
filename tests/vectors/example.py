"""The example bank with its generators, as if it were a chapter's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eshikaku.questions import bank, parameters
from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.model import Question

PATH = Path(__file__).with_name("example_bank.yaml")


def lstm_parameters(
    rng: np.random.Generator, D: int | None = None, H: int | None = None
) -> Calculation:
    """4H(D+H+1)."""
    D = D or int(rng.choice([10, 20, 50, 100, 200]))
    H = H or int(rng.choice([16, 32, 64, 128]))
    gate = H * (D + H + 1)
    return Calculation(
        values={
            "D": D,
            "H": H,
            "without_bias": 4 * H * (D + H),
            "two_biases": 4 * H * (D + H + 2),
        },
        answer=4 * gate,
        near=[Near(3 * gate, "3組と数えています。3組はGRUです。")],
        steps=[
            Step("per_gate", f"ゲート1つ分は $H(D+H+1)={H}\\times{D + H + 1}=$ @{{?}}", gate),
            Step("four", "4つ分なので @{?}", 4 * gate),
        ],
    )


def gru_sizes(rng: np.random.Generator) -> Calculation:
    """3H(D+H+1) beside 4H(D+H+1)."""
    D, H = int(rng.choice([20, 50, 100])), int(rng.choice([32, 64, 128]))
    gate = H * (D + H + 1)
    return Calculation(values={"D": D, "H": H, "gru": 3 * gate, "lstm": 4 * gate, "ratio": 0.75})


GENERATORS = {"lstm_parameters": lstm_parameters, "gru_sizes": gru_sizes}


def load() -> bank.Bank:
    """The example bank."""
    return bank.load(PATH)


def install(monkeypatch: pytest.MonkeyPatch) -> bank.Bank:
    """Let ``bank.question`` and ``parameters.instance`` know the example bank."""
    known, generator_of, question = load(), parameters.generator_of, bank.question

    def its_generator(asked: Question) -> Any:
        if asked.topic != known.topic:
            return generator_of(asked)
        return GENERATORS[str(asked.generator)]

    def its_question(id: str) -> Question:
        return known.question(id) if id.startswith("example-") else question(id)

    monkeypatch.setattr(parameters, "generator_of", its_generator)
    monkeypatch.setattr(bank, "question", its_question)
    return known
