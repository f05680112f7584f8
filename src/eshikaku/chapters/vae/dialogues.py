"""What the part on VHRED measures: `make results` writes it, the notebook prints it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eshikaku.models import answering, conversation
from eshikaku.models.conversation import HIERARCHY, LATENT
from eshikaku.models.vhred import kl_between
from eshikaku.tasks import dialogues

SEEDS = (0, 1, 2, 3, 4)
UPDATES = 800  # the same for all
COUNT, DRAWS = 20, 20  # dialogues of each open question, answers to each
Row = dict[str, Any]
WAYS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("HRED 貪欲法", HIERARCHY, answering.GREEDY, {}),
    ("HRED 語を引く τ=1", HIERARCHY, answering.SAMPLE, {}),
    ("HRED 語を引く τ=0.5", HIERARCHY, answering.SAMPLE, {"temperature": 0.5}),
    ("HRED 語を引く top-k=5", HIERARCHY, answering.SAMPLE, {"top_k": 5}),
    ("VHRED zを引いて貪欲法", LATENT, answering.LATENT, {}),
    ("VHRED z=μ（引かない）", LATENT, answering.GREEDY, {}),
)
TRAININGS = ((0.25, 0.25), (0.25, 0.0), (0.0, 0.25), (0.0, 0.0))  # annealing, word drop-out


def table(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Ways to answer, and trainings of the VHRED; every number is a list with one entry a seed."""
    return {
        "seeds": list(seeds),
        "updates": UPDATES,
        "draws": DRAWS,
        "ways": [_way(*way, seeds) for way in WAYS],
        "trainings": [_training(annealing, drop, seeds) for annealing, drop in TRAININGS],
    }


def _way(label: str, name: str, way: str, options: dict[str, Any], seeds: Sequence[int]) -> Row:
    row: Row = {"way": label, "facts": []}
    for seed in seeds:
        model = conversation.trained(name, seed, UPDATES)
        row["facts"].append(_judged(model, seed, dialogues.FACTS, way, options)["fits"])
        for part, value in _judged(model, seed, dialogues.OPEN, way, options).items():
            row.setdefault(part, []).append(value)
    return row


def _judged(
    model: Any, seed: int, kinds: Sequence[str], way: str, options: dict[str, Any]
) -> dict[str, float]:
    rng = np.random.default_rng([seed, 12])
    asked = answering.questions(seed, kinds, COUNT)
    found = answering.judge(model, asked, way, draws=DRAWS, rng=rng, **options)
    return {part: round(value, 3) for part, value in found._asdict().items()}


def _training(annealing: float, drop: float, seeds: Sequence[int]) -> Row:
    row: Row = {"annealing": annealing, "drop": drop, "kl": [], "different": [], "short": []}
    for seed in seeds:
        how = {"annealing": annealing, "drop": drop}
        model = conversation.trained(LATENT, seed, UPDATES, **how)
        row["kl"].append(round(kl_of(model, seed), 3))
        found = _judged(model, seed, dialogues.OPEN, answering.LATENT, {})
        row["different"].append(found["different"])
        row["short"].append(found["short"])
    return row


def kl_of(model: Any, seed: int) -> float:
    """KL(q ‖ p) of an answer to an open question, nat, over bookings never trained."""
    asked = answering.questions(seed, dialogues.OPEN, 100)
    context = dialogues.read([d.utterances[:-1] for d in asked])
    answer = dialogues.read([d.utterances[-1:] for d in asked])[0]  # (T, N)
    q, p = model.posterior_of(context, answer), model.prior_of(context)
    return float(kl_between(*q, *p).sum(axis=-1).mean())
