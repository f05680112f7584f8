"""Experiments: declared in a chapter, run and drawn by this engine.

    from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training

``declaration``: what a chapter writes · ``curves``: the same for a training, much shorter ·
``controls``: values a control can take, and their text · ``execution``: one run ·
``worker``: one thread, one job at a time · ``progress``: a training in it · ``painter``:
pictures · ``session``: what a kernel remembers of an experiment · ``outbox``, ``panel``: the live
controls in the page · ``static``: what stays in the notebook without a kernel · ``show``: puts it
all on the page.
"""

from eshikaku.experiments.curves import SEED, Curve, Curves, Summary, training
from eshikaku.experiments.declaration import (
    BadSetting,
    Cells,
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
    Text,
    Toggle,
    saying,
)

__all__ = [
    "SEED",
    "BadSetting",
    "Cells",
    "Choice",
    "Curve",
    "Curves",
    "Experiment",
    "Prediction",
    "Report",
    "Result",
    "Run",
    "Settings",
    "Slider",
    "Summary",
    "Text",
    "Toggle",
    "saying",
    "training",
]
