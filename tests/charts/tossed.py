"""Charts whose rules toss coins, so that an engine in another language can run them with no rule of ours.

A guard's answer depends on its name, on how many updates there were and, unless the guard is of an eventless
transition, on the instant of the event. Updates write themselves down in the data. What is left is what a chart file
says: states, transitions and their order.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from attrs import define, evolve, field

from lossy.charts.load import SEND, load
from lossy.charts.model import Chart, Data, Event, Move, Names, State, Taken, Transition
from lossy.charts.step import Effects, Unsettled, _Run, next_timer, start, step
from tests.charts.strategies import NAMES, Doc, document

if TYPE_CHECKING:
    from collections.abc import Iterator

DELAY_MS = 5
WORK = {"start_timer", "stop_timer", "start_work", "stop_work"}
RARELY = 10  # one event in so many may end a chart

Picked = tuple[Transition, ...]


def toss(*facts: object) -> bool:
    return sha256(" ".join(map(str, facts)).encode()).digest()[0] % 3 == 0


def tossed(chart: Chart) -> Chart:
    """The chart with other rules under the same names. What its file does not call an effect is an update."""
    guards = {transition.guard for transition in chart.transitions() if transition.guard}
    effects = {SEND}.union(*chart.effects.values())
    return evolve(
        chart,
        names=Names(
            guards={name: partial(_holds, name, name in eventless(chart)) for name in guards},
            updates={name: partial(_write_down, name) for name in _actions(chart) - effects},
            effects=frozenset(effects),
        ),
    )


def tossed_random(seed: int, depth: int) -> Chart:
    random = Random(seed)
    doc = document(random, depth)
    _keep_some(doc["states"], random)
    chart = load(json.dumps(doc), NAMES)
    return tossed(evolve(chart, effects={"tests": dict.fromkeys(NAMES.effects | NAMES.work, "")}))


def _keep_some(states: dict[str, Doc], random: Random) -> set[str]:
    """Makes one in two transitions internal where that may be. Gives back the ids of all states inside."""
    found: set[str] = set()
    for id, doc in states.items():
        inside = _keep_some(doc.get("states", {}), random)
        gos = [go for gos in doc.get("events", {}).values() for go in gos] if "initial" in doc else []
        for go in gos:
            if go["to"] and inside.issuperset(go["to"]) and random.randrange(2) == 0:
                go["internal"] = True
        found |= {id, *inside}
    return found


def eventless(chart: Chart) -> set[str]:
    """The guards of eventless transitions. Ours asks them when something was taken, SCXML after every event."""
    return {transition.guard for transition in chart.transitions() if transition.guard and transition.event is None}


# -- walks --------------------------------------------------------------------------------------------------------


@define(eq=False)
class Walk:
    """One way through a chart. `picked` are each step's transitions by microstep, before conflicts are settled."""

    chart: Chart
    seed: int
    moves: list[Move] = field(factory=list)
    picked: list[list[Picked]] = field(factory=list)

    def add(self, before: State, event: Event, result: tuple[State, Effects, Taken], picked: list[Picked]) -> None:
        self.moves.append(Move(before, event, *result))
        self.picked.append(picked)


def walk(chart: Chart, seed: int, length: int) -> Walk:
    """From the start. Ends early at a final state, and where the chart does not come to rest."""
    random, walk = Random(seed), Walk(chart, seed)
    delays = {node.timer.delay: DELAY_MS for node in chart.nodes.values() if node.timer}
    data: Data = {"seed": seed, "updates": 0, "did": (), "delays": delays}
    with suppress(Unsettled), _watching() as picked:
        state, effects = start(chart, data, 0)
        walk.add(State(data=data), Event("", 0), (state, effects, Taken((), True)), [*picked])
        while len(walk.moves) < length and not chart.ended(state.active):
            picked.clear()
            event = _event(chart, state, random, walk.moves[-1].event.at)
            result = step(chart, state, event)
            if not chart.ended(result[0].active) or random.randrange(RARELY) == 0:
                walk.add(state, event, result, [*picked])
                state = result[0]
    return walk


@contextmanager
def _watching() -> Iterator[list[Picked]]:
    """Writes down what is picked in each microstep: nothing that a step gives back says what lost a conflict."""
    picked: list[Picked] = []

    class Watched(_Run):
        def pick(self, candidates: tuple[Picked, ...]) -> Picked:
            picked.append(super().pick(candidates))
            return picked[-1]

    with patch("lossy.charts.step._Run", Watched), patch("lossy.charts.learned.COMPILED_AFTER", inf):
        yield picked


def _event(chart: Chart, state: State, random: Random, now: int) -> Event:
    """Something that could come from outside: never the end of a compound state, never a timer that does not run."""
    timer = next_timer(state)
    if timer is not None and random.randrange(4) == 0:
        return Event(timer[1], max(timer[0], now + 1))
    ends = {f"done.{node.id}" for node in chart.nodes.values() if node.during is None}
    names = sorted(name for name in chart.alphabet - ends if not name.startswith("after."))
    return Event(random.choice([*names, "never_heard_of"]), now + 1)


# -- what was done ------------------------------------------------------------------------------------------------


def did(move: Move) -> list[tuple[str, Data]]:
    """Updates and effects of one step, each as name and arguments, in the order in which they were done."""
    first = move.before.data["updates"]
    updates = move.after.data["did"][first:]
    done: list[tuple[str, Data]] = []
    written = 0
    for effect in move.effects:
        done += updates[written : effect.data["updates"] - first]
        written = effect.data["updates"] - first
        if effect.name not in WORK:
            done.append((effect.name, effect.args))
    return [*done, *updates[written:]]


def _holds(guard: str, is_eventless: bool, data: Data, event: Event) -> bool:
    return toss(data["seed"], 0 if is_eventless else event.at, data["updates"], guard)


def _write_down(update: str, data: Data, event: Event, **args: Any) -> Data:
    return {**data, "updates": data["updates"] + 1, "did": (*data["did"], (update, args))}


def _actions(chart: Chart) -> set[str]:
    lists = [
        *(actions for node in chart.nodes.values() for actions in (node.entry, node.exit)),
        *(transition.do for transition in chart.transitions()),
    ]
    return {action.name for actions in lists for action in actions}
