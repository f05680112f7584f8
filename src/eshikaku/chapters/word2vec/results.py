"""``make results``: analogies of every method, the power of the negatives, n-grams; three seeds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from eshikaku.chapters.word2vec import vectors
from eshikaku.chapters.word2vec.experiments import ngrams
from eshikaku.models import windows
from eshikaku.models.word2vec_training import Recipe, model, train, trained
from eshikaku.tasks import verses
from eshikaku.tasks.texts import Corpus

SEEDS = (0, 1, 2)
Row = dict[str, Any]
WINDOW, SIZE = 5, 50

TRAINED = {  # about 900 updates each
    "CBOW、softmax": Recipe(kind="CBOW", negatives=0, epochs=15),
    "CBOW、負例5": Recipe(kind="CBOW", epochs=15),
    "skip-gram、softmax": Recipe(negatives=0, epochs=5),
    "skip-gram、負例5": vectors.GOOD,
    "skip-gram、負例5（バッチで64語を共有）": Recipe(shared=64, epochs=5),
}
POWERS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
SMOOTHING = (0.0, 0.001, 0.01, 0.1, 1.0)


def make(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Tables: methods (accuracy with and without exclusion, seconds), powers, n-grams."""
    found: dict[str, Any] = {
        "seeds": list(seeds),
        "methods": _methods(seeds),
        "powers": [
            {
                "power": power,
                "accuracy": [
                    _share(trained(vectors.corpus(s), Recipe(power=power), s).params["W_in"], s)
                    for s in seeds
                ],
            }
            for power in POWERS
        ],
        "longer": [_longer(kind, seeds) for kind in ("skip-gram", "CBOW")],
        "ngrams": [_perplexities(k, seeds) for k in SMOOTHING],
    }
    if verses.installed():
        found["english"] = _english(verses.load(), seeds)
    return found


def _methods(seeds: Sequence[int]) -> list[Row]:
    def counted(seed: int, reduce: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
        text = vectors.corpus(seed)
        return [reduce(windows.cooccurrence(text.ids, len(text.words), WINDOW))]

    def learned(recipe: Recipe, seed: int) -> list[np.ndarray]:
        params = trained(vectors.corpus(seed), recipe, seed).params
        return [params["W_in"], params["W_in"] + params["W_out"]]

    methods: dict[str, Callable[[int], list[np.ndarray]]] = {
        "共起の数": lambda s: counted(s, lambda C: C),
        "PPMI": lambda s: counted(s, windows.ppmi),
        "PPMI＋SVD（50次元）": lambda s: counted(
            s, lambda C: windows.svd_vectors(windows.ppmi(C), SIZE)
        ),
    }
    for name, recipe in TRAINED.items():
        methods[name] = partial(learned, recipe)
    return [_row(name, method, seeds) for name, method in methods.items()]


def _row(name: str, method: Callable[[int], list[np.ndarray]], seeds: Sequence[int]) -> Row:
    row: Row = {"method": name, "accuracy": [], "not_excluded": [], "sum": [], "seconds": 0.0}
    for seed in seeds:
        vectors.corpus(seed)  # its making is not timed
        began = time.process_time()
        found = method(seed)
        row["seconds"] += (time.process_time() - began) / len(seeds)
        row["dimensions"] = int(found[0].shape[1])
        row["accuracy"].append(_share(found[0], seed))
        row["not_excluded"].append(_share(found[0], seed, exclude=False))
        row["sum"] += [_share(found[1], seed)] if len(found) > 1 else []
    row["seconds"] = round(row["seconds"], 2)
    return row


def _longer(kind: str, seeds: Sequence[int]) -> Row:
    """Softmax with four times the epochs: loss (mean of the last 50 updates) and accuracy."""
    short = TRAINED[f"{kind}、softmax"]
    long = replace(short, epochs=4 * short.epochs)
    row: Row = {"method": f"{kind}、softmax", "epochs": [short.epochs, long.epochs]}
    for name, recipe in (("short", short), ("long", long)):
        row[name], row[f"loss_{name}"] = [], []
        for seed in seeds:
            text = vectors.corpus(seed)
            net = model(recipe, text, seed)
            losses = [loss for loss, _ in train(net, text, recipe, seed)]
            row[name].append(_share(net.params["W_in"], seed))
            row[f"loss_{name}"].append(round(float(np.mean(losses[-50:])), 3))
    return row


def _share(found: np.ndarray, seed: int, exclude: bool = True) -> float:
    return round(vectors.accuracy(found, vectors.corpus(seed), exclude=exclude), 4)


def _perplexities(k: float, seeds: Sequence[int]) -> Row:
    """Perplexity on test sentences for n = 1 … 5, one list a seed; null stands for ∞."""
    settings = {**ngrams.defaults(), "k": k}
    runs = [ngrams.run({**settings, "seed": s}, lambda *_: None).data["test"] for s in seeds]
    return {"k": k, "test": [[round(p, 2) if p > 0 else None for p in run] for run in runs]}


def _english(text: Corpus, seeds: Sequence[int]) -> Row:
    index = text.index()
    pairs = [(m, w) for m, w in verses.PAIRS if m in index and w in index]
    ids = np.array([(index[m], index[w]) for m, w in pairs])
    row: Row = {"pairs": pairs, "tokens": text.tokens, "words": len(text.words), "accuracy": []}
    began = time.process_time()
    for seed in seeds:
        W = trained(text, vectors.ENGLISH, seed).params["W_in"]
        row["accuracy"].append(round(float(windows.analogies(W, *ids.T).mean()), 4))
    row["seconds"] = round((time.process_time() - began) / len(seeds), 1)
    return row
