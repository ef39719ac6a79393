"""Which transitions may follow each other directly, by the form of a chart alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.model import HISTORIES, Chart, Transition
from lossy.charts.reach import addressee, domain, entered, reached, takeable, together, tried

if TYPE_CHECKING:
    from collections.abc import Iterator


def possible_pairs(chart: Chart) -> set[tuple[str, str]]:
    """More than can happen, since guards may go either way.

    Not less, unless one event moves two regions and one of the two transitions leaves the other's state.
    """
    taken = takeable(chart, reached(chart))
    return {(first.id, second.id) for first in taken for second in _followers(chart, first, taken)}


def _followers(chart: Chart, first: Transition, taken: list[Transition]) -> Iterator[Transition]:
    active = _active_after(chart, first)
    passing = any(_passes(chart, id) for id in entered(chart, first))
    for second in taken:
        waits_for = None if _may_be_late(second) else addressee(second.event)
        if second.source in active and waits_for in {None, *active} and not (passing and second.event is not None):
            yield second


def _may_be_late(transition: Transition) -> bool:
    """Word of a state's end waits for eventless transitions, which may leave that state first."""
    return transition.event is not None and transition.event.startswith("done.")


def _active_after(chart: Chart, first: Transition) -> set[str]:
    """What may be active then: what it enters, what is around that, and whatever other regions are in."""
    if not first.targets:
        return {id for id in chart.nodes if together(chart, id, first.source)}
    scope = domain(chart, first)
    left_alone = {id for id in chart.nodes if scope and together(chart, id, scope) and not chart.inside(id, scope)}
    inside = entered(chart, first) | _remembered(chart, first)
    return left_alone | inside | {around for id in inside for around in chart.ancestors[id]}


def _remembered(chart: Chart, first: Transition) -> set[str]:
    parents = {chart.nodes[id].parent for id in first.targets if chart.nodes[id].kind in HISTORIES}
    return {id for id in chart.nodes if any(chart.inside(id, parent) for parent in parents)}


def _passes(chart: Chart, id: str) -> bool:
    """Whether the chart leaves the atomic state at once, whatever the data."""
    return chart.is_atomic(id) and any(transition.guard is None for transition in tried(chart, id, None))
