"""``make results``: variants of the model, length against size, three tasks, beams; three seeds."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from eshikaku.chapters.seq2seq import dialogues
from eshikaku.chapters.seq2seq.experiments.bottleneck import LENGTHS, by_length
from eshikaku.models import decoding, training, translators
from eshikaku.models.seq2seq import seq2seq
from eshikaku.models.translators import Plan
from eshikaku.tasks import dates, numbers, places
from eshikaku.tasks.pairs import Pairs

SEEDS = (0, 1, 2)
Row = dict[str, Any]
VARIANTS = (
    ("初期状態だけ", {"context": "initial"}),
    ("初期状態だけ・逆順", {"context": "initial", "reverse": True}),
    ("毎時刻", {"context": "every"}),
    ("毎時刻・逆順", {"context": "every", "reverse": True}),
)
SHORT, LONG = 800, 2400  # updates


def make(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Rows of each table; accuracies are lists, one for each seed."""
    return {
        "seeds": list(seeds),
        "variants": [
            _variant(name, options | {"updates": updates}, seeds)
            for updates in (SHORT, LONG)
            for name, options in VARIANTS
        ],
        "forcing": [
            _variant(name, options | {"ratio": ratio, "updates": SHORT}, seeds)
            for name, options in (VARIANTS[1], VARIANTS[2])
            for ratio in (1.0, 0.5, 0.0)
        ],
        "lengths": LENGTHS.tolist(),
        "bottleneck": [
            *(_bottleneck(f"H={hidden}", {"hidden": hidden}, seeds) for hidden in (16, 32, 64, 96)),
            _bottleneck("H=64・逆順", {"hidden": 64, "reverse": True}, seeds),
        ],
        "tasks": [_task(name, seeds) for name in TASKS],
        "beams": [_beams(width, seeds) for width in (1, 2, 4)],
        "dialogues": dialogues.table(),
        **({"places": read_places(seeds)} if places.installed() else {}),
    }


def _variant(name: str, options: dict[str, Any], seeds: Sequence[int]) -> Row:
    row: Row = {"model": name, **options, "accuracy": []}
    began = time.process_time()
    for seed in seeds:
        plan = Plan("read", seed, **options)
        model = translators.fresh(plan)
        for _ in translators.train(plan, model):
            pass
        row["accuracy"].append(_accuracy(model, translators.pairs("read", seed, 300, "test")))
        row["parameters"] = model.size
    row["seconds"] = round((time.process_time() - began) / len(seeds), 2)
    return row


def _bottleneck(name: str, options: dict[str, Any], seeds: Sequence[int]) -> Row:
    found = []
    for seed in seeds:
        plan = Plan("copy", seed, **options)
        model = translators.fresh(plan)
        for _ in translators.train(plan, model):
            pass
        found.append(np.round(by_length(model), 3).tolist())
    return {"model": name, **options, "accuracy": found}


def _read_dates(rng: np.random.Generator, n: int, part: str) -> Pairs:
    return dates.make(rng, n, part)


TASKS = {
    "A 日付（11通りの書き方）": _read_dates,
    "B 数→読み（8桁まで）": numbers.readings,
    "C 漢数字→数（8桁まで）": numbers.kanji_numbers,
}


def _task(name: str, seeds: Sequence[int]) -> Row:
    """H = 96, the source reversed, c as the initial state: what chapter 07 is compared with."""
    row: Row = {"task": name, "accuracy": []}
    began = time.process_time()
    for seed in seeds:
        data = TASKS[name](np.random.default_rng([seed, 0]), 20_000, "train")
        test = TASKS[name](np.random.default_rng([seed, 1]), 300, "test")
        model = seq2seq(
            len(data.source_words),
            len(data.target_words),
            seed,
            embedding_size=24,
            hidden_size=96,
            reverse=True,
        )
        rng = np.random.default_rng([seed, 7])
        batches = training.columns(rng, LONG, 32, data.source, data.target)
        rate = training.falling(0.01, LONG)
        for _ in training.train_writer(model, training.forced(batches), lr=rate):
            pass
        row["accuracy"].append(_accuracy(model, test))
        row["parameters"] = model.size
    row["seconds"] = round((time.process_time() - began) / len(seeds), 1)
    return row


def _beams(width: int, seeds: Sequence[int]) -> Row:
    """200 unseen dates written with a beam: mean log p, share of 和暦, share of right answers."""
    row: Row = {"width": width, "log_p": [], "era": [], "right": []}
    for seed in seeds:
        model = translators.trained(Plan("write", seed))
        test = translators.pairs("write", seed, 200, "test")
        found = decoding.beam(model, test.source, width, 14)
        texts = [test.target_words.decode(hypotheses[0].ids) for hypotheses in found]
        names = [
            translators.right_writings(iso).get(text, "")
            for iso, text in zip(test.sources, texts, strict=True)
        ]
        row["log_p"].append(round(float(np.mean([h[0].log_probability for h in found])), 3))
        row["era"].append(round(float(np.mean([name == "和暦" for name in names])), 3))
        row["right"].append(round(float(np.mean([name != "" for name in names])), 3))
    return row


def read_places(seeds: Sequence[int] = SEEDS, widths: Sequence[int] = (1, 4)) -> list[Row]:
    """Names never seen: share whose best answer (any answer) is a reading, character error rate."""
    rows: list[Row] = [{"width": w, "right": [], "among": [], "cer": []} for w in widths]
    for seed in seeds:
        began = time.process_time()
        model = translators.trained(translators.writer("name", seed))
        seconds = time.process_time() - began
        test = translators.pairs("name", seed, 500, "test")
        for row in rows:
            found = [
                [test.target_words.decode(h.ids) for h in hypotheses]
                for hypotheses in decoding.beam(model, test.source, row["width"], 13)
            ]
            known = [places.readings_of(name) for name in test.sources]
            wrong = sum(
                min(decoding.edit_distance(texts[0], right) for right in readings)
                for texts, readings in zip(found, known, strict=True)
            )
            row["cer"].append(round(wrong / sum(map(len, test.targets)), 3))
            for key, kept in (("right", 1), ("among", row["width"])):
                hits = [
                    not readings.isdisjoint(t[:kept])
                    for t, readings in zip(found, known, strict=True)
                ]
                row[key].append(round(float(np.mean(hits)), 3))
            row["parameters"], row["seconds"] = model.size, round(seconds, 1)
    return rows


def _accuracy(model: Any, test: Pairs) -> float:
    return round(training.accuracy(model, test.source, test.target), 4)
