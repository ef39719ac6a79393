"""Every state that a chart can reach in a bounded world, the shortest way to each, and which invariants break there.

Instants and counters go on for ever, so a world says what it forgets: after each step its `forget` puts the data back
to a representative in which now is NOW, instants lie in a few classes around it, and counters stay within bounds.
A timer that runs may fire at any moment. So a space holds at least what can happen, in finitely many states; a
counterexample is a script that `replay` runs through `step` itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
from attrs import define, field, frozen

from lossy.charts.model import AFTER, EMPTY, Chart, ChartError, Data, Effect, Event, Move, State
from lossy.charts.step import begin, start, step
from lossy.charts.stopped import MISTAKES, stopped

# When every step of a space begins, in ms; 0 is long before it.
NOW = 1_000_000_000
# A world that reaches more has a counter or an instant that its `forget` does not bound.
STATES = 500_000


@frozen
class Act:
    """What may happen next: an event, `wait` ms after the one before it. Below 0: earlier, and it comes late."""

    name: str
    payload: Data = EMPTY
    wait: int = 0
    instants: tuple[str, ...] = ()  # keys of the payload that are instants, as if now were NOW

    def event(self, now: int, at: int) -> Event:
        payload = {key: value + now - NOW if key in self.instants else value for key, value in self.payload.items()}
        return Event(self.name, at, payload)

    @property
    def key(self) -> str:
        return f"{self.name} {orjson.dumps(self.payload, option=orjson.OPT_SORT_KEYS).decode()} {self.wait}"


class Message(NamedTuple):
    """What a step makes another part hear."""

    to: str
    key: str  # of one of the acts that the other part hears


@frozen
class Part:
    """A chart in a bounded world."""

    chart: Chart
    starts: tuple[Data, ...]  # the data that it may start with
    acts: Callable[[State], Iterable[Act]]  # what may happen to it from outside
    forget: Callable[[Data, int], Data]  # its data at an instant, as if that were NOW
    hears: tuple[Act, ...] = ()  # what other parts may make it hear
    tells: Callable[[Effect], Iterable[tuple[str, Act]]] = lambda effect: ()


class Found(NamedTuple):
    """One step of a space."""

    act: Act
    to: int
    messages: tuple[Message, ...]
    taken: tuple[str, ...]
    broken: tuple[str, ...]
    heard: bool  # whether another part's doing, rather than from outside


class Unbounded(RuntimeError):
    """The world has more states than it may; what it forgets does not bound it."""


@define(eq=False)
class Space:
    """The starts come first; `came` says from where, and by which act, each other state was first reached."""

    part: Part
    begun: frozenset[str]  # transitions taken at a start
    unsound: tuple[str, ...] = ()  # invariants that do not even hold of a start
    states: list[State] = field(factory=list)
    out: list[list[Found]] = field(factory=list)
    came: list[tuple[int, Act] | None] = field(factory=list)

    def way(self, to: int) -> tuple[Act, ...]:
        """A shortest row of acts from the start to a state."""
        acts: list[Act] = []
        while (came := self.came[to]) is not None:
            to, act = came
            acts.append(act)
        return tuple(reversed(acts))

    def way_to_state(self, id: str) -> tuple[Act, ...] | None:
        """A shortest way to a state of the chart; None where no way leads."""
        return next((self.way(i) for i, state in enumerate(self.states) if id in state.active), None)

    def way_to_transition(self, id: str) -> tuple[Act, ...] | None:
        """The same, its last act being the one that takes the transition."""
        return next(((*self.way(i), found.act) for i, found in self.steps() if id in found.taken), None)

    def breaches(self) -> dict[str, tuple[Act, ...]]:
        """Each invariant that does not hold, with a shortest row of acts whose last step breaks it; none: the start."""
        breaches: dict[str, tuple[Act, ...]] = dict.fromkeys(self.unsound, ())
        for i, found in self.steps():
            for name in found.broken:
                breaches.setdefault(name, (*self.way(i), found.act))
        return breaches

    def steps(self) -> Iterator[tuple[int, Found]]:
        """In the order of the shortest ways to where they begin."""
        return ((i, found) for i, out in enumerate(self.out) for found in out)

    @property
    def taken(self) -> frozenset[str]:
        return self.begun.union(id for _, found in self.steps() for id in found.taken)

    @property
    def entered(self) -> frozenset[str]:
        """The states at rest in some of them, and those that are only passed through."""
        passed = (self.part.chart.nodes[id.partition("/")[0]] for id in self.taken)
        return frozenset({node.id for node in passed}.union(*(state.active for state in self.states)))

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Transitions that can be taken one right after the other, within a step or from one to the next that moves."""
        within = {pair for _, found in self.steps() for pair in pairwise(found.taken)}
        firsts = [{found.taken[0] for found in out if found.taken} for out in self.out]
        lasts = {(found.taken[-1], found.to) for _, found in self.steps() if found.taken}
        return frozenset(within | {(last, first) for last, to in lasts for first in firsts[to]})


def explore(part: Part, limit: int = STATES, until: str | None = None) -> Space:
    """Breadth first from the starts; no further than where the invariant `until` breaks, if it is given and does.

    Raises Unbounded beyond `limit` states, and Stopped when a rule raises or the chart never comes to rest.
    """
    known, begun = _Known(part), [_begin(part, data) for data in part.starts]
    broken = dict.fromkeys(name for _, _, broken in begun for name in broken)
    space = Space(part, frozenset(id for _, taken, _ in begun for id in taken), tuple(broken))
    todo = deque(dict.fromkeys(known.number(state, NOW) for state, _, _ in begun))
    space.came += [None] * len(todo)
    while todo and until not in space.unsound:
        i = todo.popleft()
        try:
            space.out.append([*_out(i, known)])
        except _Failed as failed:
            events = [act.name for act in (*space.way(i), failed.act)]
            raise stopped(part.chart.name, events, failed.error) from failed.error
        for found in space.out[i]:
            if found.to == len(space.came):
                space.came.append((i, found.act))
                todo.append(found.to)
        if until is not None and any(until in found.broken for found in space.out[i]):
            break
        if len(known.states) > limit:
            raise Unbounded(f"{part.chart.name} has more than {limit:,} states in this world")
    space.states += known.states
    return space


def _begin(part: Part, data: Data) -> tuple[State, tuple[str, ...], tuple[str, ...]]:
    """Where it starts, what it took on the way there, and which invariants do not hold there."""
    try:
        state, effects, taken = begin(part.chart, data, NOW)
        broken = part.chart.broken(Move(State(), Event("", NOW), state, effects, taken))
    except ChartError:
        raise
    except MISTAKES as error:
        raise stopped(part.chart.name, (), error) from error
    return state, taken.transitions, broken


class _Failed(Exception):
    """A step that could not be made, before it is known by which way it was come to."""

    def __init__(self, act: Act, error: Exception) -> None:
        super().__init__(act, error)
        self.act, self.error = act, error


@define(eq=False)
class _Known:
    """The states met so far, each once, by their number."""

    part: Part
    states: list[State] = field(factory=list)
    _numbers: dict[bytes, int] = field(factory=dict)

    def number(self, state: State, now: int) -> int:
        chart, data = self.part.chart, self.part.forget(state.data, now)
        timers = {id: chart.nodes[id].timer for id in sorted(state.deadlines)}
        deadlines = {id: NOW + data["delays"][timer.delay] for id, timer in timers.items() if timer is not None}
        stored = [sorted(state.active), sorted(state.history.items()), data, [*timers]]
        key = orjson.dumps(stored, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.states)
            self.states.append(State(state.active, state.history, data, deadlines))
        return number


def _out(i: int, known: _Known) -> Iterator[Found]:
    part, state = known.part, known.states[i]
    if part.chart.ended(state.active):
        return
    timers = [Act(AFTER + id, EMPTY, due - NOW) for id, due in state.deadlines.items()]
    yield from (_step(i, act, known, heard=False) for act in (*timers, *part.acts(state)))
    yield from (_step(i, act, known, heard=True) for act in part.hears)


def _step(i: int, act: Act, known: _Known, *, heard: bool) -> Found:
    part, before, event = known.part, known.states[i], Event(act.name, NOW + act.wait, act.payload)
    try:
        after, effects, taken = step(part.chart, before, event)
        messages = tuple(Message(to, told.key) for effect in effects for to, told in part.tells(effect))
        broken = part.chart.broken(Move(before, event, after, effects, taken))
    except MISTAKES as error:
        raise _Failed(act, error) from error
    # What arrives late does not turn the clock back.
    to = i if after is before and act.wait <= 0 else known.number(after, max(NOW, event.at))
    return Found(act, to, messages, taken.transitions, broken, heard)


@frozen
class Played:
    """One step of a script, run for real."""

    act: Act
    state: State
    taken: tuple[str, ...]
    broken: tuple[str, ...]


def replay(chart: Chart, data: Data, acts: Iterable[Act]) -> Iterator[Played]:
    """Runs a script through `step`, with all instants and counters. A timer fires when it is due, whatever the wait.

    Raises Stopped when a rule raises or the chart never comes to rest.
    """
    (state, _), now, events = start(chart, data, NOW), NOW, list[str]()
    for act in acts:
        events.append(act.name)
        before, due = state, state.deadlines.get(act.name.removeprefix(AFTER))
        try:
            event = act.event(now, now + act.wait if due is None else max(now, due))
            state, effects, taken = step(chart, before, event)
            broken = chart.broken(Move(before, event, state, effects, taken))
        except MISTAKES as error:
            raise stopped(chart.name, events, error) from error
        now = max(now, event.at)
        yield Played(act, state, taken.transitions, broken)


def as_script(acts: Iterable[Act]) -> list[dict[str, Any]]:
    """JSON values, one for each act; `from_script` reads them."""
    return [
        {"event": act.name, "wait_ms": act.wait, "payload": dict(act.payload), "instants": [*act.instants]}
        for act in acts
    ]


def from_script(script: Iterable[dict[str, Any]]) -> tuple[Act, ...]:
    return tuple(
        Act(line["event"], line.get("payload", {}), line.get("wait_ms", 0), tuple(line.get("instants", ())))
        for line in script
    )
