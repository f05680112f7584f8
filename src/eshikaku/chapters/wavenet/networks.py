"""The voices and digits of the chapter, and how its networks are trained on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.autoregressive import MaskedConv2d, PixelCNN, WaveNet, draw, mu_law, scaled
from eshikaku.tasks import digits, vowels

Array = NDArray[Any]

LEVELS = 64  # of the voice
VOWELS = tuple(vowels.FORMANTS)


def doubling(layers: int) -> tuple[int, ...]:
    """Dilations 1, 2, 4, … : with kernel 2 a receptive field of 2^layers values."""
    return tuple(2**k for k in range(layers))


def voices(seed: int, samples: int = 2000, times: int = 1) -> Array:
    """The five vowels as numbers 0 … Q − 1, (5 · times, samples); another seed, other sounds."""
    rng = np.random.default_rng([seed, 5])
    sounds = [vowels.vowel(name, samples, rng) for _ in range(times) for name in VOWELS]
    return mu_law(np.stack(sounds), LEVELS)


def wavenet(dilations: Sequence[int], seed: int, channels: int = 24) -> WaveNet:
    """A WaveNet for the voices."""
    rng = np.random.default_rng([seed, 1])
    return WaveNet(LEVELS, rng, channels=channels, dilations=dilations)


def crops(
    sounds: Array, updates: int, seed: int, size: int = 8, length: int = 300
) -> Iterator[tuple[Array, Array]]:
    """Batches (input, target) of pieces (size, length): the network predicts its own input."""
    rng = np.random.default_rng([seed, 2])
    for _ in range(updates):
        rows = rng.integers(0, len(sounds), size)
        starts = rng.integers(0, sounds.shape[1] - length, size)
        piece = sounds[rows[:, None], starts[:, None] + np.arange(length)]
        yield piece, piece


def train(
    net: nn.Layer, batches: Iterator[tuple[Array, Array]], updates: int, lr: float = 0.01
) -> Iterator[float]:
    """Adam, the rate falling to 0; bits per value of each batch, after its update."""
    loss, adam = nn.SoftmaxCrossEntropy(), nn.Adam(lr)
    steps = training.train(net, loss, adam, batches, clip=1.0, lr=training.falling(lr, updates))
    for value in training.after_updates(steps):
        yield float(value / np.log(2))


def bits(net: nn.Layer, values: Array) -> float:
    """Mean −log₂ p of each value given those before it: the bits a perfect code would need."""
    with net.evaluation():
        value = nn.SoftmaxCrossEntropy().forward(net.forward(values), values)
    return float(value / np.log(2))


def periodicity(sound: Array) -> float:
    """How much a sound is like itself one period (58 … 71 values) later: the correlation, ≤ 1."""
    centred = sound - sound.mean()
    pairs = ((centred[:-lag], centred[lag:]) for lag in range(58, 72))
    return float(max(a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in pairs))


def speak(
    net: WaveNet, start: Array, length: int, rng: np.random.Generator, temperature: float = 1.0
) -> Array:
    """As `net.sample`, but what the layers have computed is kept (Paine et al. 2016).

    A block needs only its input now and d places ago: one row of each is kept in a queue, so that
    a value costs one product a layer, not one for each place of the receptive field.
    """
    given = start.shape[1]
    values = np.concatenate([start, np.zeros((len(start), length), np.int64)], axis=1)
    zero = net.first.params["b"] + np.zeros((len(start), 1), net.dtype)  # x_0: nothing before
    queues = [np.zeros((d, *zero.shape), net.dtype) for d in net.dilations]  # causal zeros
    matrices = [_matrices(block) for block in net.blocks]
    first = net.first.params["W"][:, :, 0].T
    last = [net.out.layers[k].params for k in (1, 3)]
    for t in range(given + length):
        x = zero
        if t:
            x = scaled(values[:, t - 1 : t], net.levels, net.dtype) @ first + zero
        total = np.zeros_like(x)
        for d, queue, (both, bias, out, out_bias) in zip(
            net.dilations, queues, matrices, strict=True
        ):
            ab = np.concatenate([queue[t % d], x], axis=1) @ both + bias  # (N, 2C)
            queue[t % d] = x
            width = x.shape[1]
            z = np.tanh(ab[:, :width]) * nn.sigmoid(ab[:, width:])
            both_out = z @ out + out_bias  # residual, skip
            x, total = x + both_out[:, :width], total + both_out[:, width:]
        if t < given:
            continue
        hidden = np.maximum(total, 0) @ last[0]["W"][:, :, 0].T + last[0]["b"]
        logits = np.maximum(hidden, 0) @ last[1]["W"][:, :, 0].T + last[1]["b"]
        values[:, t] = draw(logits, rng, temperature)
    return values[:, given:]


def _matrices(block: Any) -> tuple[Array, Array, Array, Array]:
    """The block's four convolutions as two matrices: (x_{t−d}, x_t) → (a_f, a_g); z → both outs."""
    f, g = block.filter.params, block.gate.params
    r, s = block.residual.params, block.skip.params
    both = np.concatenate(
        [np.concatenate([w["W"][:, :, k] for w in (f, g)], axis=0).T for k in (0, 1)], axis=0
    )
    out = np.concatenate([r["W"][:, :, 0], s["W"][:, :, 0]], axis=0).T
    return both, np.concatenate([f["b"], g["b"]]), out, np.concatenate([r["b"], s["b"]])


def grey_digits(levels: int = 4) -> tuple[Array, Array]:
    """scikit-learn's 8×8 digits as numbers 0 … Q − 1: train (1500, 8, 8), test (297, 8, 8)."""
    data = digits.small()
    images = (data.train, data.test)
    train, test = (np.rint(x * (levels - 1)).astype(np.int64).reshape(-1, 8, 8) for x in images)
    return train, test


def pixelcnn(seed: int, first_mask: str = "A", channels: int = 16, depth: int = 3) -> PixelCNN:
    """A PixelCNN for the small digits; with "B" as its first mask it sees what it is to say."""
    rng = np.random.default_rng([seed, 3])
    net = PixelCNN(4, rng, channels=channels, depth=depth, first_kernel=5)
    if first_mask == "B":
        first = net.net.layers[0]
        assert isinstance(first, MaskedConv2d)
        first.mask[2, 2] = True
    return net


def images(data: Array, updates: int, seed: int, size: int = 32) -> Iterator[tuple[Array, Array]]:
    """Batches (input, target) of images."""
    rng = np.random.default_rng([seed, 4])
    for _ in range(updates):
        chosen = data[rng.integers(0, len(data), size)]
        yield chosen, chosen
