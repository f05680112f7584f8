"""Every chapter's experiments, swept over their controls, and the declarations they stand in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import demo_experiments as demo
from eshikaku.experiments import controls
from eshikaku.experiments.declaration import (
    BadSetting,
    Cells,
    Choice,
    DeclarationError,
    Experiment,
    Prediction,
    Result,
    Slider,
    Text,
    Toggle,
    number_text,
)
from eshikaku.experiments.execution import execute, finite
from eshikaku.experiments.painter import Painter, build
from experiment_sweep import (
    all_experiments,
    cases,
    drawn_badly,
    japanese,
    named,
    result_of,
    runs_of,
    same,
    swept,
)

DEMOS = (demo.descent, demo.wave, demo.letters)
EXPERIMENTS = [*DEMOS, *all_experiments()]
CASES = [*((x, s) for x in DEMOS for s in swept(x) if not s.get("break")), *cases()]


def key(experiment: Experiment) -> str:
    return experiment.key


# -- the sweep ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=named)
def test_runs_and_draws_at_every_end(case: tuple[Experiment, dict[str, Any]]) -> None:
    experiment, settings = case
    result = result_of(experiment, settings)
    if result is None:  # a text was refused in Japanese
        assert any(isinstance(c, Text) for c in experiment.controls)
        return
    (run,) = runs_of(experiment, (settings, result))
    assert not drawn_badly(experiment, [run])
    assert japanese(experiment.alt(run)), "alt says in Japanese what is seen"
    assert "測定中" not in experiment.alt(run), "alt names what the finished run has found"
    assert all(isinstance(name, str) and controls.number(v) for name, v in result.summary.items())
    said = " ".join([*result.summary, *map(str, result.summary.values())])
    assert "$" not in said, "the list of runs shows text, not formulas"


TEXTS = [(x, c) for x in EXPERIMENTS for c in x.controls if isinstance(c, Text)]


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case[0].key}-{case[1].name}")
def test_every_example_is_accepted_and_refusals_help(case: tuple[Experiment, Text]) -> None:
    """What a control shows as an example, and what a refusal names, the run can use."""
    experiment, control = case
    others = {**experiment.defaults(), **(experiment.short or {})}
    for example in control.examples:
        assert result_of(experiment, {**others, control.name: example}) is not None, example
    for choice in (c for c in experiment.controls if isinstance(c, Choice)):
        for value in choice.sweep():
            settings = {**others, choice.name: value}
            for refused in control.refused:
                named = examples_of_refusal(experiment, {**settings, control.name: refused})
                for example in named:
                    found = result_of(experiment, {**settings, control.name: example})
                    assert found is not None, f"{choice.name}={value}: {example}"
    for refused in control.refused:
        assert result_of(experiment, {**others, control.name: refused}) is None, refused


def examples_of_refusal(experiment: Experiment, settings: Mapping[str, Any]) -> list[str]:
    """The texts that a refusal names after 例：; none where the settings are accepted."""
    try:
        execute(experiment, settings)
    except BadSetting as refusal:
        return re.findall("「(.*?)」", str(refusal).partition("例：")[2])
    return []


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_no_text_names_an_example_by_hand(experiment: Experiment) -> None:
    assert not [c.name for c in experiment.controls if "例：" in c.help], "declare examples=(…)"


@pytest.mark.parametrize("experiment", all_experiments(), ids=key)
def test_a_file_bears_the_name_of_the_experiment_it_holds(experiment: Experiment) -> None:
    *_, room, file = experiment.run.__module__.split(".")
    assert room == "experiments" and file == experiment.name.replace("-", "_")


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_equal_settings_give_equal_results(experiment: Experiment) -> None:
    defaults = experiment.defaults()
    one, other = result_of(experiment, defaults), execute(experiment, defaults)
    assert one is not None
    assert same(one.data, other.data)
    assert same(one.summary, other.summary)
    assert not one.diverged, "the known starting point is a sound run"


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_the_named_change_and_the_overlay_are_drawn(experiment: Experiment) -> None:
    settings = [experiment.defaults()]
    if experiment.prediction is not None:
        settings.append({**settings[0], **experiment.prediction.change})
    results = [(s, result) for s in settings if (result := result_of(experiment, s))]
    runs = runs_of(experiment, *results)
    assert not drawn_badly(experiment, runs)
    if experiment.prediction is not None:
        assert not same(results[0][1].data, results[1][1].data), "the change changes nothing"


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_growing_runs_are_drawn_too(experiment: Experiment) -> None:
    """What a training reports on its way can be drawn; it reports soon and till near the end."""
    seen: list[tuple[int, int, Result | None]] = []

    def report(done: int, total: int, partial: Any = None) -> None:
        first = not any(result for *_, result in seen)
        seen.append((done, total, partial() if callable(partial) and first else partial))
        assert 0 <= done <= total

    execute(experiment, experiment.defaults(), report)
    partials = [r for *_, r in seen if isinstance(r, Result)]
    if experiment.live:
        return
    assert len(seen) >= 5, "report often: 停止 works there"
    assert partials, "report a partial result: the figure grows"
    assert not drawn_badly(experiment, runs_of(experiment, (experiment.defaults(), partials[0])))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_what_the_learner_reads_is_japanese(experiment: Experiment) -> None:
    texts = [experiment.title, experiment.look_for, experiment.seen]
    assert all(japanese(text) for text in texts)
    assert "$" not in experiment.title, "titles are shown without math"
    for control in experiment.controls:
        # a name of the exam (weight_init_std) may be a label when Japanese explains it
        assert japanese(control.label + control.help) or len(control.label) == 1, control.name
        assert "$" not in control.label + control.help, "controls are shown without math"
        if isinstance(control, Choice):
            assert len(control.options) >= 2


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_a_draft_is_the_sharp_picture(experiment: Experiment) -> None:
    """The fast path keeps axes and pixels of the draft before, and the picture is the same."""
    from eshikaku import plot

    painter = Painter(experiment)
    changes = [s for s in swept(experiment) if not s.get("break")]
    for settings in (changes[0], *changes[1 :: max(1, len(changes) // 3)], changes[0]):
        result = result_of(experiment, settings)
        if result is None:
            continue
        runs = runs_of(experiment, (settings, result))
        draft = pixels(painter.draft(runs))
        fresh = pixels(plot.png(build(experiment, runs), 1.0))
        # spines may lie below a line instead of above it, and 256 colours are chosen anew
        differ = (np.abs(draft - fresh).max(axis=2) > 64).mean()
        assert differ < 0.004, f"{named((experiment, settings))}: {differ:.2%} of the pixels"


@pytest.mark.parametrize("experiment", all_experiments(), ids=key)
def test_questions_of_a_prediction_are_in_the_bank(experiment: Experiment) -> None:
    from eshikaku.questions.bank import question

    prediction = experiment.prediction
    if prediction is not None:
        for id in filter(None, (prediction.ask, prediction.reason)):
            assert question(id).type == "single"
        keys = [option.key for option in question(prediction.ask).options]
        assert prediction.came_true in keys, "came_true=… names the option that the change shows"


@pytest.mark.parametrize("chapter_name", sorted({x.key.split("/")[0] for x in all_experiments()}))
def test_keys_name_the_chapter(chapter_name: str) -> None:
    from eshikaku import course

    found = course.chapter(chapter_name).experiments()
    assert [x.key for x in found.values()] == [f"{chapter_name}/{name}" for name in found]


def pixels(picture: bytes) -> np.ndarray:
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


# -- declarations ---------------------------------------------------------------------------------


def declared(**changes: Any) -> Experiment:
    """A sound experiment but for the changes."""
    fields: dict[str, Any] = {
        "name": "x",
        "title": "題",
        "controls": (Slider("a", "あ", 1.0, low=0, high=2),),
        "run": lambda settings, report: Result({"a": settings["a"]}),
        "draw": lambda figure, runs: None,
        "alt": lambda run: "図",
        "look_for": "見る",
        "seen": "見えた",
    }
    return Experiment(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"controls": (Slider("a", "あ", 3.0, low=0, high=2),)}, "default 3.0 lies outside"),
        ({"controls": (Slider("a", "あ", 1.0, low=2, high=0),)}, "low < high"),
        ({"controls": (Slider("a", "あ", 1.0, low=0, high=2, step=0),)}, "step > 0"),
        ({"controls": (Slider("a", "あ", 1.0, low=0, high=2, log=True),)}, "log needs low > 0"),
        ({"controls": (Slider("a", "あ", 0.5, integer=True),)}, "is no integer"),
        ({"controls": (Slider("a", "あ", 0.5, step=0.001),)}, "1001 positions"),
        ({"controls": (Choice("a", "あ", "z", options={"い": "i"}),)}, "default 'z' is none of"),
        ({"controls": (Toggle("a", "あ", 1),)}, "is no bool"),
        ({"controls": (Cells("a", "あ", ((0, 1), (0,)), levels={"0": 0}),)}, "no rectangle"),
        ({"controls": (Cells("a", "あ", ((0, 7),), levels={"0": 0}),)}, "holds .7., none"),
        ({"controls": (Text("a", "あ", "う" * 9, max_length=8),)}, "longer than max_length"),
        ({"controls": (Toggle("a", "あ", True), Toggle("a", "い", True))}, "two controls named a"),
        ({"prediction": Prediction({"b": 1}, ask="q")}, "prediction changes 'b'"),
        ({"prediction": Prediction({"a": 1.0}, ask="q")}, "to its default"),
        ({"full": {"a": 2}}, "full_minutes"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(changes: Mapping[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError, match=said) as error:
        declared(**changes)
    assert "experiment 'x'" in str(error.value)


def test_positions_of_a_log_slider_are_round_numbers() -> None:
    slider = Slider("lr", "学習率", 0.3, low=1e-4, high=10, step=0.5, log=True)
    assert slider.values()[:4] == (1e-4, 3.2e-4, 1e-3, 3.2e-3)
    assert slider.values()[-1] == 10 and 0.3 in slider.values()
    assert [slider.text(v) for v in slider.values()[:2]] == ["0.0001", "0.00032"]


def test_an_integer_slider_gives_ints_and_both_ends() -> None:
    slider = Slider("h", "大きさ", 16, low=1, high=64, step=8, integer=True, unit="個")
    values = slider.values()
    assert values == (1, 9, 16, 17, 25, 33, 41, 49, 57, 64)
    assert all(type(v) is int for v in values)
    assert slider.text(16) == "16個" and slider.sweep() == (1, 16, 64)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=key)
def test_positions_and_values_are_one_to_one(experiment: Experiment) -> None:
    for control in experiment.controls:
        if isinstance(control, Slider | Choice):
            count = len(controls.describe(control)["texts"])
            for at in range(count):
                assert controls.position(control, controls.value(control, at)) == at
            shown = controls.describe(control)["texts"]
            assert len(set(shown)) == count, f"{control.name}: two positions read the same"
    defaults = controls.positions(experiment, experiment.defaults())
    assert controls.settings_at(experiment, defaults) == experiment.defaults()


@pytest.mark.parametrize("at", [-1, 99, 1.5, "1", None])
def test_a_position_from_nowhere_is_refused(at: Any) -> None:
    with pytest.raises(BadSetting, match="範囲の外"):
        controls.value(Slider("a", "あ", 0.5), at)


def test_text_from_the_page_is_cleaned_and_measured() -> None:
    control = Text("t", "文", "あ", max_length=5)
    assert controls.value(control, " か\u3099\x07x ") == "がx"
    with pytest.raises(BadSetting, match="5文字まで"):
        controls.value(control, "あいうえおか")


def test_a_board_goes_to_the_page_and_back() -> None:
    board = Cells("k", "カーネル", ((0, 1), (-1, 0), (0, 0)), levels={"−1": -1, "0": 0, "1": 1})
    at = controls.position(board, board.default)
    assert at == [1, 2, 0, 1, 1, 1]
    assert controls.value(board, at) == board.default
    assert controls.value(board, [2, 2, 0, 1, 1, 1]) == ((1, 1), (-1, 0), (0, 0))
    assert board.text(board.default) == "初めの盤面"
    assert board.text(((1, 1), (1, 0), (0, 0))) == "2ますを変更"
    assert board.sweep() == (board.default, *(((v, v),) * 3 for v in (-1, 0, 1)))
    for strange in ([1] * 5, [3] * 6, [-1] * 6, "111111", None):
        with pytest.raises(BadSetting, match="ます目が読めません"):
            controls.value(board, strange)


def test_labels_say_what_differs() -> None:
    defaults = demo.descent.defaults()
    assert controls.label(demo.descent, defaults) == "初期設定"
    changed = {**defaults, "rate": 1.0, "noise": True}
    assert controls.label(demo.descent, changed) == "学習率=1、勾配に雑音を加える=あり"
    assert controls.label(demo.descent, {**defaults, "steps": 9}) == "初期設定"
    assert controls.label(demo.descent, {**defaults, "steps": 200_000}) == "長い版"
    assert controls.change_text(demo.descent) == "学習率: 0.01 → 1"
    assert controls.spoken(demo.wave, demo.wave.defaults()) == "速さ 1 rad/s、高さ 1、位相 0 rad"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0123456, "0.0123"),
        (-3.0, "−3"),
        (1e-5, "10⁻⁵"),
        (-6.022e23, "−6.02×10²³"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_are_read_as_in_a_text(number: float, text: str) -> None:
    assert number_text(number) == text
    assert controls.number(np.float32(number)) == text


def test_summary_numbers() -> None:
    assert controls.number(12) == "12"
    assert controls.number(np.int64(123456)) == "123456"
    assert controls.number("学習済み") == "学習済み"
    assert controls.number(True) == "True"


# -- one run --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": np.array([1.0, np.nan])}, False),
        ({"a": [1.0, (2.0, np.inf)]}, False),
        ({"a": {"b": np.float32(np.inf)}}, False),
        ({"a": np.array([1, 2]), "b": "NaN", "c": None, "d": np.array(["x"]), "e": 1j}, True),
    ],
)
def test_divergence_is_found_wherever_it_is(data: dict[str, Any], expected: bool) -> None:
    assert finite(data) is expected
    assert execute(declared(run=lambda s, r: Result(data)), {}).diverged is not expected


def test_overflow_in_a_run_gives_no_warning() -> None:
    def run(settings: Mapping[str, Any], report: Any) -> Result:
        return Result({"x": np.exp(np.array([1e4])) / np.array([0.0])})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert execute(declared(run=run), {}).diverged


def test_a_run_can_not_change_its_settings_and_returns_a_result() -> None:
    def change(settings: Any, report: Any) -> Result:
        settings["a"] = 2
        return Result({})

    with pytest.raises(TypeError):
        execute(declared(run=change), {"a": 1})
    with pytest.raises(TypeError, match="run returned int"):
        execute(declared(run=lambda s, r: 1), {"a": 1})
