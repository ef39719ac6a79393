"""What the server's step makes of charts, for every other implementation to be held to.

Walks through a small chart that has something of everything. A guard holds when the walk says so, and no update changes
the data: where a chart goes is the step's alone.
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from lossy.charts.document import parse
from lossy.charts.export.plain import is_effect, values
from lossy.charts.load import actions, load
from lossy.charts.mentioned import mentioned
from lossy.charts.model import AFTER, Chart, Event, Names, dump
from lossy.charts.step import Unsettled, begin, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.model import Effect, Guard, State, Taken

# Together they take every transition of the chart below.
WALKS, STEPS, SEED = 16, 25, 30
LATER_MS = 20  # the longest between two events

# History of both kinds, regions that end, a transition into two regions, conflicts, an internal one, what is eventless.
LAMP = """
name: lamp
initial: off
hears: {tests: {press: "", hold: "", cut: "", split: "", leave: ""}}
effects: {tests: {light: "", hum: ""}}
states:
  off: {events: {press: {to: was}, hold: {to: deep}, split: {to: [dim, moving]}}}
  on:
    type: parallel
    events: {cut: "off", done.on: {to: off, do: [hum]}}
    states:
      colour:
        initial: dim
        exit: [hum]
        events: {press: {to: bright, internal: true, do: [light]}, hold: {to: bright}}
        states:
          dim:
            after: {delay: short, to: bright}
            events: {press: {to: bright, if: warm}}
            always: [{to: out, if: broken}]
          bright: {during: shine, events: {done.bright: out, failed.bright: [{to: dim, if: warm}, {to: out}]}}
          out: {type: final}
          was: {type: shallow, default: dim}
      place:
        initial: resting
        states:
          resting: {events: {press: moving, leave: gone}}
          moving: {after: {delay: long, to: resting, if: tired}, events: {split: {to: off, if: far}, leave: gone}}
          gone: {type: final, entry: [light]}
      deep: {type: deep, default: dim}
"""

DELAYS = {"short": 10, "long": 1_000}


@define(eq=False)
class Toggled:
    """`chart` goes where `holds`, names of guards, let it; its updates change nothing."""

    chart: Chart
    holds: frozenset[str] = field(default=frozenset(), init=False)

    @classmethod
    def of(cls, chart: Chart) -> Toggled:
        toggled = cls(chart)
        guards = {each.guard: toggled.asked(each.guard) for each in chart.transitions() if each.guard is not None}
        updates = {each.name for each, _ in actions(chart) if not is_effect(chart, each)}
        names = Names(guards=guards, updates={name: lambda data, event, **args: data for name in updates})
        toggled.chart = evolve(chart, names=names)
        return toggled

    def asked(self, guard: str) -> Guard:
        return lambda data, event: guard in self.holds


def vectors(charts: Iterator[Chart], seed: int = SEED) -> dict[str, Any]:
    random = Random(seed)
    rows = [(chart, {delay: random.randint(1, 99) for delay in _delays(chart)}) for chart in charts]
    return {
        "charts": [values(chart) for chart, _ in rows],
        "walks": [
            {"chart": i, "delays": delays, "steps": [*walk(chart, delays, random)]}
            for i, (chart, delays) in enumerate(rows)
            for _ in range(WALKS)
        ],
    }


def _delays(chart: Chart) -> list[str]:
    return sorted({node.timer.delay for node in chart.nodes.values() if node.timer})


def walk(chart: Chart, delays: dict[str, int], random: Random) -> Iterator[dict[str, Any]]:
    """The first step is the start, which has no event. It ends where the chart does not come to rest."""
    toggled = Toggled.of(chart)
    guards, at = sorted(toggled.chart.names.guards), 0
    state, event = None, Event("", at)
    for _ in range(STEPS):
        toggled.holds = frozenset(guard for guard in guards if random.random() < 0.5)
        try:
            if state is None:
                state, effects, taken = begin(toggled.chart, {"delays": delays}, at)
            else:
                state, effects, taken = step(toggled.chart, state, event)
        except Unsettled:
            yield {"event": event.name, "at": at, "holds": sorted(toggled.holds), "unsettled": True}
            return
        yield _stepped(toggled, event, state, effects, taken)
        at += random.randint(0, LATER_MS)
        event = Event(random.choice(_possible(chart, state)), at)


def _possible(chart: Chart, state: State) -> list[str]:
    """What is heard, timers that run more often than others, and what nobody has ever heard of."""
    heard = sorted(event for event in chart.alphabet if not event.startswith(AFTER))
    return [*heard, *(AFTER + id for id in sorted(state.deadlines)), AFTER + chart.initial, "never_heard_of"]


def _stepped(toggled: Toggled, event: Event, state: State, effects: tuple[Effect, ...], taken: Taken) -> dict[str, Any]:
    dumped = dump(toggled.chart, state)
    return {
        "event": event.name,
        "at": event.at,
        "holds": sorted(toggled.holds),
        "active": dumped["active"],
        "history": dumped["history"],
        "deadlines": dumped["deadlines"],
        "effects": [[effect.name, effect.args] for effect in effects],
        "taken": [*taken.transitions],
        "known": taken.known,
    }


def lamp() -> Chart:
    return load(LAMP, mentioned(parse(LAMP)))


def as_text() -> str:
    """JSON with a line for each step, so that a difference can be read."""
    made = vectors(iter([lamp()]))
    walks = ",\n".join(
        f'{{"chart": {each["chart"]}, "delays": {json.dumps(each["delays"])}, "steps": [\n'
        + ",\n".join(map(json.dumps, each["steps"]))
        + "\n]}"
        for each in made["walks"]
    )
    return f'{{"charts": {json.dumps(made["charts"])},\n"walks": [\n{walks}\n]}}\n'
