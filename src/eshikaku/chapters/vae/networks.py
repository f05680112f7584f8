"""What the chapter trains, how, and how samples are judged."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.autoencoder import MLP, Autoencoder, corrupt
from eshikaku.models.vae import VAE, ELBOLoss
from eshikaku.nn import Array
from eshikaku.tasks import digits

HIDDEN, BATCH, RATE = (128, 64), 100, 2e-3
UPDATES = 1000


def autoencoder(
    data: digits.Digits, size: int, seed: int, hidden: tuple[int, ...] = HIDDEN
) -> Autoencoder:
    """D → hidden → J → hidden → D. Without hidden layers it is linear, its output included."""
    return Autoencoder(
        data.size,
        size,
        np.random.default_rng(seed),
        hidden_sizes=hidden,
        output="sigmoid" if hidden else "identity",
        dtype=np.float32,
    )


def vae(data: digits.Digits, size: int, seed: int) -> VAE:
    """D → 128 → 64 → (μ, log σ²) of J; back the same way."""
    rng = np.random.default_rng(seed)
    return VAE(data.size, size, rng, hidden_sizes=HIDDEN, dtype=np.float32)


def train_autoencoder(
    net: Autoencoder,
    data: digits.Digits,
    updates: int,
    seed: int,
    noise: tuple[str, float] | None = None,
) -> Iterator[float]:
    """Adam; yields the loss before each update. With `noise` the input is corrupted anew."""
    rng = np.random.default_rng([seed, 1])
    loss = nn.BCEWithLogits() if net.output == "sigmoid" else nn.SquaredError()
    pictures = _batches(data, updates, rng)
    pairs = ((x if noise is None else corrupt(x, *noise, rng), x) for x in pictures)
    for step in training.train(net, loss, nn.Adam(RATE), pairs):
        yield step.loss


def train_vae(
    net: VAE, data: digits.Digits, updates: int, seed: int, beta: float = 1.0
) -> Iterator[tuple[float, float]]:
    """Adam; yields (reconstruction, KL) before each update, each with one ε a picture."""
    rng = np.random.default_rng([seed, 1])
    loss, shape = ELBOLoss(beta=beta), (BATCH, net.code_size)
    pictures = _batches(data, updates, rng)
    triples = ((x, rng.standard_normal(shape, np.float32), x) for x in pictures)
    for _ in training.train(net, loss, nn.Adam(RATE), triples):
        yield loss.reconstruction, loss.kl


def _batches(data: digits.Digits, updates: int, rng: np.random.Generator) -> Iterator[Array]:
    for _ in range(updates):
        yield data.train[rng.integers(0, len(data.train), BATCH)]


def terms(net: VAE, x: Array, seed: int = 0) -> tuple[float, float]:
    """(reconstruction, KL) of pictures x (N, D), with one fixed ε each."""
    eps = np.random.default_rng(seed).standard_normal((len(x), net.code_size), np.float32)
    loss = ELBOLoss()
    with net.evaluation():
        y, mu, logvar = net(x, eps)
    loss(y, x, mu, logvar)
    return loss.reconstruction, loss.kl


@lru_cache(maxsize=8)
def trained_vae(size: int, seed: int = 0, updates: int = UPDATES) -> VAE:
    """A VAE on MNIST after training, the same object for the same arguments."""
    data = digits.mnist()
    net = vae(data, size, seed)
    for _ in train_vae(net, data, updates, seed):
        pass
    return net


@lru_cache(maxsize=2)
def classifier(seed: int = 0) -> MLP:
    """784 → 128 → 10, trained on the digits' labels: a judge that no autoencoder has seen."""
    data = digits.mnist()
    rng = np.random.default_rng([seed, 2])
    net = MLP((data.size, 128, 10), rng, dtype=np.float32)
    rows = (rng.integers(0, len(data.train), BATCH) for _ in range(600))
    pairs = ((data.train[chosen], data.train_labels[chosen]) for chosen in rows)
    for _ in training.train(net, nn.SoftmaxCrossEntropy(), nn.Adam(RATE), pairs):
        pass
    return net.eval()


def confidence(x: Array) -> Array:
    """The classifier's highest probability for each picture: (N, D) → (N,)."""
    return nn.softmax(classifier()(x)).max(axis=1)


def nearest(x: Array, others: Array) -> Array:
    """Distance of each picture to the nearest of `others`: (N, D), (M, D) → (N,)."""
    squares = (x**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * x @ others.T  # (N, M)
    return np.sqrt(np.maximum(squares.min(axis=1), 0))


def fitted(codes: Array, eps: Array) -> Array:
    """ε (N, J) ~ N(0, I) moved to the mean and covariance of the codes (M, J)."""
    size = codes.shape[1]
    covariance = np.cov(codes.T).reshape(size, size) + 1e-6 * np.eye(size)
    return (codes.mean(axis=0) + eps @ np.linalg.cholesky(covariance).T).astype(codes.dtype)
