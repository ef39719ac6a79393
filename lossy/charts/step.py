"""One pure function that advances a chart: `step(chart, state, event) -> (state, effects, taken)`.

The algorithm is SCXML's (W3C Recommendation, appendix D): a macrostep is a row of microsteps, eventless transitions
first, then internal events. Where it leads from a configuration is worked out once, in `plan.py`; a step is then
a look-up, its guards, its updates and its effects. What is stepped often is compiled to a function of its own
(`compiled.py`), and interpreted here only where that function does not know the way.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lossy.charts.compiled import NOWHERE, START
from lossy.charts.learned import learn
from lossy.charts.model import (
    AFTER,
    Chart,
    ChartError,
    Data,
    Effect,
    Event,
    Move,
    Restore,
    State,
    Taken,
    Transition,
)
from lossy.charts.plan import Candidates, Plan, candidates, initial_plan, plan, without

if TYPE_CHECKING:
    from lossy.charts.compiled import Outcome, Step

# A chart that still moves after so many microsteps for one event has an endless `always` loop.
MICROSTEPS = 100
TIMERS = frozenset({"start_timer", "stop_timer"})

Effects = tuple[Effect, ...]


class Unsettled(RuntimeError):
    """A chart's eventless transitions or internal events never come to rest."""


def start(chart: Chart, data: Data, at: int) -> tuple[State, Effects]:
    """Enters the initial configuration at instant `at`. Raises ChartError when `data` lacks a delay the chart names."""
    return begin(chart, data, at)[:2]


def begin(chart: Chart, data: Data, at: int) -> tuple[State, Effects, Taken]:
    """As `start`; also says which eventless transitions were taken on the way to rest."""
    missing = chart.delays.difference(data.get("delays", ()))
    if missing:
        raise ChartError(f"{chart.name}: no such delay: {', '.join(sorted(missing))} @ $.delays")
    nowhere, event = State(data=data), Event(START, at)
    compiled: Step | None = chart.compiled.get((NOWHERE, START))
    move, _ = _interpret_start(chart, nowhere, event) if compiled is None else compiled(nowhere, event)
    return move.after, move.effects, move.taken


def step(chart: Chart, state: State, event: Event) -> tuple[State, Effects, Taken]:
    """One macrostep. The very same state comes back when no transition was enabled.

    A timer that is due is the event `after.<state>`; it is spent even when its guard declines.
    Raises Unsettled when the chart never comes to rest.
    """
    move, _ = take(chart, state, event)
    return move.after, move.effects, move.taken


def take(chart: Chart, state: State, event: Event) -> Outcome:
    """As `step`: all of the step, and what tells the invariants that it has broken."""
    compiled: Step | None = chart.compiled.get((state.active, event.name))
    return _interpret(chart, state, event) if compiled is None else compiled(state, event)


def _interpret_start(chart: Chart, nowhere: State, event: Event) -> Outcome:
    run = _Run(chart, nowhere, event)
    run.perform(initial_plan(chart))
    run.settle()
    if not run.history:
        learn(chart, NOWHERE, START, tuple(run.route), partial(_interpret_start, chart))
    move = Move(nowhere, event, run.state(), tuple(run.effects), Taken(tuple(run.taken), True))
    return move, chart.broken


def _interpret(chart: Chart, state: State, event: Event) -> Outcome:
    after, known, timer = state, event.name in chart.alphabet, event.name.removeprefix(AFTER)
    if timer != event.name:
        if timer not in state.deadlines:
            return Move(state, event, state, (), Taken((), known)), chart.broken
        after = _spend(state, timer)
    run = _Run(chart, after, event)
    if known and run.take(event.name):
        run.settle()
        after = run.state()
    if known and not run.history:
        learn(chart, state.active, event.name, tuple(run.route), partial(_interpret, chart))
    return Move(state, event, after, tuple(run.effects), Taken(tuple(run.taken), known)), chart.broken


def next_timer(state: State) -> tuple[int, str] | None:
    """When the next timer is due and the event it will be; of two at one instant, the first by name."""
    if not state.deadlines:
        return None
    due, id = min([(due, id) for id, due in state.deadlines.items()])
    return due, AFTER + id


def resume(chart: Chart, state: State, *, stopped_at: int, at: int) -> tuple[State, Effects]:
    """What a stored state needs running again at instant `at`, when it was last alive at `stopped_at`."""
    event, data, deadlines = Event("", at), state.data, {}
    effects: list[Effect] = []
    for id in chart.in_order(state.active):
        node = chart.nodes[id]
        if node.during is not None:
            effects.append(Effect("start_work", {"work": node.during.name, "state": id}, event, data))
        if node.timer is not None and id in state.deadlines:
            deadlines[id] = {
                Restore.ABSOLUTE: state.deadlines[id],
                Restore.REMAINING: at + max(0, state.deadlines[id] - stopped_at),
                Restore.RESTART: at + data["delays"][node.timer.delay],
            }[node.timer.restore]
            effects.append(Effect("start_timer", {"timer": id, "due": deadlines[id]}, event, data))
    return State(state.active, state.history, data, deadlines), tuple(effects)


def _spend(state: State, timer: str) -> State:
    return State(state.active, state.history, state.data, without(state.deadlines, timer))


class _Run:
    """One macrostep. Mutable inside, invisible outside."""

    __slots__ = (
        "active",
        "chart",
        "data",
        "deadlines",
        "effects",
        "event",
        "history",
        "raised",
        "rests",
        "route",
        "taken",
    )

    def __init__(self, chart: Chart, state: State, event: Event) -> None:
        self.chart, self.event = chart, event
        self.active, self.history, self.data, self.deadlines = state.active, state.history, state.data, state.deadlines
        self.effects: list[Effect] = []
        self.taken: list[str] = []
        self.raised: list[str] = []
        self.route: list[tuple[Transition, ...]] = []  # what was picked, each time that something could be
        self.rests = False

    def state(self) -> State:
        return State(self.active, self.history, self.data, self.deadlines)

    def settle(self) -> None:
        for _ in range(MICROSTEPS):
            if not self.rests and self.take(None):
                continue
            if not self.raised:
                return
            self.event = Event(self.raised.pop(0), self.event.at)
            self.take(self.event.name)
        through = dict.fromkeys(id.partition("/")[0] for id in self.taken[-MICROSTEPS // 2 :])
        raise Unsettled(
            f"{self.chart.name}: still moving after {MICROSTEPS} microsteps of {self.event.name!r}, "
            f"through {', '.join(through)}"
        )

    def take(self, name: str | None) -> bool:
        tried = self.chart.candidates.get((self.active, name))
        if tried is None:
            tried = candidates(self.chart, self.active, name)
        if not tried:
            return False
        picked = self.pick(tried)
        self.route.append(picked)
        if not picked:
            return False
        found = None if self.history else self.chart.plans.get((self.active, picked, ()))
        self.perform(found or plan(self.chart, self.active, picked, self.history))
        return True

    def pick(self, candidates: Candidates) -> tuple[Transition, ...]:
        """Of each row the first that is enabled, once."""
        guards, data, event = self.chart.names.guards, self.data, self.event
        picked: tuple[Transition, ...] = ()
        for tried in candidates:
            for transition in tried:
                guard = transition.guard
                if guard is None or guards[guard](data, event):
                    if transition not in picked:
                        picked += (transition,)
                    break
        return picked

    def perform(self, plan: Plan) -> None:
        self.taken += plan.taken
        self.active, self.rests = plan.active, plan.rests
        if plan.remembered:
            self.history = {**self.history, **plan.remembered}
        for instruction in plan.script:
            instruction.follow(self)
