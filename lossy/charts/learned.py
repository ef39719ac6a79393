"""Which steps are taken often enough to be compiled: a chart learns that while it is interpreted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from lossy.charts.compiled import Route, Step, compile_step

if TYPE_CHECKING:
    from lossy.charts.model import Chart

# Times that a step is interpreted before it is compiled: that takes one or two ms, which some hundred steps save.
COMPILED_AFTER = 100.0
# Configurations times events that are counted; when more are seen, all are forgotten, compiled functions among them.
LEARNED = 4_000
# The ways that one function knows, and how often candidates are asked on a way: a bound of its length, and of the time
# for which it holds up everything else while it is compiled. What goes otherwise is interpreted.
ROUTES = 8
LONGEST = 32


@define(eq=False)
class Learned:
    """Of one configuration and one event."""

    interpreted: int = 0  # since it was compiled
    routes: list[Route] = field(factory=list)  # that its function knows


def learn(chart: Chart, active: frozenset[str], event: str, route: Route, interpret: Step) -> None:
    """A step that went that way was interpreted."""
    key = (active, event)
    learned = chart.learned.get(key)
    if learned is None:
        if len(chart.learned) >= LEARNED:
            chart.learned.clear()
            chart.compiled.clear()
        learned = chart.learned[key] = Learned()
    learned.interpreted += 1
    if learned.interpreted < COMPILED_AFTER or len(route) > LONGEST or len(learned.routes) == ROUTES:
        return
    learned.interpreted = 0
    learned.routes.append(route)
    chart.compiled[key] = compile_step(chart, active, event, learned.routes, interpret)
