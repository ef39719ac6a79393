"""Charts with one fault each: what tests that watch a chart's behaviour must notice.

A mutant differs from its chart in one place. Where it provably behaves the same it is not made.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import attrs

from lossy.charts.model import HISTORIES, Chart, Kind, Node, Restore, Timer, Transition
from lossy.charts.mutant import Mutant, replaced, told, with_negation, with_node, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Each swap of a target costs a run of the tests; the initial state beside it and the next one are the likeliest slips.
SWAPS = 2


def mutants(chart: Chart) -> Iterator[Mutant]:
    return chain.from_iterable(change(chart) for change in CHANGES.values())


# -- the four of the score ----------------------------------------------------------------------------------------


def _drop(chart: Chart) -> Iterator[Mutant]:
    """A timer goes with its transition."""
    for node, t in _moving(chart):
        kept = tuple(other for other in node.transitions if other is not t)
        timed = t.event == f"after.{node.id}"
        dropped = with_node(chart, attrs.evolve(node, transitions=kept, timer=None if timed else node.timer))
        concerns = frozenset({t.id, node.id} if timed else {t.id})
        yield Mutant(f"drop:{t.id}", "drop", f"dropped: {told(t)}", dropped, concerns)


def _swap(chart: Chart) -> Iterator[Mutant]:
    for node, t in _moving(chart):
        for i, target in enumerate(t.targets):
            for other in _instead(chart, t, target):
                targets = (*t.targets[:i], other, *t.targets[i + 1 :])
                swapped = with_node(chart, replaced(node, t, attrs.evolve(t, targets=targets)))
                words = f"to {other} instead of {target}: {told(t)}"
                yield Mutant(f"swap:{t.id}:{target}:{other}", "swap", words, swapped, frozenset({t.id}))


def _negate(chart: Chart) -> Iterator[Mutant]:
    for node, t in _moving(chart):
        if t.guard is not None:
            negated = with_node(chart, replaced(node, t, attrs.evolve(t, guard=f"not_{t.guard}")))
            negated = attrs.evolve(negated, names=with_negation(chart.names, t.guard))
            words = f"if not {t.guard}: {told(t)}"
            yield Mutant(f"negate:{t.id}", "negate", words, negated, frozenset({t.id}))


def _double(chart: Chart) -> Iterator[Mutant]:
    for node, timer in _timers(chart):
        words = f"{node.id} waits for twice its {timer.delay}"
        yield Mutant(f"double:{node.id}", "double", words, chart, frozenset({node.id}), doubles=node.id)


# -- more ---------------------------------------------------------------------------------------------------------


def _restore(chart: Chart) -> Iterator[Mutant]:
    for node, timer in _timers(chart):
        other = Restore.RESTART if timer.restore is Restore.ABSOLUTE else Restore.ABSOLUTE
        changed = with_node(chart, attrs.evolve(node, timer=Timer(timer.delay, other)))
        words = f"{node.id}: restore {other.value} instead of {timer.restore.value}"
        yield Mutant(f"restore:{node.id}", "restore", words, changed, frozenset({node.id}))


def _action(chart: Chart) -> Iterator[Mutant]:
    for node in chart.nodes.values():
        for i, action in enumerate(node.entry):
            less = with_node(chart, attrs.evolve(node, entry=without(node.entry, i)))
            words = f"entry of {node.id} without {action.name}"
            yield Mutant(f"action:{node.id}/entry/{i}", "action", words, less, frozenset({node.id}))
        for i, action in enumerate(node.exit):
            less = with_node(chart, attrs.evolve(node, exit=without(node.exit, i)))
            words = f"exit of {node.id} without {action.name}"
            yield Mutant(f"action:{node.id}/exit/{i}", "action", words, less, frozenset({node.id}))
        for t in node.transitions:
            for i, action in enumerate(t.do):
                less = with_node(chart, replaced(node, t, attrs.evolve(t, do=without(t.do, i))))
                words = f"without {action.name}: {told(t)}"
                yield Mutant(f"action:{t.id}/{i}", "action", words, less, frozenset({t.id}))


def _order(chart: Chart) -> Iterator[Mutant]:
    """Two neighbours that both have a guard; the loader refuses one without a guard before the last."""
    for node in chart.nodes.values():
        for i, (first, second) in enumerate(zip(node.transitions, node.transitions[1:], strict=False)):
            if first.event == second.event and first.guard is not None and second.guard not in (None, first.guard):
                order = (*node.transitions[:i], second, first, *node.transitions[i + 2 :])
                turned = with_node(chart, attrs.evolve(node, transitions=order))
                words = f"if {second.guard} is tried before: {told(first)}"
                yield Mutant(f"order:{first.id}", "order", words, turned, frozenset({first.id, second.id}))


def _internal(chart: Chart) -> Iterator[Mutant]:
    for node in chart.nodes.values():
        for t in (t for t in node.transitions if t.internal and t.targets and _shows_when_left(chart, node)):
            outside = with_node(chart, replaced(node, t, attrs.evolve(t, internal=False)))
            words = f"not internal: {told(t)}"
            yield Mutant(f"internal:{t.id}", "internal", words, outside, frozenset({t.id}))


SCORED: dict[str, Callable[[Chart], Iterator[Mutant]]] = {
    "drop": _drop,
    "swap": _swap,
    "negate": _negate,
    "double": _double,
}
CHANGES = {**SCORED, "restore": _restore, "action": _action, "order": _order, "internal": _internal}


def _moving(chart: Chart) -> Iterator[tuple[Node, Transition]]:
    """All but those that change nothing and that leave nothing for an outer state to hear."""
    for node in chart.nodes.values():
        for i, t in enumerate(node.transitions):
            last = all(other.event != t.event for other in node.transitions[i + 1 :])
            outer = (other for id in chart.ancestors[node.id] for other in chart.nodes[id].transitions)
            idle = last and not t.targets and not t.do and all(other.event != t.event for other in outer)
            if not idle:
                yield node, t


def _timers(chart: Chart) -> Iterator[tuple[Node, Timer]]:
    return ((node, node.timer) for node in chart.nodes.values() if node.timer is not None)


def _instead(chart: Chart, t: Transition, target: str) -> list[str]:
    """States beside the target. Beside a region are only regions, entered all together; then those beside the whole."""
    place = chart.nodes[target]
    while place.parent is not None and chart.nodes[place.parent].kind is Kind.PARALLEL:
        place = chart.nodes[place.parent]
    beside = [n.id for n in chart.nodes.values() if n.parent == place.parent and n.kind not in HISTORIES]
    others = [id for id in beside if id not in (place.id, target)]
    if t.internal:
        others = [id for id in others if chart.inside(id, t.source)]
    initial = chart.initial if place.parent is None else chart.nodes[place.parent].initial
    following = [id for id in others if chart.nodes[id].order > place.order]
    wanted = dict.fromkeys(id for id in (initial, *following, *others) if id in others and id is not None)
    return [*wanted][:SWAPS]


def _shows_when_left(chart: Chart, node: Node) -> bool:
    """Whether leaving a compound state and entering it again differs from staying in it."""
    parallel = node.parent is not None and chart.nodes[node.parent].kind is Kind.PARALLEL
    remembers = any(chart.nodes[id].kind in HISTORIES for id in node.children)
    return bool(parallel or remembers or node.entry or node.exit or node.during or node.timer)
