"""A model of letters: which letter comes next, for sentences whose ending hangs on their start."""

from collections.abc import Iterator

import numpy as np

from eshikaku import nn
from eshikaku.models.heads import ManyToMany
from eshikaku.nn import Array
from eshikaku.tasks import quotes

ALPHABET = quotes.alphabet()
INDEX = {letter: k for k, letter in enumerate(ALPHABET)}
# read before a sentence, as the model has never started from h = 0 but once
BEFORE = quotes.corpus(np.random.default_rng(7), 6)
HIDDEN, BATCH, STEPS, UPDATES = 32, 32, 40, 400


def encode(text: str) -> Array:
    """Letters → their numbers, (T,).

    Raises:
        ValueError: naming letters that the model does not know.
    """
    unknown = sorted(set(text) - set(ALPHABET))
    if unknown:
        raise ValueError(f"学習に出てこない文字です: {'、'.join(unknown)}")
    return np.array([INDEX[letter] for letter in text])


def onehot(ids: Array) -> Array:
    """(…) → (…, V), float32."""
    return np.eye(len(ALPHABET), dtype=np.float32)[ids]


def model(seed: int, kind: str = "LSTM") -> ManyToMany:
    """A fresh model: one-hot letters → 32 recurrent units → logits of the next letter."""
    rng, V = np.random.default_rng(seed), len(ALPHABET)
    layer = nn.LSTM if kind == "LSTM" else nn.RNN
    return ManyToMany(
        layer(V, HIDDEN, rng, dtype=np.float32), nn.Affine(HIDDEN, V, rng, dtype=np.float32)
    )


def train(net: ManyToMany, seed: int, updates: int = UPDATES) -> Iterator[float]:
    """Adam on 40 letters at a time; the state goes on from batch to batch, the gradient does not.

    Yields: after each update the cross-entropy before it (nat a letter).
    """
    rng = np.random.default_rng([seed, 1])
    text = encode(quotes.corpus(rng, 5000))
    at = rng.integers(0, len(text), BATCH) + np.arange(STEPS + 1)[:, None]  # (T+1, N)
    loss, adam, state = nn.SoftmaxCrossEntropy(), nn.Adam(0.01), None
    for k in range(updates):
        window = text[(at + k * STEPS) % len(text)]
        h, state = net.rnn(onehot(window[:-1]), state)  # (T, N, H)
        value = loss(net.out(h), window[1:])
        net.zero_grad()
        net.rnn.backward(net.out.backward(loss.backward()))
        nn.clip_by_norm(net.grads, 1.0)
        adam.update(net.params, net.grads)
        yield value


_kept: dict[int, ManyToMany] = {}


def training(seed: int) -> Iterator[ManyToMany]:
    """The network after each update of a training (about 3 s); nothing if it is remembered."""
    if seed not in _kept:
        net = model(seed)
        for _ in train(net, seed):
            yield net
        _kept[seed] = net


def trained(seed: int) -> ManyToMany:
    """The trained LSTM of that seed."""
    for _ in training(seed):
        pass
    return _kept[seed]


def read(net: ManyToMany, text: str) -> tuple[Array, dict[str, Array]]:
    """The model reads `text` after some sentences of its own kind.

    Returns:
        p: probability given to each letter before it was read, (T,).
        trace: i, f, g, o, c, h after each letter, (T, H) each (LSTM only).
    """
    ids = encode(BEFORE + text)
    x, start = onehot(ids)[:, None], len(BEFORE)
    with net.evaluation():
        p = nn.softmax(net(x)[:, 0])  # (…, V): of the next letter
    trace = net.rnn.trace(x) if isinstance(net.rnn, nn.LSTM) else {}
    net.forget()
    return p[np.arange(start - 1, len(ids) - 1), ids[start:]], {
        name: values[start:, 0] for name, values in trace.items()
    }


def politeness(net: ManyToMany, words: int, sentences: int = 40, before: str = BEFORE) -> float:
    """Share of endings (い of 言いました, っ of 言った) that fit the first letter.

    Args:
        words: length of the quotation between them.
        before: what is read before each sentence; without it the state is 0.
    """
    rng = np.random.default_rng([2026, words])
    right = 0
    for k in range(sentences):
        polite = k % 2 == 0
        text = before + quotes.quotation(rng, words, polite).partition("と言")[0] + "と言"
        with net.evaluation():
            logits = net(onehot(encode(text))[:, None])[-1, 0]
        right += int((logits[INDEX["い"]] > logits[INDEX["っ"]]) == polite)
    return right / sentences


SWAPPED = {"私": "俺", "俺": "私"}


def difference(net: ManyToMany, text: str) -> Array:
    """c after each letter of `text` minus c where the first letter is the other one: (T, H).

    Raises:
        ValueError: the text begins with neither 私 nor 俺.
    """
    if text[:1] not in SWAPPED:
        raise ValueError("差を見るには、「私」か「俺」で始まる文にしてください")
    other = SWAPPED[text[0]] + text[1:]
    return read(net, text)[1]["c"] - read(net, other)[1]["c"]
