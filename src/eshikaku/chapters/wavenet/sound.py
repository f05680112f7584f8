"""Sounds that play in the page: WAV files inside it, nothing is asked of a server."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from IPython.display import HTML, display
from numpy.typing import NDArray

from eshikaku.tasks.vowels import RATE

Array = NDArray[Any]


def wav(sound: Array, rate: int = RATE) -> bytes:
    """A mono WAV file of 8 bits a value; the sound is in −1 … 1."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(rate)
        out.writeframes(np.rint(127.5 + 127.5 * np.clip(sound, -1, 1)).astype(np.uint8).tobytes())
    return file.getvalue()


def players(sounds: Mapping[str, Array], rate: int = RATE) -> str:
    """HTML: a row with a player for each named sound."""
    rows = []
    for name, sound in sounds.items():
        data = base64.b64encode(wav(sound, rate)).decode("ascii")
        rows.append(
            f"<tr><th>{escape(name)}</th><td>"
            f'<audio controls aria-label="{escape(name)}の音" '
            f'src="data:audio/wav;base64,{data}"></audio></td></tr>'
        )
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def play(sounds: Mapping[str, Array], rate: int = RATE) -> None:
    """Show a player for each named sound."""
    display(HTML(players(sounds, rate)))
