"""A chart as the configuration of an XState machine. That XState runs it is shown in test_xstate.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lossy.charts.export.xstate import config, event_type, xstate
from lossy.charts.mentioned import as_written
from tests.charts.xstate import chart_of, objects

FILES = sorted((Path(__file__).parents[2] / "statecharts").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_state_transition_and_name_is_in_it(file: Path) -> None:
    chart = as_written(file.read_text(encoding="utf-8"))
    found = json.loads(xstate(chart))
    parts = [*objects(found)]
    assert {each["id"] for each in parts if "id" in each} == {chart.name, *chart.nodes}
    guards = sorted(transition.guard for transition in chart.transitions() if transition.guard)
    assert sorted(each["guard"] for each in parts if "guard" in each) == guards
    actions = {name for each in parts for key in ("entry", "exit", "actions") for name in _types(each.get(key, []))}
    assert actions == chart.names.effects
    works = {node.during.name for node in chart.nodes.values() if node.during}
    assert {each["invoke"]["src"] for each in parts if "invoke" in each} == works


def _types(actions: list[dict[str, Any]]) -> list[str]:
    return [action["type"] for action in actions]


def test_a_timer_and_work_have_the_events_that_xstate_gives_them() -> None:
    chart = chart_of("p: {during: dig, after: {delay: short, to: p}, events: {done.p: away, failed.p: p}}")
    state = config(chart)["states"]["p"]
    assert state["after"] == {"short": {"target": "#p", "reenter": True}}
    assert state["invoke"] == {
        "id": "p",
        "src": "dig",
        "onDone": [{"target": "#away"}],
        "onError": [{"target": "#p", "reenter": True}],
    }
    events = [event_type(chart, event) for event in ("after.p", "done.p", "failed.p", "red")]
    assert events == ["xstate.after.short.p", "xstate.done.actor.p", "xstate.error.actor.p", "red"]


def test_what_is_heard_of_another_state_has_its_event_too() -> None:
    states = (
        "p: {initial: q, events: {done.q: away, done.r: p}, states: {q: {during: dig, events: {red: r}}, "
        "r: {initial: s, states: {s: {events: {red: t}}, t: {type: final}}}}}"
    )
    assert config(chart_of(states))["states"]["p"]["on"] == {
        "xstate.done.actor.q": [{"target": "#away"}],
        "xstate.done.state.r": [{"target": "#p", "reenter": True}],
    }


def test_a_machine_named_like_one_of_its_states_keeps_both() -> None:
    chart = as_written("{name: red, initial: red, states: {red: {}}}")
    assert config(chart)["id"] == "(red)"


def test_a_dot_in_a_name_is_no_path() -> None:
    states = "{a.b: {always: {if: even, to: a.b}}}"
    chart = as_written(f"{{name: dots, initial: a.b, states: {states}}}")
    assert config(chart)["states"]["a.b"]["always"][0]["target"] == r"#a\.b"
