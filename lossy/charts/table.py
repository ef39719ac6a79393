"""The event-by-state table: for every state in which an event can find the chart, what becomes of that event.

An event concerns a state when some state of the same region hears it. The region is the innermost one of a parallel
state, or the whole chart where there is none; an event that no region of the parallel state hears is judged one
parallel state further out. So what only a sister region hears, or only the state around them all, leaves no hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.model import Chart, Kind
from lossy.charts.reach import ADDRESSED, resting, takeable, tried

if TYPE_CHECKING:
    from collections.abc import Iterator


class Fate(Enum):
    HANDLED = "handled"
    GUARDED = "guarded"  # where no guard holds, nothing happens
    IGNORED = "ignored"  # on purpose, and a state says so
    FORGOTTEN = "forgotten"
    ELSEWHERE = "elsewhere"  # no concern of this state


@frozen
class Cell:
    fate: Fate
    transitions: tuple[str, ...] = ()  # ids, in the order in which they are tried
    at: str | None = None  # the state that hears it first, or that ignores it: this one, or one around it
    why: str = ""  # of what is ignored


@frozen
class Table:
    """Rows in document order; columns in the order of `hears`, then answers and timers as they stand in the file."""

    chart: str
    states: tuple[str, ...]
    events: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]  # by state and event
    regions: Mapping[str, str | None]  # of each row, the region it is in; None is the whole chart


SYMBOLS = {Fate.HANDLED: "●", Fate.GUARDED: "◐", Fate.IGNORED: "-", Fate.FORGOTTEN: "?", Fate.ELSEWHERE: ""}
LEGEND = (
    "● handled, ◐ only under a guard (otherwise nothing happens), - ignored on purpose, ? forgotten. "
    "^ says that a state around it does. Nothing: no concern of that state."
)


def symbol(table: Table, state: str, event: str) -> str:
    cell = table.cells[state, event]
    return SYMBOLS[cell.fate] + "^" * (cell.at not in (state, None))


def table(chart: Chart) -> Table:
    states, events = tuple(resting(chart)), tuple(_events(chart))
    concerns = _Concerns(chart)
    cells = {(state, event): _cell(chart, concerns, state, event) for state in states for event in events}
    return Table(chart.name, states, events, cells, {state: next(_scopes(chart, state))[0] for state in states})


def _events(chart: Chart) -> dict[str, None]:
    outside = (event for events in chart.hears.values() for event in events)
    every = (*outside, *(transition.event for transition in chart.transitions()))
    return dict.fromkeys(event for event in every if event is not None)


def _cell(chart: Chart, concerns: _Concerns, state: str, event: str) -> Cell:
    transitions = tried(chart, state, event)
    if transitions:
        fate = Fate.GUARDED if transitions[-1].guard else Fate.HANDLED
        return Cell(fate, tuple(transition.id for transition in transitions), transitions[0].source)
    if not concerns.has(state, event):
        return Cell(Fate.ELSEWHERE)
    for id in (state, *chart.ancestors[state]):
        if event in chart.nodes[id].ignores:
            return Cell(Fate.IGNORED, at=id, why=chart.nodes[id].ignores[event])
    return Cell(Fate.FORGOTTEN)


class _Concerns:
    """Which events concern which states, by what is heard around them."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        states = [id for id, node in chart.nodes.items() if node.transitions]
        heard = takeable(chart, [id for id in chart.nodes if chart.is_atomic(id)])
        self.hearers = {id: {t.event for t in heard if t.source == id} for id in states}

    def has(self, state: str, event: str) -> bool:
        if event.startswith(ADDRESSED):
            return False
        for region, parallel in _scopes(self.chart, state):
            if self.heard_in(region, event):
                return True
            if self.heard_in(parallel, event):
                return False  # a sister region's concern
        return False

    def heard_in(self, scope: str | None, event: str) -> bool:
        inside = self.chart.inside
        return any(event in events and (id == scope or inside(id, scope)) for id, events in self.hearers.items())


def _scopes(chart: Chart, state: str) -> Iterator[tuple[str | None, str | None]]:
    """The region that `state` is in and the parallel state of that region, innermost first; last, the whole chart."""
    for id in (state, *chart.ancestors[state]):
        parent = chart.nodes[id].parent
        if parent is not None and chart.nodes[parent].kind is Kind.PARALLEL:
            yield id, parent
    yield None, None
