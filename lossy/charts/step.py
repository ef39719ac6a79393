"""One pure function that advances a chart: `step(chart, state, event) -> (state, effects, taken)`.

The algorithm is SCXML's (W3C Recommendation, appendix D): a macrostep is a row of microsteps, eventless transitions
first, then internal events. Where it leads from a configuration is worked out once, in `plan.py`; a step is then
a look-up, its guards, its updates and its effects.
"""

from __future__ import annotations

from collections import deque

from lossy.charts.model import Chart, ChartError, Data, Effect, Event, Restore, State, Taken, Transition
from lossy.charts.plan import Plan, candidates, initial_plan, plan

# A chart that still moves after so many microsteps for one event has an endless `always` loop.
MICROSTEPS = 100
AFTER = "after."
TIMERS = frozenset({"start_timer", "stop_timer"})

Effects = tuple[Effect, ...]


class Unsettled(RuntimeError):
    """A chart's eventless transitions or internal events never come to rest."""


def start(chart: Chart, data: Data, at: int) -> tuple[State, Effects]:
    """Enters the initial configuration at instant `at`. Raises ChartError when `data` lacks a delay the chart names."""
    return begin(chart, data, at)[:2]


def begin(chart: Chart, data: Data, at: int) -> tuple[State, Effects, Taken]:
    """As `start`; also says which eventless transitions were taken on the way to rest."""
    missing = {node.timer.delay for node in chart.nodes.values() if node.timer} - set(data.get("delays", ()))
    if missing:
        raise ChartError(f"{chart.name}: no such delay: {', '.join(sorted(missing))} @ $.delays")
    run = _Run(chart, State(data=data), Event("", at))
    run.perform(initial_plan(chart))
    run.settle()
    return run.state(), tuple(run.effects), Taken(tuple(run.taken), True)


def step(chart: Chart, state: State, event: Event) -> tuple[State, Effects, Taken]:
    """One macrostep. The very same state comes back when no transition was enabled.

    A timer that is due is the event `after.<state>`; it is spent even when its guard declines.
    Raises Unsettled when the chart never comes to rest.
    """
    known = event.name in chart.alphabet
    if event.name.startswith(AFTER):
        if event.name.removeprefix(AFTER) not in state.deadlines:
            return state, (), Taken((), known)
        state = _spend(state, event.name.removeprefix(AFTER))
    run = _Run(chart, state, event)
    if not (known and run.take(event.name)):
        return state, (), Taken((), known)
    run.settle()
    return run.state(), tuple(run.effects), Taken(tuple(run.taken), known)


def next_timer(state: State) -> tuple[int, str] | None:
    """When the next timer is due and the event it will be; of two at one instant, the first by name."""
    if not state.deadlines:
        return None
    return min([(due, AFTER + id) for id, due in state.deadlines.items()])


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
    deadlines = {id: due for id, due in state.deadlines.items() if id != timer}
    return State(state.active, state.history, state.data, deadlines)


class _Run:
    """One macrostep. Mutable inside, invisible outside."""

    __slots__ = ("active", "chart", "data", "deadlines", "effects", "event", "history", "raised", "taken")

    def __init__(self, chart: Chart, state: State, event: Event) -> None:
        self.chart, self.event = chart, event
        self.active, self.history, self.data, self.deadlines = state.active, state.history, state.data, state.deadlines
        self.effects: list[Effect] = []
        self.taken: list[str] = []
        self.raised: deque[str] = deque()

    def state(self) -> State:
        return State(self.active, self.history, self.data, self.deadlines)

    def settle(self) -> None:
        for _ in range(MICROSTEPS):
            if self.take(None):
                continue
            if not self.raised:
                return
            self.event = Event(self.raised.popleft(), self.event.at)
            self.take(self.event.name)
        through = dict.fromkeys(id.partition("/")[0] for id in self.taken[-MICROSTEPS // 2 :])
        raise Unsettled(
            f"{self.chart.name}: still moving after {MICROSTEPS} microsteps of {self.event.name!r}, "
            f"through {', '.join(through)}"
        )

    def take(self, name: str | None) -> bool:
        picked = self.pick(candidates(self.chart, self.active, name))
        if picked:
            self.perform(plan(self.chart, self.active, picked, self.history))
        return bool(picked)

    def pick(self, candidates: tuple[tuple[Transition, ...], ...]) -> tuple[Transition, ...]:
        guards = self.chart.names.guards
        picked: list[Transition] = []
        for transitions in candidates:
            for transition in transitions:
                if transition.guard is None or guards[transition.guard](self.data, self.event):
                    if transition not in picked:
                        picked.append(transition)
                    break
        return tuple(picked)

    def perform(self, plan: Plan) -> None:
        self.taken += plan.taken
        self.active = plan.active
        if plan.remembered:
            self.history = {**self.history, **plan.remembered}
        for instruction in plan.script:
            instruction.follow(self)

    def emit(self, name: str, args: Data) -> None:
        self.effects.append(Effect(name, args, self.event, self.data))
