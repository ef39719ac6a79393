"""What a chart can come to by its form alone: a guard may answer either way, and data is not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.model import HISTORIES, Chart, Kind, Transition
from lossy.charts.plan import initial_plan, plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ADDRESSED = ("done.", "failed.", "after.")  # events that the state in their name causes


def path(chart: Chart, id: str) -> str:
    """Where a state stands in its file."""
    return "$" + "".join(f".states[{state!r}]" for state in (*chart.ancestors[id][::-1], id))


def path_of(chart: Chart, transition: Transition) -> str:
    source, event = path(chart, transition.source), transition.event
    if event == f"after.{transition.source}":
        return f"{source}.after"
    position = transition.id.rpartition("/")[2]
    return f"{source}.always[{position}]" if event is None else f"{source}.events[{event!r}][{position}]"


def addressee(event: str | None) -> str | None:
    """The state whose work, end or timer the event tells of; None for all others."""
    return event.partition(".")[2] if event is not None and event.startswith(ADDRESSED) else None


def tried(chart: Chart, leaf: str, event: str | None) -> tuple[Transition, ...]:
    """What the atomic state `leaf` may take on `event`, in the order in which it is tried.

    What comes after an unguarded transition is left out, and so is a guard's second turn: it answers as before.
    """
    found: dict[str | None, Transition] = {}
    for transition in heard(chart, leaf):
        if transition.event == event and None not in found:
            found.setdefault(transition.guard, transition)
    return tuple(found.values())


def heard(chart: Chart, leaf: str) -> Iterator[Transition]:
    """Its own transitions, then those of the states around it, innermost first."""
    for id in (leaf, *chart.ancestors[leaf]):
        yield from chart.nodes[id].transitions


def entered(chart: Chart, transition: Transition) -> frozenset[str]:
    """The states that it enters while no history is remembered, those around its source left out."""
    return plan(chart, frozenset(), (transition,), {}).active


def reached(chart: Chart) -> frozenset[str]:
    """Every state that some row of events leads to, and every history state that is a target."""
    found = set(initial_plan(chart).active)
    while True:
        taken = takeable(chart, found)
        more = {id for transition in taken for id in (*entered(chart, transition), *transition.targets)}
        if more <= found:
            return frozenset(found)
        found |= more


def takeable(chart: Chart, states: Iterable[str]) -> list[Transition]:
    """The transitions that may be taken while only `states` are ever active, in document order."""
    found = {
        transition.id
        for leaf in states
        if chart.is_atomic(leaf)
        for event in {transition.event for transition in heard(chart, leaf)}
        for transition in tried(chart, leaf, event)
        if not is_misplaced(chart, transition)
    }
    return [transition for transition in chart.transitions() if transition.id in found]


def is_misplaced(chart: Chart, transition: Transition) -> bool:
    """Whether it waits for word of a state that is never active together with its own."""
    of = addressee(transition.event)
    return of is not None and not together(chart, of, transition.source)


def together(chart: Chart, one: str, other: str) -> bool:
    """Whether both can be active at once: one is around the other, or a parallel state is around both."""
    if one == other or chart.inside(one, other) or chart.inside(other, one):
        return True
    return meeting(chart, one, other) is not None


def meeting(chart: Chart, one: str, other: str) -> str | None:
    """The parallel state of which the two are in different regions."""
    around = next((id for id in chart.ancestors[one] if chart.inside(other, id)), None)
    apart = around is not None and not chart.inside(one, other) and not chart.inside(other, one) and one != other
    return around if apart and chart.nodes[around].kind is Kind.PARALLEL else None  # type: ignore[index]


def domain(chart: Chart, transition: Transition) -> str | None:
    """The innermost compound state that it leaves nothing outside of; None is the chart itself."""
    if transition.internal:
        return transition.source
    for id in chart.ancestors[transition.source]:
        if chart.nodes[id].kind is Kind.COMPOUND and all(chart.inside(target, id) for target in transition.targets):
            return id
    return None


def resting(chart: Chart) -> list[str]:
    """The atomic states in which an event can find the chart: neither final nor left at once, in document order."""
    return [
        id
        for id in chart.in_order(reached(chart))
        if chart.nodes[id].kind is Kind.ATOMIC and all(transition.guard for transition in tried(chart, id, None))
    ]


def states_of(chart: Chart) -> list[str]:
    """The states proper, without what only remembers one."""
    return [id for id, node in chart.nodes.items() if node.kind not in HISTORIES]
