"""The kernel's end of the way between page and Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eshikaku.questions import bridge as bridges
from eshikaku.questions import parameters
from eshikaku.questions.bank import Bank
from eshikaku.questions.bridge import Bridge
from eshikaku.questions.render import question_html
from eshikaku.record.identity import FILE_NAME, identity
from vectors import example

SINGLE = "example-cell-gradient-01"
NUMERIC = "example-lstm-parameters-01"


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    return example.install(monkeypatch)


def html(bank: Bank, id: str, seed: int = 0, fade: str | None = None, mode: str = "study") -> str:
    return question_html(parameters.instance(bank.question(id), seed, fade), mode)


class Wire:
    """The widget as the bridge uses it, with the page played by the test."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed = False

    def on_msg(self, receive: Any) -> None:
        self.receive = receive

    def send(self, message: dict[str, Any]) -> None:
        assert not self.closed
        self.sent.append(message)

    def close(self) -> None:
        self.closed = True

    def page(self, **message: Any) -> dict[str, Any]:
        self.receive(self, message, [])
        return self.sent[-1]


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Wire]]:
    made: list[Wire] = []

    def make() -> Wire:
        made.append(Wire())
        return made[-1]

    monkeypatch.setattr(bridges, "_widget_class", lambda: make)
    monkeypatch.setattr(bridges, "_current", None)
    yield made


def test_event_is_answered_with_python_s_verdict(wires: list[Wire]) -> None:
    seen: list[dict[str, Any]] = []

    def on_event(event: dict[str, Any]) -> dict[str, Any]:
        seen.append(event)
        return {"status": "correct", "score": 1.0}

    Bridge(on_event, dict)
    reply = wires[0].page(type="event", event={"uuid": "u1", "kind": "answer"})
    assert seen == [{"uuid": "u1", "kind": "answer"}]
    expected = {"status": "correct", "score": 1.0}
    assert reply == {"type": "verdict", "uuid": "u1", "verdict": expected}


def test_what_on_event_raises_is_said_in_japanese(wires: list[Wire]) -> None:
    def on_event(event: dict[str, Any]) -> dict[str, Any]:
        raise OSError("ディスクに空きがありません")

    Bridge(on_event, dict)
    reply = wires[0].page(type="event", event={"uuid": "u1", "kind": "answer"})
    assert "verdict" not in reply
    assert reply["error"] == "記録できませんでした（OSError: ディスクに空きがありません）"


def test_hello_brings_the_history(wires: list[Wire]) -> None:
    before = {SINGLE: {"seed": 0, "answer": "a", "status": "correct", "confidence": None}}
    Bridge(lambda event: {}, lambda: before, record="r1")
    reply = wires[0].page(type="hello")
    assert reply == {"type": "history", "record": "r1", "answers": before}


def test_unreadable_history_is_said(wires: list[Wire]) -> None:
    def history() -> dict[str, Any]:
        raise ValueError("3行目が壊れています")

    Bridge(lambda event: {}, history)
    assert "3行目が壊れています" in wires[0].page(type="hello")["error"]


def test_variant_has_another_seed_and_the_next_fade(wires: list[Wire], bank: Bank) -> None:
    Bridge(lambda event: {}, dict, next_seed=lambda id: 41)
    ask = {"type": "variant", "token": "t", "id": NUMERIC, "seed": 0, "mode": "study"}
    for fade, correct, expected in [
        ("worked", True, "faded"),
        ("alone", False, "faded"),
        ("faded", None, "faded"),
    ]:
        reply = wires[0].page(**ask, fade=fade, correct=correct)
        assert (reply["id"], reply["token"]) == (NUMERIC, "t")
        assert reply["html"] == html(bank, NUMERIC, 41, expected)
    Bridge(lambda event: {}, dict)
    drawn = {wires[1].page(**ask, fade="alone", correct=None)["html"] for _ in range(4)}
    assert len(drawn) > 1


def test_variant_that_cannot_be_made_is_said(wires: list[Wire], bank: Bank) -> None:
    Bridge(lambda event: {}, dict)
    ask = {"type": "variant", "id": "rnn-nowhere-99", "seed": 0, "mode": "study"}
    reply = wires[0].page(**ask, fade="alone", correct=None)
    assert "html" not in reply and "rnn-nowhere-99" in reply["error"]


def test_a_new_bridge_replaces_the_old_one(wires: list[Wire]) -> None:
    Bridge(lambda event: {}, dict)
    Bridge(lambda event: {}, dict)
    assert [wire.closed for wire in wires] == [True, False]


def test_widget_is_an_anywidget_with_its_hook() -> None:
    widget = bridges._widget_class()()
    assert "initialize({ model })" in widget._esm
    widget.close()


# -- whose record it is -------------------------------------------------------------------------


def test_a_record_has_one_name_and_no_other_has_it(tmp_path: Path) -> None:
    first = identity(tmp_path / "a")
    assert first == identity(tmp_path / "a") == (tmp_path / "a" / FILE_NAME).read_text().strip()
    assert identity(tmp_path / "b") != first


def test_a_record_that_cannot_be_named_on_disk_is_named_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    blocked = tmp_path / "file" / "home"
    assert identity(blocked) == identity(blocked) != identity(tmp_path / "file" / "other")


def test_an_unreadable_name_does_not_change_with_each_kernel(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("kaputt", encoding="ascii")
    assert identity(tmp_path) == identity(tmp_path)
