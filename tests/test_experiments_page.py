"""What an experiment shows in the notebook: in a pipeline, in a kernel, after an answer."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

import demo_experiments as demo
from eshikaku.experiments import show as page
from eshikaku.experiments import static
from eshikaku.experiments.declaration import BadSetting, Experiment, Prediction, Result
from eshikaku.experiments.history import History
from eshikaku.questions.bank import UnknownQuestion
from experiment_fakes import (  # noqa: F401 - fixtures
    WAIT,
    FakePage,
    FakePanel,
    begun,
    demo_course,
    fresh_kernel,
    gate,
    held,
    idle,
    opened,
    slow,
    until,
)


def outputs_of(experiment: Experiment) -> list[dict[str, Any]]:
    """What a cell with the experiment displays."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    InteractiveShell.instance()
    with capture_output() as caught:
        experiment()
    return [output.data for output in caught.outputs]


def masked(html: str) -> str:
    for pattern in static.MEASURED:
        html = re.sub(pattern, "…", html)
    return html


@pytest.mark.usefixtures("demo_course")
def test_in_a_pipeline_the_markup_is_exact_but_for_the_measured_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ESHIKAKU_SYNC", "1")
    one, other = outputs_of(demo.descent), outputs_of(demo.descent)
    assert [list(o) for o in one] == [["text/html", "text/plain"]] * 5
    assert [o["text/plain"] for o in one] == [
        demo.descent.title,
        "図",
        "予想",
        "理由",
        "見えたはずのこと",
    ]
    head, figure, ask, reason, seen = [masked(o["text/html"]) for o in one]
    assert [masked(o["text/html"]) for o in other] == [head, figure, ask, reason, seen]
    assert not re.search(r"\d+\.\d{3,}|秒", figure), "a measured number outside its place"
    assert "設定：学習率 0.01、慣性" in figure and "セルを実行すると操作できます。" in figure
    assert "予想する変更：学習率: 0.01 → 1" in figure
    assert "demo-predict-01" in ask and "demo-reason-01" in reason
    assert seen.startswith('<details class="esk-exp-after" lang="ja"><summary>')
    (tag,) = re.findall(r"<img [^>]*>", one[1]["text/html"])
    assert 'alt="損失の曲線。初期設定では' in tag and "data:image/webp;base64," in tag


@pytest.mark.usefixtures("demo_course")
def test_in_a_pipeline_an_exception_fails_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESHIKAKU_SYNC", "1")

    def refuse(settings: Any, report: Any) -> Result:
        raise BadSetting("だめ")

    with pytest.raises(BadSetting):
        outputs_of(Experiment(**{**vars(demo.letters), "run": refuse}))


@pytest.mark.usefixtures("demo_course", "held")
def test_in_a_kernel_the_cell_returns_at_once_with_a_panel() -> None:
    began = time.monotonic()
    found = outputs_of(slow)  # would run for minutes
    assert time.monotonic() - began < WAIT
    kinds = [next(iter(o)) for o in found]
    assert kinds == ["text/html", "text/html", "text/html", "text/plain", "text/html"]
    live = found[3]
    assert live["text/plain"] == static.HINT
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"]
    panel = page.session(slow).panel
    assert panel.spec["change"] == "係数: 1 → 2" and panel.positions == {"a": 10}


@pytest.mark.usefixtures("demo_course")
def test_prediction_and_reason_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(page, "on_run", events.append)
    first = outputs_of(demo.descent)
    session = page.session(demo.descent)
    idle()
    outputs = session.page = FakePage()  # type: ignore[assignment]
    outputs.record = events.append  # type: ignore[method-assign]
    page.heard("demo-predict-01", "a")
    page.heard("another-01", "c")
    session.pressed({"type": "change"})
    idle()
    page.heard("demo-reason-01", "a")
    assert outputs.unfolded == ["reason", "seen"]
    assert events[0]["prediction"] == "a"
    second = outputs_of(demo.descent)  # asked before the first run only
    idle()
    assert sum("demo-predict-01" in str(o) for o in first) == 1
    assert sum("demo-predict-01" in str(o) for o in second) == 0
    assert [r.label for r in page.session(demo.descent).history.runs] == ["初期設定", "学習率=1"]


@pytest.mark.usefixtures("demo_course")
def test_the_verdict_says_whether_the_prediction_came_true() -> None:
    right, wrong = static.verdict(demo.descent, "a"), static.verdict(demo.descent, "b")
    assert "予想どおりでした" in right and "1回で0になる" in right and "違い" not in right
    assert "予想とは違いました" in wrong and "増える" in wrong and "1回で0になる" in wrong
    assert "倍率の符号が逆です" in wrong
    assert "予想" not in static.verdict(demo.descent, None)
    assert static.verdict(demo.wave, "b") == "", "nothing was asked"


@pytest.mark.usefixtures("demo_course")
def test_an_unknown_question_is_named() -> None:
    lost = Experiment(**{**vars(slow), "prediction": Prediction({"a": 2.0}, ask="demo-lost-01")})
    with pytest.raises(UnknownQuestion, match="demo-lost-01"):
        outputs_of(lost)


def test_markup_is_escaped() -> None:
    odd = Experiment(**{**vars(demo.wave), "title": "a<b & 「c」"})
    assert "a&lt;b &amp; 「c」" in static.head(odd)
    history = History(demo.letters)
    run = history.new({**demo.letters.defaults(), "text": "<b>"}, Result({}, {"<i>": "<u>"}))
    figure = static.figure(demo.letters, run, "<img alt>")
    assert "&lt;b&gt;" in figure and "<b>" not in figure and "<u>" not in figure


def test_importing_an_experiment_is_light() -> None:
    import subprocess
    import sys

    code = (
        "import sys, eshikaku.experiments.show\n"
        "heavy = {'matplotlib', 'ipywidgets', 'anywidget', 'torch', 'IPython'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
