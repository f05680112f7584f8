"""What of an experiment stays in the notebook without a kernel.

All markup here is a function of the declaration alone, but for two places that hold measured
results: ``<img …>`` tags and ``<span class="esk-measured">…</span>``. A comparison of outputs
(nbval) leaves out exactly these, by :data:`MEASURED`.
"""

from __future__ import annotations

from html import escape
from typing import Any

from eshikaku.experiments.controls import change_text, number, spoken
from eshikaku.experiments.declaration import Experiment
from eshikaku.experiments.history import Kept

MEASURED = (r"<img [^>]*>", r'<span class="esk-measured">[^<]*</span>')
"""Regular expressions of the measured places."""

HINT = "ノートブックの最初のセルと、このセルを実行すると操作できます。"


def head(experiment: Experiment) -> str:
    """Title and what to look at; stands above figure and controls alike.

    Its style sheet comes with ``start()``, once for the notebook.
    """
    from eshikaku.questions.render import markdown

    return (
        '<div class="esk-exp-head" lang="ja">'
        f'<p class="esk-exp-title">実験：{escape(experiment.title)}</p>'
        f'<div class="esk-exp-look">{markdown(experiment.look_for)}</div></div>'
    )


def summary_text(kept: Kept) -> str:
    """The summary of a run in one line: 「最後の損失 0.012、正解率 1」."""
    return "、".join(f"{name} {number(found)}" for name, found in kept.result.summary.items())


def figure(experiment: Experiment, kept: Kept | None, picture: str = "") -> str:
    """The static figure: picture (an ``<img>`` tag), settings, results.

    Without a run yet it is the hint alone.
    """
    if kept is None:
        return f'<figure class="esk-exp-static" lang="ja"><figcaption>{HINT}</figcaption></figure>'
    found = summary_text(kept)
    if kept.result.diverged:
        found = "発散しました。" + found
    lines = [f"設定：{escape(spoken(experiment, kept.settings))}"]
    if experiment.prediction is not None:
        lines.append(f"予想する変更：{escape(change_text(experiment))}")
    if found:
        lines.append(f'結果：<span class="esk-measured">{escape(found)}</span>')
    lines.append(HINT)
    return (
        f'<figure class="esk-exp-static" lang="ja">{picture}'
        f"<figcaption>{'<br>'.join(lines)}</figcaption></figure>"
    )


def question(id: str, mode: str = "study") -> str:
    """A bank item in its first showing."""
    from eshikaku.questions.bank import question as item
    from eshikaku.questions.parameters import instance
    from eshikaku.questions.render import question_html

    return question_html(instance(item(id)), mode=mode)


def reason(experiment: Experiment, unfolded: bool = False) -> str:
    """The question after the run, folded until there was one."""
    if experiment.prediction is None or experiment.prediction.reason is None:
        return ""
    return _folded(
        "実行のあとで：なぜそうなりましたか", question(experiment.prediction.reason), unfolded
    )


def verdict(experiment: Experiment, raw: Any) -> str:
    """Whether the prediction ``raw`` (an option's key) came true; nothing said without one.

    Empty where the experiment asks for no prediction.
    """
    from eshikaku.questions.bank import question as item
    from eshikaku.questions.render import markdown

    prediction = experiment.prediction
    if prediction is None or prediction.came_true is None:
        return ""
    options = {option.key: option for option in item(prediction.ask).options}
    own, shown = options.get(raw), options[prediction.came_true]
    words = ""
    if own is shown:
        words = f"**予想どおりでした。** 「{shown.text}」：{shown.why}"
    elif own is not None:
        words = (
            f"**予想とは違いました。** 予想：「{own.text}」　結果：「{shown.text}」\n\n{own.why}"
        )
    said = markdown(words) if words else ""
    return f'<div class="esk-exp-verdict" role="status" lang="ja">{said}</div>'


def seen(experiment: Experiment, unfolded: bool = False) -> str:
    """What was to be seen, folded until the learner has run and answered."""
    from eshikaku.questions.render import markdown

    return _folded("見えたはずのこと", markdown(experiment.seen), unfolded)


def _folded(summary: str, inside: str, unfolded: bool) -> str:
    return (
        f'<details class="esk-exp-after" lang="ja"{" open" if unfolded else ""}>'
        f"<summary>{summary}</summary>{inside}</details>"
    )
