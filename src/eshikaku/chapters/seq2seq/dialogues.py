"""What the part on HRED measures: `make results` writes it, the notebook prints it."""

from collections.abc import Sequence
from typing import Any

from eshikaku.models import answering, conversation
from eshikaku.models.conversation import HIERARCHY, LAST, NAMES, WHOLE
from eshikaku.tasks import dialogues

SEEDS = (0, 1, 2, 3, 4)
UPDATES = 800  # the same for all
DISTANCES = (1, 2, 4, 6)  # exchanges after the opening, the question counted; trained: 2
COUNT = 20  # dialogues of each kind


def table(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Facts over the distance, and the answers to open questions, for three models.

    Every number is a list with one entry a seed.
    """
    return {
        "seeds": list(seeds),
        "updates": UPDATES,
        "distances": list(DISTANCES),
        "rows": [row(name, seeds) for name in (LAST, WHOLE, HIERARCHY)],
    }


def row(name: str, seeds: Sequence[int]) -> dict[str, Any]:
    """One model: `facts` (a list over the distances), and `Judgement`s of open questions."""
    found: dict[str, Any] = {"model": NAMES[name], "facts": []}
    judged = {"fits", "short", "length", "different", "distinct1", "distinct2"}
    found |= {part: [] for part in sorted(judged)}
    for seed in seeds:
        model = conversation.trained(name, seed, UPDATES)
        facts = [
            answering.judge(
                model, answering.questions(seed, dialogues.FACTS, COUNT, exchanges=distance)
            ).fits
            for distance in DISTANCES
        ]
        found["facts"].append([round(share, 3) for share in facts])
        asked = answering.questions(seed, dialogues.OPEN, COUNT)
        for part, value in answering.judge(model, asked, draws=10)._asdict().items():
            found[part].append(round(value, 3))
    return found
