"""Chapter 07, part E: what its text claims on depth and zero-shot, with a seed it does not use."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from eshikaku import course, plot
from eshikaku.chapters import attention as lab
from eshikaku.chapters.attention import gnmt_figures, gnmt_results, interpreters
from eshikaku.chapters.attention.experiments.zero_shot import checked, view
from eshikaku.experiments.declaration import BadSetting
from eshikaku.tasks import toy_languages as toy

SEED = 3
FEW, MIDDLE, MANY = interpreters.TRAININGS


def tables() -> dict:
    text = course.chapter("attention").results.read_text(encoding="utf-8")
    return json.loads(text)["tables"]["gnmt"]


class TestMeasures:
    def test_right_answers_score_one_and_others_what_they_share(self) -> None:
        answer = ["iam vidi hundo ruga katon", "nun helpi kato urson"]
        assert interpreters.score(answer, answer, "c") == (1.0, 1.0, 1.0)
        other = ["iam vidi hundo nigra katon", "the cat did"]
        found = interpreters.score(other, answer, "c")
        assert found.exact == 0 and found.language == 5 / 8 and found.words == 0.4
        assert interpreters.score(["", ""], answer, "c") == (0.0, 0.0, 0.0)

    def test_chance_writes_the_right_language_and_hardly_a_right_sentence(self) -> None:
        found = interpreters.chance()
        assert found.language == 1 and found.exact < 0.02 and 0.15 < found.words < 0.3

    def test_no_training_holds_a_direction_called_unseen(self) -> None:
        for directions in interpreters.TRAININGS.values():
            names = {"".join(pair) for pair in directions}
            assert not names & set(interpreters.UNSEEN) and set(interpreters.LEARNED) <= names

    def test_test_meanings_are_of_the_test(self) -> None:
        parts = toy.split()
        assert set(interpreters.test_meanings()) <= set(parts["test"])
        assert not set(interpreters.test_meanings()) & {*parts["first"], *parts["second"]}

    def test_weights_stand_beside_the_words(self) -> None:
        net = interpreters.translator(0)
        read, written, weights = interpreters.look(net, "inu ga neko wo mi ta", "b")
        assert read[0] == "<2b>" and weights.shape == (len(written), len(read))
        assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)


class TestTraining:
    def test_residuals_decide_whether_four_layers_learn(self) -> None:
        found = {}
        for residual in (True, False):
            net = interpreters.deep(4, residual, SEED)
            losses = list(interpreters.train_deep(net, SEED))
            found[residual] = float(np.mean(losses[-interpreters.LAST :]))
        assert found[True] < 0.4 and found[False] > 1.0

    def test_four_directions_answer_in_the_language_they_always_did(self) -> None:
        net = interpreters.trained(FEW, SEED, 300)  # half of the text's; enough for 100 %
        assert min(interpreters.measure(net, d, 100).exact for d in ("ab", "ba")) > 0.9
        assert interpreters.measure(net, "ac", 100).exact < 0.05

    def test_seven_directions_go_where_they_never_went(self) -> None:
        net = interpreters.trained(MANY, SEED)
        found, chance = interpreters.measure(net, "ac", 100), interpreters.chance()
        assert found.language > 0.9 and found.words > 2 * chance.words
        assert interpreters.pivot(net, "ac", count=100).exact > found.exact


class TestZeroShotExperiment:
    @pytest.mark.parametrize(
        ("text", "language"),
        [("inu ga neko wo mi ta", "a"), ("the dog did see the cat", "b"),
         ("iam vidi hundo katon", "c")],
    )  # fmt: skip
    def test_the_language_is_found(self, text: str, language: str) -> None:
        assert checked(text) == language

    @pytest.mark.parametrize("text", ["", "こんにちは", "inu ga dog wo mi ta", "inu ga"])
    def test_what_is_no_sentence_is_refused(self, text: str) -> None:
        with pytest.raises(BadSetting, match="語"):
            checked(text)

    def test_panels_say_which_directions_were_trained(self) -> None:
        net = interpreters.translator(0)
        panels = view(net, "inu ga neko wo mi ta", "a", FEW).data["panels"]
        assert [p["learned"] for p in panels] == [False, True, False]
        panels = view(net, "inu ga neko wo mi ta", "a", MANY).data["panels"]
        assert [p["learned"] for p in panels] == [True, True, False]


class TestStored:
    def test_depth(self) -> None:
        rows = {(r["layers"], r["residual"]): r for r in tables()["depth"]}
        assert {k for k, _ in rows} == set(gnmt_results.DEPTHS)
        for layers in (4, 6, 8):
            assert min(rows[layers, True]["exact"]) > 0.7
            assert max(rows[layers, False]["exact"]) == 0
            assert rows[layers, True]["parameters"] == rows[layers, False]["parameters"]
        for layers in (1, 2):  # the third layer is the first with a residual
            assert rows[layers, True]["loss"] == rows[layers, False]["loss"]
        assert min(rows[1, True]["exact"]) == 1
        assert max(tables()["longer"]["exact"]) == 0

    def test_zero_shot(self) -> None:
        rows = {r["short"]: r for r in tables()["zero_shot"]}
        assert max(rows["4方向"]["ac"]["exact"]) == 0
        assert max(rows["4方向"]["ac"]["language"]) < 0.02
        assert rows["7方向"]["ac"]["exact"] == [0.155, 0.72, 0.76]
        assert min(rows["7方向"]["ac"]["language"]) > 0.99
        for row in rows.values():
            assert min(row["abc"]["exact"]) > max(0.5, max(row["ac"]["exact"]))


def test_the_figure_is_drawn_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plot.html(gnmt_figures.structure(), alt="図")


def test_both_experiments_are_in_the_chapter() -> None:
    assert lab.depth.key == "attention/gnmt-depth" and lab.zero_shot.key == "attention/zero-shot"
