"""A photograph that comes inside a package; nothing is downloaded.

`china`: a temple, 640×427, inside scikit-learn (≥ 1.5).  Source: `china.jpg` by danielbuechele
(Flickr), CC BY 2.0, as `datasets/images/README.txt` of the package says.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE = "寺院の写真（danielbuechele、CC BY 2.0。scikit-learnに同梱）"
_FILE = ("sklearn", "datasets/images/china.jpg")


@lru_cache(maxsize=4)
def china(width: int = 160) -> NDArray[Any]:
    """The photograph in grey, (about 2/3 width, width) float32 in 0 … 1; don't write to it.

    Raises:
        FileNotFoundError: scikit-learn is not installed (the message says how to install it).
    """
    from PIL import Image

    package, inside = _FILE
    spec = find_spec(package)
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / inside
    if path is None or not path.is_file():
        raise FileNotFoundError(f"{SOURCE}が見つかりません。pip install scikit-learn で入ります。")
    with Image.open(path) as picture:
        height = round(picture.height * width / picture.width)
        small = picture.convert("L").resize((width, height), Image.Resampling.LANCZOS)
        grey = np.asarray(small, np.float32) / np.float32(255)
    grey.flags.writeable = False
    return grey
