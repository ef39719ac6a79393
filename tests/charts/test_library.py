"""Our step against an engine written by others: the same configurations, and the same effects in the same order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lossy.charts.load import load
from lossy.charts.model import Chart, Data, Event, Move
from lossy.charts.step import start, step
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from tests.charts import payloads, tossed
from tests.charts.library import LibraryMachine, Repair
from tests.charts.strategies import DATA, NAMES, Command, charts, commands, examples, walk

if TYPE_CHECKING:
    from random import Random

    from lossy.charts.together import Charts

PRODUCT = sorted(path.stem for path in folder("statecharts").glob("*.yaml"))
LENGTH = 40  # events of one walk through a chart of the product

each_of_the_product = pytest.mark.parametrize("name", PRODUCT)


@cache
def _product() -> Charts:
    return load_all(folder("statecharts"))


def _compare(chart: Chart, data: Data, moves: list[Move]) -> None:
    library = LibraryMachine(chart)
    assert library.start(data, moves[0].event.at) == moves[0].effects
    for move in moves[1:]:
        assert library.send(move.event) == move.effects
        assert library.state() == move.after


@examples(50, 10_000)
@given(charts(depth=2), commands)
def test_the_library_agrees_on_random_charts(chart: Chart, commands: list[Command]) -> None:
    moves = walk(chart, commands)
    assume(moves)  # else it never comes to rest, and the library would not stop
    _compare(chart, DATA, moves)


@examples(15, 2_000)
@given(charts(depth=3), commands)
def test_the_library_agrees_on_deeper_ones(chart: Chart, commands: list[Command]) -> None:
    moves = walk(chart, commands)
    assume(moves)
    _compare(chart, DATA, moves)


@each_of_the_product
@examples(5, 1_000)
@given(random=st.randoms(use_true_random=True))
def test_the_library_agrees_on_the_charts_of_the_product(name: str, random: Random) -> None:
    chart = _product()[name]
    moves = payloads.walk(chart, random, LENGTH)
    _compare(chart, moves[0].before.data, moves)


@each_of_the_product
@examples(5, 1_000)
@given(seed=st.integers(0, 2**32))
def test_it_agrees_on_them_whatever_their_rules_answer(name: str, seed: int) -> None:
    chart = tossed.tossed(_product()[name])
    moves = tossed.walk(chart, seed, LENGTH).moves
    _compare(chart, moves[0].before.data, moves)


# -- where the library departs ------------------------------------------------------------------------------------

# For each repair: a chart, by the name of its initial state first, and events on which the library departs without it.
DEPARTURES = {
    Repair.DOCUMENT_ORDER: (
        """{p: {type: parallel, states: {
            a: {initial: b, states: {b: {initial: c, states: {c: {entry: [{tell: {whom: c}}]}}}}},
            d: {entry: [{tell: {whom: d}}]}}}}""",
        [],
    ),
    Repair.CONFLICTS: (
        """{p: {type: parallel, states: {
            a: {initial: b, states: {b: {events: {red: c}}, c: {events: {green: x}}}},
            d: {events: {green: y}}}},
        x: {}, y: {}}""",
        ["red", "green"],
    ),
    Repair.HISTORY_ACTIONS: (
        """{a: {events: {red: {to: back, do: [beep]}}},
        b: {initial: c, states: {c: {}, back: {type: shallow, default: c}}}}""",
        ["red"],
    ),
    Repair.ENDING: (
        """{p: {type: parallel, events: {green: {do: [beep]}, done.p: {if: full, to: x}}, states: {
            a: {initial: b, states: {b: {events: {red: c}}, c: {type: final}}},
            d: {initial: e, states: {e: {events: {red: f}}, f: {type: final}}}}},
        x: {type: final}}""",
        ["red", "green"],
    ),
    Repair.DEEP_HISTORY: (
        """{a: {initial: b, events: {green: back}, states: {
            b: {initial: c, exit: [beep], states: {c: {events: {red: back}}}},
            back: {type: deep, default: c}}}}""",
        ["green", "red"],
    ),
}


@pytest.mark.parametrize("repair", Repair, ids=lambda repair: repair.name.lower())
def test_the_library_departs_where_it_is_not_repaired(repair: Repair) -> None:
    states, events = DEPARTURES[repair]
    heard = ", ".join(f"{event}: a test" for event in events)
    chart = load(f"{{name: small, initial: {states[1]}, hears: {{tests: {{{heard}}}}}, states: {states}}}", NAMES)
    assert _differences(chart, events, LibraryMachine(chart)) == []
    assert _differences(chart, events, LibraryMachine(chart, without=repair)) != []


def _differences(chart: Chart, events: list[str], library: LibraryMachine) -> list[int]:
    """The instants at which the library did something else; 0 is the start."""
    state, effects = start(chart, DATA, 0)
    different = [0] if library.start(DATA, 0) != effects else []
    for at, name in enumerate(events, 1):
        state, effects, _ = step(chart, state, Event(name, at))
        if (library.send(Event(name, at)), library.state()) != (effects, state):
            different.append(at)
    return different
