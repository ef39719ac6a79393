"""Charts whose guards are watched: which were asked in a step, and what they answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from lossy.charts.model import Chart

if TYPE_CHECKING:
    from lossy.charts.model import Data, Event, Guard, Node


@frozen
class Tried:
    """A guard that was asked, on an event of a chart, whether its transition, by id, may be taken."""

    chart: str
    event: str
    transition: str
    guard: str
    held: bool


@define(eq=False)
class Watch:
    """`charts` do what those given do, and leave in `tried` what their guards answered, in order."""

    charts: Mapping[str, Chart]
    tried: list[Tried] = field(factory=list, init=False)

    def __init__(self, charts: Mapping[str, Chart]) -> None:
        self.tried = []
        self.charts = {name: self._watched(chart) for name, chart in charts.items()}

    def take(self) -> tuple[Tried, ...]:
        """What was tried since it was asked last, each once."""
        taken = tuple(dict.fromkeys(self.tried))
        self.tried.clear()
        return taken

    def _watched(self, chart: Chart) -> Chart:
        """Its guards are named by their transitions, so that each answer is that of one transition."""
        guards = {
            transition.id: self._asked(chart, transition.id, transition.guard)
            for transition in chart.transitions()
            if transition.guard is not None
        }
        nodes = {id: _guarded_by_id(node) for id, node in chart.nodes.items()}
        return evolve(chart, nodes=nodes, names=evolve(chart.names, guards=guards))

    def _asked(self, chart: Chart, transition: str, name: str) -> Guard:
        guard = chart.names.guards[name]

        def ask(data: Data, event: Event) -> bool:
            held = guard(data, event)
            self.tried.append(Tried(chart.name, event.name, transition, name, held))
            return held

        return ask


def _guarded_by_id(node: Node) -> Node:
    transitions = tuple(evolve(each, guard=each.guard and each.id) for each in node.transitions)
    return evolve(node, transitions=transitions)
