"""A chart with one fault, and whether its file would load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from lossy.charts.load import reachable
from lossy.charts.model import Chart, Node, Transition

if TYPE_CHECKING:
    from lossy.charts.model import Action, Data, Event, Guard, Names


@frozen(eq=False)
class Mutant:
    id: str  # "change:place", stable as long as the file keeps its order
    change: str
    words: str
    chart: Chart
    concerns: frozenset[str]  # transitions and states: where none is asked about or entered, nothing differs
    doubles: str | None = None  # the state whose timer runs for twice its delay, which a chart cannot say


def refusal(chart: Chart, mutant: Mutant) -> str | None:
    """Why a file with this fault would not load; None where it would."""
    reached = reachable(mutant.chart)
    lost = [id for id in chart.nodes if id not in reached]
    if lost:
        return f"unreachable state {lost[0]!r}"
    declared = {event for events in chart.hears.values() for event in events}
    unheard = sorted(declared - mutant.chart.alphabet)
    return f"no state hears {unheard[0]!r}" if unheard else None


def told(t: Transition) -> str:
    """A transition in words: `recording: on speech_end, if keeps, to cooldown, do keep_segment`."""
    parts = [f"on {t.event}" if t.event else "always"]
    parts += [f"if {t.guard}"] if t.guard else []
    parts += [f"to {' and '.join(t.targets)}"] if t.targets else []
    parts += [f"do {' and '.join(action.name for action in t.do)}"] if t.do else []
    return f"{t.source}: {', '.join(parts)}"


# -- with one thing changed ---------------------------------------------------------------------------------------


def without(actions: tuple[Action, ...], i: int) -> tuple[Action, ...]:
    return (*actions[:i], *actions[i + 1 :])


def replaced(node: Node, old: Transition, new: Transition) -> Node:
    return attrs.evolve(node, transitions=tuple(new if t is old else t for t in node.transitions))


def with_node(chart: Chart, node: Node) -> Chart:
    return attrs.evolve(chart, nodes={**chart.nodes, node.id: node})


def with_negation(names: Names, guard: str) -> Names:
    holds: Guard = names.guards[guard]

    def fails(data: Data, event: Event) -> bool:
        return not holds(data, event)

    return attrs.evolve(names, guards={**names.guards, f"not_{guard}": fails})
