"""Self-attention whose mask may be missing or late, put to guessing throws of a die."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.models import training
from eshikaku.nn import Array
from eshikaku.tasks.dice import FACES, throws

EMBEDDING, HIDDEN, BATCH = 16, 32, 64

PLACES = {
    "softmaxの前に −∞": "before",
    "マスクなし": "none",
    "softmaxの後に 0 を掛ける": "after",
    "後に 0 を掛け、和を1に戻す": "renormalised",
}


class MisplacedAttention(nn.DotAttention):
    """Scaled dot-product attention whose mask may be missing or come too late."""

    def __init__(self, place: str) -> None:
        super().__init__()
        if place not in PLACES.values():
            raise ValueError(f"place は {'、'.join(PLACES.values())} です: {place!r}")
        self.place = place

    def forward(
        self, query: Array, keys: Array, values: Array, mask: Array | None = None
    ) -> tuple[Array, Array]:
        """As `nn.DotAttention`, with the mask where `place` says."""
        if self.place in ("before", "none"):
            return super().forward(query, keys, values, mask if self.place == "before" else None)
        soft = nn.softmax(self._score(query, keys))  # the future is in the denominator
        kept = np.where(np.ones(1, bool) if mask is None else mask, soft, 0).astype(soft.dtype)
        if self.place == "renormalised":
            kept = kept / kept.sum(axis=-1, keepdims=True)
        self.push(soft, kept, values)
        return kept @ values, kept

    def backward(
        self, dcontext: Array, dweights: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """Gradients of query, keys and values."""
        if self.place in ("before", "none"):
            return super().backward(dcontext, dweights)
        soft, kept, values = self.pop()
        da = dcontext @ values.swapaxes(-1, -2)
        if dweights is not None:
            da += dweights
        # with the sum set back to 1 it is a softmax over what is left, else of the whole
        d = nn.dsoftmax(kept, da) if self.place == "renormalised" else (
            nn.dsoftmax(soft, np.where(kept == 0, 0, da))
        )  # fmt: skip
        dquery, dkeys = self._dscore(d)
        return dquery, dkeys, kept.swapaxes(-1, -2) @ dcontext


class Guesser(nn.Layer):
    """h = GRU(throws), c = self-attention over h, logits = [h; c] W + b, for every next throw."""

    def __init__(self, place: str, seed: int, dtype: Any = np.float32) -> None:
        super().__init__()
        rng, H = np.random.default_rng(seed), HIDDEN
        self.embedding = self.child(
            "embedding", nn.Embedding(FACES + 1, EMBEDDING, rng, init=nn.normal(0.3), dtype=dtype)
        )
        self.rnn = self.child("rnn", nn.GRU(EMBEDDING, H, rng, dtype=dtype))
        self.roles = [self.child(k, nn.Affine(H, H, rng, dtype=dtype)) for k in "qkv"]
        self.attention = self.child("attention", MisplacedAttention(place))
        self.out = self.child("out", nn.Affine(2 * H, FACES, rng, dtype=dtype))
        self.weights_seen: Array | None = None

    def forward(self, ids: Array) -> Array:
        """ids: (T, N), START and all throws but the last → logits (T, N, 6)."""
        h, _ = self.rnn(self.embedding(ids))  # (T, N, H)
        q, k, v = (role(h).swapaxes(0, 1) for role in self.roles)  # (N, T, H) each
        causal = np.tril(np.ones((len(ids), len(ids)), bool))
        c, self.weights_seen = self.attention(q, k, v, causal)
        return self.out(np.concatenate([h, c.swapaxes(0, 1)], axis=-1))

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits: (T, N, 6)."""
        d = self.out.backward(dlogits)
        dh, dc = d[..., :HIDDEN].copy(), d[..., HIDDEN:].swapaxes(0, 1)
        parts = self.attention.backward(dc)
        for role, part in zip(self.roles, parts, strict=True):
            dh += role.backward(part.swapaxes(0, 1))
        self.embedding.backward(self.rnn.backward(dh)[0])


def train(net: Guesser, seed: int, updates: int) -> Iterator[float]:
    """Adam on throws that never come again; yields the loss before each update."""
    rng = np.random.default_rng([seed, 1])
    batches = (throws(rng, BATCH) for _ in range(updates))
    loss, adam = nn.SoftmaxCrossEntropy(), nn.Adam(0.01)
    for step in training.train(net, loss, adam, batches, clip=1.0):
        yield step.loss


def losses(net: Guesser, seed: int, count: int = 400) -> tuple[float, float]:
    """Cross-entropy on new throws: (all at once as in training, one after the other as in use).

    In use there is no future: step t gets the first t ids alone.
    """
    x, target = throws(np.random.default_rng([seed, 2]), count)
    loss = nn.SoftmaxCrossEntropy()
    with net.evaluation():
        at_once = loss(net(x), target)
        one_by_one = [loss(net(x[: t + 1])[-1], target[t]) for t in range(len(x))]
    loss.forget()
    return float(at_once), float(np.mean(one_by_one))
