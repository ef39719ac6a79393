"""The event-by-state table: what it says, and that the engine does as it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from lossy.charts.load import load
from lossy.charts.reach import ADDRESSED
from lossy.charts.table import Cell, Fate, Table, table
from tests.charts.strategies import NAMES, Command, charts, commands, repeatable, walk

if TYPE_CHECKING:
    from lossy.charts.model import Chart

ROOM = """
name: room
initial: used
hears: {web.voice: {push: at the door, draw: at the blind, leave: for good, call: from outside}}
states:
  used:
    type: parallel
    events: {leave: locked}
    states:
      door:
        initial: shut
        ignores: {push: It is slow.}
        states:
          shut: {events: {push: [{if: even, to: opening}]}}
          opening: {after: {delay: short, to: ajar}}
          ajar: {always: open}
          open: {events: {push: [{if: even, to: shut}, {do: [beep]}]}}
      blind:
        initial: up
        states:
          up: {events: {draw: down}}
          down: {}
  locked:
    events: {call: used, leave: over}
  over: {type: final}
"""


@pytest.fixture
def room() -> Table:
    return table(load(ROOM, NAMES))


def fates(table: Table, event: str) -> dict[str, str]:
    return {state: table.cells[state, event].fate.value for state in table.states}


def test_rows_are_the_states_in_which_an_event_can_find_the_chart(room: Table) -> None:
    assert room.states == ("shut", "opening", "open", "up", "down", "locked"), "ajar is left at once, over is the end"
    assert room.regions == {"shut": "door", "opening": "door", "open": "door", "up": "blind", "down": "blind"} | {
        "locked": None
    }


def test_columns_are_the_events_from_outside_then_the_others(room: Table) -> None:
    assert room.events == ("push", "draw", "leave", "call", "after.opening")


def test_a_cell_says_what_becomes_of_the_event(room: Table) -> None:
    assert fates(room, "push") == {
        "shut": "guarded",
        "opening": "ignored",
        "open": "handled",
        "up": "elsewhere",
        "down": "elsewhere",
        "locked": "forgotten",
    }
    assert fates(room, "draw") == dict.fromkeys(room.states, "elsewhere") | {
        "up": "handled",
        "down": "forgotten",
        "locked": "forgotten",
    }
    assert {*fates(room, "leave").values()} == {"handled"}


def test_what_no_region_hears_is_forgotten_where_the_whole_chart_hears_it(room: Table) -> None:
    assert fates(room, "call") == dict.fromkeys(room.states, "forgotten") | {"locked": "handled"}


def test_an_answer_is_no_concern_of_other_states(room: Table) -> None:
    assert fates(room, "after.opening") == dict.fromkeys(room.states, "elsewhere") | {"opening": "handled"}


def test_a_cell_names_who_says_so(room: Table) -> None:
    assert room.cells["shut", "push"] == Cell(Fate.GUARDED, ("shut/push/0",), "shut")
    assert room.cells["up", "leave"] == Cell(Fate.HANDLED, ("used/leave/0",), "used")
    assert room.cells["opening", "push"] == Cell(Fate.IGNORED, at="door", why="It is slow.")


@repeatable
@given(charts(), commands)
def test_the_engine_does_as_the_table_says(chart: Chart, commands: list[Command]) -> None:
    drawn = table(chart)
    for moment in walk(chart, commands)[1:]:
        event = moment.event.name
        if event.startswith(ADDRESSED) or event not in drawn.events:
            continue
        leaves = [id for id in moment.before.active if id in drawn.states]
        cells = {drawn.cells[leaf, event].fate for leaf in leaves}
        if Fate.HANDLED in cells:
            assert moment.taken.transitions
        if not cells & {Fate.HANDLED, Fate.GUARDED} and not any(_final(chart, id) for id in moment.before.active):
            assert not moment.taken.transitions


def _final(chart: Chart, id: str) -> bool:
    """A final state inside another has no row, and the states around it still hear."""
    return chart.nodes[id].kind.value == "final"
