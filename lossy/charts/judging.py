"""Which invariants a step could break, by what is known of it before: its event, its effects and the states it enters.

A rule may say what it `concerns`. A step that is of none of its events, has none of its effects, enters none of its
states and leaves its fields as they were cannot break it: then it is not asked. A rule that says nothing is asked
of every step. `Chart.broken` asks all of them, whatever they say; tests and simulations do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from lossy.charts.writing import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossy.charts.model import Chart, Invariant, Move

Judge = Callable[["Move"], tuple[str, ...]]


class Concerns(Protocol):
    """An invariant's `concerns`: the steps that could break it are those of one of these, and no others."""

    events: frozenset[str]
    effects: frozenset[str]
    enters: frozenset[str]
    fields: frozenset[str]


def judge(chart: Chart, event: str, entered: frozenset[str], effects: frozenset[str]) -> Judge:
    """Gives the names of the invariants that do not hold of such a step, in the chart's order."""
    lines = tuple(_lines(chart, event, entered, effects))
    found = chart.judges.get(lines)
    if found is None:
        found = chart.judges[lines] = _written(chart, lines)
    return found


Line = tuple[str, tuple[str, ...]]  # an invariant, and the fields of which one has to have changed; () to ask it anyway


def _lines(chart: Chart, event: str, entered: frozenset[str], effects: frozenset[str]) -> Iterable[Line]:
    for name in chart.invariants:
        concerns = _concerns(chart.names.invariants[name])
        if concerns is None or event in concerns.events or entered & concerns.enters or effects & concerns.effects:
            yield name, ()
        elif concerns.fields:
            yield name, tuple(sorted(concerns.fields))


def _concerns(invariant: Invariant) -> Concerns | None:
    return getattr(invariant, "concerns", None)


def _written(chart: Chart, lines: tuple[Line, ...]) -> Judge:
    source = Source(f"<invariants of {chart.name}: {', '.join(name for name, _ in lines) or 'none'}>")
    source.add(0, "def judge(move):")
    source.add(1, "broken = ()")
    if any(fields for _, fields in lines):
        source.add(1, "was, data = move.before.data, move.after.data")
    for name, fields in lines:
        changed = " or ".join(f"data[{field!r}] is not was[{field!r}]" for field in fields)
        asked = f"not {source.name(name, chart.names.invariants[name])}(move)"
        source.add(1, f"if data is not was and ({changed}) and {asked}:" if fields else f"if {asked}:")
        source.add(2, f"broken += ({name!r},)")
    source.add(1, "return broken")
    judge: Judge = source.compiled("judge")
    return judge
