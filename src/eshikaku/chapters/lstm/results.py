"""Tables over seeds that take longer than the chapter may: `make results`."""

from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.chapters.lstm import networks
from eshikaku.chapters.lstm.experiments.ablation import TRAINED, errors, networks_of
from eshikaku.chapters.lstm.experiments.ablation import UPDATES as SUM_UPDATES
from eshikaku.models import letters
from eshikaku.models.heads import ManyToMany
from eshikaku.tasks.memory import alarm, running_sum

SEEDS = (0, 1, 2, 3, 4, 5)
LENGTHS = (10, 20, 50, 100, 200)
RATES = (0.005, 0.02)
UPDATES = 300
SETTINGS = {
    "単純RNN": ("RNN", lambda T: (0.0, 0.0)),
    "LSTM b_f=0": ("LSTM", lambda T: (0.0, 0.0)),
    "LSTM b_f=1": ("LSTM", lambda T: (1.0, 0.0)),
    "LSTM b_f=ln T": ("LSTM", lambda T: (np.log(T), 0.0)),
    "LSTM b_f=ln T, b_i=−ln T": ("LSTM", lambda T: (np.log(T), -np.log(T))),
}


def make() -> dict[str, Any]:
    """Recall over T for five settings; parts left out of the LSTM; peepholes; sentences."""
    return {
        "recall": recall(),
        "ablation": ablations(),
        "alarm": alarms(),
        "letters": sentences(),
    }


def recall() -> dict[str, Any]:
    """Solved networks and updates until then (median), at each setting's better learning rate."""
    rows = []
    for name, (kind, biases) in SETTINGS.items():
        for length in LENGTHS:
            forget, write = biases(length)
            best = max(
                (_recall(kind, length, lr, float(forget), float(write)) for lr in RATES),
                key=lambda found: (found["solved"], -(found["updates"] or 0)),
            )
            rows.append({"setting": name, "length": length, **best})
    return {"seeds": list(SEEDS), "updates": UPDATES, "rates": list(RATES), "rows": rows}


def _recall(kind: str, length: int, lr: float, forget: float, write: float) -> dict[str, Any]:
    accuracy = []
    for row in networks.train_recall(
        kind, length, UPDATES, seeds=SEEDS, lr=lr, forget_bias=forget, input_bias=write
    ):
        accuracy.append(row)
        enough = len(accuracy) > networks.WINDOW
        if enough and not np.isnan(networks.solved_at(np.stack(accuracy))).any():
            break
    solved = networks.solved_at(np.stack(accuracy))
    done = solved[np.isfinite(solved)]
    return {
        "lr": lr,
        "solved": len(done),
        "updates": int(np.median(done)) if len(done) else None,
    }


def ablations() -> dict[str, Any]:
    """Errors on the running sum, mean and standard deviation over six seeds."""
    rows = []
    for name, gates, peephole in (
        ("CECだけ", "", False),
        ("＋入力・出力ゲート", "io", False),
        ("＋忘却ゲート（LSTM）", "iof", False),
        ("＋のぞき穴結合", "iof", True),
        ("LSTMから入力ゲートを除く", "of", False),
        ("LSTMから出力ゲートを除く", "if", False),
    ):
        short, long, silent = _errors(gates, peephole)
        rows.append({"setting": name, "short": short, "long": long, "silent": silent})
    return {"seeds": list(SEEDS), "updates": SUM_UPDATES, "rows": rows}


def _errors(gates: str, peephole: bool) -> tuple[list[float], ...]:
    nets = networks_of(gates, peephole, SEEDS)
    rng = np.random.default_rng([0, TRAINED])

    def batch() -> tuple[Any, Any]:
        x, t, _ = running_sum(rng, 32, TRAINED)
        return np.repeat(x[:, None], len(SEEDS), axis=1), np.repeat(t[:, None], len(SEEDS), axis=1)

    loss = nn.SquaredError(axis=(0, 2, 3))
    for net, *_ in networks.train(nets, batch, loss, 0.03, SUM_UPDATES):
        last = net
    error, silent = errors(last, len(SEEDS))
    return tuple(_mean_and_spread(e) for e in (error[0], error[-1], silent))


def alarms() -> dict[str, Any]:
    """Networks (of 24) that ring exactly 10 steps after the cue, with and without peepholes."""
    seeds, rows = range(24), []
    for hidden in (2, 4, 8):
        for peephole in (False, True):
            solved = _ringing(hidden, peephole, seeds)
            rows.append({"hidden": hidden, "peephole": peephole, "solved": solved})
    return {"seeds": len(seeds), "updates": 500, "delay": 10, "rows": rows}


def _ringing(hidden: int, peephole: bool, seeds: range) -> int:
    nets, S = [], len(seeds)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        options: dict[str, Any] = {"forget_bias": 3.0, "peephole": peephole, "dtype": np.float32}
        out = nn.Affine(hidden, 1, rng, dtype=np.float32)
        nets.append(ManyToMany(nn.LSTM(1, hidden, rng, **options), out))
    rng = np.random.default_rng(10)

    def batch() -> tuple[Any, Any]:
        x, t = alarm(rng, 32, 30, 10)
        return np.repeat(x[:, None], S, axis=1), np.repeat(t[:, None], S, axis=1)

    loss = nn.SquaredError(axis=(0, 2, 3))
    for net, *_ in networks.train(nets, batch, loss, 0.02, 500):
        last = net
    x, t = alarm(np.random.default_rng(2026), 200, 30, 10)
    with last.evaluation():
        y = last(np.repeat(x[:, None], S, axis=1))
    right = ((y > 0.5) == (t[:, None] > 0.5)).all(axis=0)[..., 0].mean(-1)
    return int((right >= 0.95).sum())


def sentences() -> dict[str, Any]:
    """Share of endings that fit the first letter, against the length of the quotation."""
    words, rows = (1, 2, 4, 6, 8, 12), []
    for kind in ("LSTM", "RNN"):
        for seed in SEEDS[:4]:
            net = letters.model(seed, kind)
            for _ in letters.train(net, seed):
                pass
            rows.append(
                {
                    "model": kind,
                    "seed": seed,
                    "right": [letters.politeness(net, count) for count in words],
                }
            )
    return {"words": list(words), "trained": 4, "updates": letters.UPDATES, "rows": rows}


def _mean_and_spread(values: Any) -> list[float]:
    return [round(float(np.mean(values)), 3), round(float(np.std(values)), 3)]
