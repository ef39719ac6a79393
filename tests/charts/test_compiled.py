"""A compiled step is the step that the interpreter takes."""

from __future__ import annotations

import inspect
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.charts import learned
from lossy.charts.compiled import START
from lossy.charts.load import load
from lossy.charts.model import Chart, Data, Event, State
from lossy.charts.step import start, step
from lossy.charts.step import take as take_
from lossy.domain.concerns import implies
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from tests.charts import payloads
from tests.charts.strategies import DATA, NAMES, Command, charts, commands, examples, walk

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

CHARTS = load_all(folder("statecharts"))
DOOR = """
name: door
initial: shut
hears: {a hand: {push: it is pushed, lift: it is lifted}}
states:
  shut:
    events:
      push:
        - {if: loud, to: open, do: [count, {put: {n: 7}}, {tell: {whom: all}}]}
        - {if: even, do: [count]}
        - {to: shut}
  open:
    after: {delay: short, if: even, to: shut}
    events: {lift: {}}
"""
PUSH, SLAM = Event("push", 5), Event("push", 5, {"loud": True})


def loud(data: Data, event: Event) -> bool:
    return "loud" in event.payload


def even(data: Data, event: Any) -> bool:
    return bool(data["n"] % 2 == 0)


def count(data: Data, event: Event) -> Data:
    return {**data, "n": data["n"] + 1}


def put(data: Data, event: Event, n: int) -> Data:
    return {**data, "n": n}


RULES = attrs.evolve(NAMES, guards={"loud": loud, "even": even}, updates={"count": count, "put": put})


def compiled_after(steps: float) -> AbstractContextManager[Any]:
    return patch.object(learned, "COMPILED_AFTER", steps)


def functions(chart: Chart) -> dict[str, str]:
    """The source of each that was compiled, by the event."""
    return {event: inspect.getsource(step) for (_, event), step in chart.compiled.items() if event != START}


# -- the interpreter is the oracle --------------------------------------------------------------------------------


@examples(150, 5_000)
@given(charts(), st.lists(commands, min_size=1, max_size=3))
def test_random_charts_move_alike(chart: Chart, ways: list[list[Command]]) -> None:
    with compiled_after(inf):
        expected = [walk(attrs.evolve(chart), way) for way in ways]
    with compiled_after(1):
        for _ in range(2):
            assert [walk(chart, way) for way in ways] == expected


@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda chart: chart.name)
def test_the_charts_that_ship_move_alike(chart: Chart) -> None:
    ours = attrs.evolve(chart)
    for seed in range(60):
        ends = payloads.ENDS if seed % 2 else ()
        with compiled_after(inf):
            expected = payloads.walk(attrs.evolve(chart), Random(seed), 60, ends)
        with compiled_after(1):
            assert payloads.walk(ours, Random(seed), 60, ends) == expected
            for move in expected[1:]:
                found, _ = take_(ours, move.before, move.event)
                assert found == move
                assert (found.after is move.before) == (move.after is move.before)
    assert len(functions(ours)) > len(chart.alphabet) / 2


# -- what is compiled ---------------------------------------------------------------------------------------------


@pytest.fixture
def door() -> Chart:
    return load(DOOR, RULES)


def take(chart: Chart, event: Event, n: int = 0) -> State:
    """A step from the start, with that number in the data."""
    return step(chart, start(chart, {**DATA, "n": n}, 0)[0], event)[0]


def test_a_step_is_compiled_once_it_was_taken_often(door: Chart) -> None:
    with compiled_after(3):
        for _ in range(2):
            take(door, PUSH)
        assert functions(door) == {}
        take(door, PUSH)
        assert [*functions(door)] == ["push"]


def test_its_source_is_the_way_it_went(door: Chart) -> None:
    with compiled_after(1):
        take(door, SLAM)
    assert functions(door)["push"].splitlines() == [
        "def step(state, event):",
        "    data = state.data",
        "    if loud(data, event):",
        "        data = count(data, event)",
        "        data = put(data, event, n=n)",
        "        effect_0 = Effect('tell', args, event, data)",
        "        deadlines = {**state.deadlines}",
        "        deadlines['open'] = due = event.at + data['delays']['short']",
        "        effect_1 = Effect('start_timer', {'timer': 'open', 'due': due}, event, data)",
        "        after = State(active, state.history, data, deadlines)",
        "        return Move(state, event, after, (effect_0, effect_1), taken), broken_by",
        "    return interpret(state, event)",
    ]


def test_another_way_is_interpreted_until_it_is_known_too(door: Chart) -> None:
    with compiled_after(2):
        take(door, SLAM)
        take(door, SLAM)
        assert take(door, PUSH).data["n"] == 1
        assert "even(" not in functions(door)["push"]
        assert take(door, PUSH).data["n"] == 1
        assert "if even(data, event):" in functions(door)["push"]
        assert [take(door, PUSH).data["n"], take(door, PUSH, 5).data["n"], take(door, SLAM).data["n"]] == [1, 5, 7]


def test_a_guard_is_asked_once_about_the_same_data() -> None:
    asked: list[str] = []

    def open_(data: Data, event: Event) -> bool:
        asked.append("open")
        return False

    region = "{initial: %s, states: {%s: {events: {push: [{if: open, do: [count]}, {}]}}}}"
    doc = f"""
name: doors
initial: both
hears: {{a hand: {{push: it is pushed}}}}
states:
  both: {{type: parallel, states: {{left: {region % ("a", "a")}, right: {region % ("b", "b")}}}}}
"""
    chart = load(doc, attrs.evolve(RULES, guards={"open": open_}))
    with compiled_after(1):
        take(chart, PUSH)
        assert asked == ["open", "open"]
        take(chart, PUSH)
        assert asked == ["open", "open", "open"]


def test_of_guards_that_lead_elsewhere_those_that_imply_another_are_not_asked() -> None:
    asked: list[str] = []

    @implies(even)
    def zero(data: Data, event: Any) -> bool:
        asked.append("zero")
        return bool(data["n"] == 0)

    doc = """
name: door
initial: a
hears: {a hand: {push: it is pushed}}
states:
  a: {events: {push: [{if: zero, do: [{put: {n: 5}}]}, {if: even, do: [count]}, {do: [{put: {n: 9}}]}]}}
"""
    chart = load(doc, attrs.evolve(RULES, guards={"zero": zero, "even": even}))
    with compiled_after(1):
        take(chart, PUSH, 1)
        asked.clear()
        assert [take(chart, PUSH, 3).data["n"], asked] == [9, []]
        assert "if even(data, event):" in functions(chart)["push"]
        assert [take(chart, PUSH, n).data["n"] for n in (0, 2, 3)] == [5, 3, 9]


@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda chart: chart.name)
def test_a_guard_implies_what_it_says(chart: Chart) -> None:
    """Wherever it can be asked: of the data and the event of any step, and of data that was had within one."""
    implied = {name: rule.__dict__["implies"] for name, rule in chart.names.guards.items() if "implies" in vars(rule)}
    held: set[str] = set()
    for seed in range(100 if implied else 0):
        for move in payloads.walk(chart, Random(seed), 60, payloads.ENDS)[1:]:
            for data in (move.before.data, move.after.data, *(effect.data for effect in move.effects)):
                for name in (name for name in implied if chart.names.guards[name](data, move.event)):
                    held.add(name)
                    assert implied[name](data, move.event)
    assert len(held) >= len(implied) / 2


def test_a_timer_that_does_not_run_moves_nothing(door: Chart) -> None:
    with compiled_after(1):
        opened = take(door, SLAM)
        due = Event("after.open", 20)
        for _ in range(2):
            spent, effects, taken = step(door, opened, due)
            assert (spent.deadlines, effects, taken) == ({}, (), ((), True))
            assert step(door, spent, due)[0] is spent


def test_a_name_that_is_not_pythons_is_none_of_the_functions_own() -> None:
    """Nor one that the function has itself, nor one of a rule with another meaning."""
    guards = {"not": even, "data": even, "event_1": even, "2 or more": loud, "count": loud, "State": loud}
    rows = ", ".join(f"{{if: {name}, do: [count]}}" for name in guards)
    doc = f"{{name: odd, initial: a, hears: {{a: {{push: it}}}}, states: {{a: {{events: {{push: [{rows}]}}}}}}}}"
    chart = load(doc, attrs.evolve(RULES, guards=guards))
    with compiled_after(1):
        for n in (0, 1):
            assert [take(chart, event, n).data["n"] for event in (PUSH, SLAM) * 2] == [n + (n == 0), n + 1] * 2


def test_what_remembers_a_history_is_interpreted() -> None:
    doc = """
name: lamp
initial: lit
hears: {a hand: {push: it is pushed, turn: it is turned}}
states:
  lit:
    initial: low
    events: {push: dark}
    states: {low: {events: {turn: high}}, high: {events: {turn: low}}, was: {type: shallow, default: low}}
  dark: {events: {push: was}}
"""
    lamp = load(doc, RULES)
    with compiled_after(1):
        for _ in range(2):
            state = take(lamp, Event("turn", 1))
            for name in ("push", "push"):
                state, _, _ = step(lamp, state, Event(name, 2))
            assert state.active == {"lit", "high"}
    assert [*functions(lamp)] == ["turn"]


def test_steps_that_go_too_many_ways_or_too_far_are_interpreted(door: Chart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "ROUTES", 1)
    with compiled_after(1):
        take(door, SLAM)
        take(door, PUSH)
        assert "even(" not in functions(door)["push"]
        monkeypatch.setattr(learned, "LONGEST", 0)
        other = load(DOOR, RULES)
        assert (take(other, SLAM).data["n"], functions(other)) == (7, {})


def test_when_too_many_are_counted_all_are_forgotten(door: Chart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "LEARNED", 2)
    with compiled_after(1):
        opened = take(door, SLAM)
        for event in (Event("after.open", 20), Event("lift", 20), PUSH):
            step(door, opened, event)
            assert len(door.learned) <= 2
