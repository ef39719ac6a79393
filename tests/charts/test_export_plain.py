"""A chart as plain JSON values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lossy.charts.export.plain import plain, values
from lossy.charts.mentioned import as_written
from tests.charts.door import DOOR

if TYPE_CHECKING:
    from lossy.charts.model import Chart


@pytest.fixture
def door() -> Chart:
    return as_written(DOOR)


def test_a_chart_as_plain_values(door: Chart) -> None:
    whole = values(door)
    states = {state["id"]: state for state in whole.pop("states")}
    transitions = whole.pop("transitions")
    assert whole == {
        "format": 1,
        "name": "door",
        "version": 2,
        "why": "Nobody is locked in.",
        "initial": "shut",
        "hears": {"a hand": {"push": "with some force"}, "later J1": {"slam": "the wind"}},
        "effects": {"sessions.effects": {"ring": "the bell"}, "sessions.work": {"greet": "with words"}},
        "invariants": {"counted": "each push once"},
        "migrations": {"1": {"states": {"closed": "shut", "ajar": None}, "data": "begin_to_count"}},
    }
    assert [*states] == ["shut", "open", "wide", "narrow", "was"]
    assert [transition["id"] for transition in transitions] == [
        "shut/push/0", "shut/push/1", "shut/after.shut/0", "open/slam/0", "open/done.wide/0", "wide/push/0",
    ]  # fmt: skip


def test_a_state_as_plain_values(door: Chart) -> None:
    states = {state["id"]: state for state in values(door)["states"]}
    assert states["shut"] == {
        "id": "shut",
        "kind": "atomic",
        "parent": None,
        "order": 0,
        "children": [],
        "initial": None,
        "default": None,
        "entry": [],
        "exit": [{"kind": "effect", "name": "ring", "args": {"times": 2}}],
        "during": None,
        "timer": {"delay": "night", "restore": "remaining"},
        "ignores": {"slam": "It is shut."},
        "why": "It is cold outside.",
    }
    assert states["open"]["children"] == ["wide", "narrow", "was"]
    assert states["open"]["initial"] == "wide"
    assert states["wide"]["during"] == {"name": "greet", "args": {"whom": "all"}}
    assert (states["was"]["kind"], states["was"]["default"], states["was"]["parent"]) == ("shallow", "wide", "open")


def test_a_transition_as_plain_values(door: Chart) -> None:
    assert values(door)["transitions"][0] == {
        "id": "shut/push/0",
        "source": "shut",
        "event": "push",
        "targets": ["open"],
        "guard": "unlocked",
        "do": [{"kind": "update", "name": "count", "args": {}}],
        "internal": False,
        "why": "It gives way.",
    }


def test_a_send_is_an_effect() -> None:
    chart = as_written("{name: n, initial: a, states: {a: {entry: [{send: {to: voice, event: pause}}]}}}")
    (action,) = values(chart)["states"][0]["entry"]
    assert action == {"kind": "effect", "name": "send", "args": {"to": "voice", "event": "pause"}}


def test_the_json_is_the_values(door: Chart) -> None:
    assert json.loads(plain(door)) == values(door)
