"""Looks on while the product runs, without its knowing: what each session makes of an event, and what it logs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import structlog
from attrs import define, field

from lossy.charts.model import AFTER, Move
from lossy.charts.step import step
from lossy.sessions import deeds, session, turn
from lossy.store import note_life

if TYPE_CHECKING:
    from lossy.charts.model import Chart, Event, State
    from lossy.charts.together import Charts, Moved
    from lossy.sessions.deeds import Deed
    from lossy.sessions.inbox import Happened
    from lossy.sim.virtual.trace import Trace

Logged = MutableMapping[str, Any]

# A tenth of a second is the shortest time in which servers look for what others left.
LATE_MS = 50


@define(eq=False)
class Watched:
    """What there was to be seen of the product from inside: `taken` are transitions, with their chart's name."""

    logged: list[Logged] = field(factory=list, init=False)
    broken: list[str] = field(factory=list, init=False)  # invariants, but for those that the product tells of
    overtaken: list[str] = field(factory=list, init=False)
    late: list[str] = field(factory=list, init=False)  # graces that ended later than they were due
    taken: set[str] = field(factory=set, init=False)
    pairs: set[tuple[str, str]] = field(factory=set, init=False)  # that followed each other in one machine
    effects: set[str] = field(factory=set, init=False)
    _last: dict[tuple[str, str], str] = field(factory=dict, init=False)

    def note(self, machine: str, transitions: Iterable[str]) -> None:
        """`machine` is one of them all: a session's, a user's, a note's."""
        for transition in transitions:
            chart = transition.partition(":")[0]
            before = self._last.get((machine, chart))
            self._last[machine, chart] = transition
            self.taken.add(transition)
            if before is not None:
                self.pairs.add((before, transition))

    def note_alone(self, transitions: Sequence[str]) -> None:
        """Of a machine that is read from its row for each step: what followed what is known within the step only."""
        self.taken.update(transitions)
        self.pairs.update(pairwise(transitions))


@contextmanager
def watched(trace: Trace) -> Iterator[Watched]:
    """One run at a time in a process: the hooks are the modules'."""
    seen = Watched()

    def make_deed(whose: Any, happened: Happened, moved: Moved, before: int) -> Deed:
        deed, id = deeds.make_deed(whose, happened, moved, before), str(whose.id)
        trace.stepped(whose.ledger.server.name, id, happened, moved, deed.n)
        seen.note(id, map(_without_device, moved.taken))
        seen.broken += _broken(whose.kinds, moved)
        if (late := whose._inbox.peek(None)) is not None and _is_overtaken(happened, late):
            seen.overtaken.append(f"{happened.event.name} went before {late.event.name} of {whose.id}")
        seen.effects.update(f"{chart.partition(':')[0]}.{effect.name}" for chart, effect in moved.effects)
        return deed

    def step_row(chart: Chart, state: State, event: Event) -> Any:
        late_ms = trace.now_ms() - event.at
        if event.name.startswith(AFTER) and late_ms > LATE_MS:
            seen.late.append(f"{event.name} of {chart.name} went {late_ms} ms late")
        return step_alone(chart, state, event)

    def step_alone(chart: Chart, state: State, event: Event) -> Any:
        after, effects, taken = step(chart, state, event)
        seen.note_alone([f"{chart.name}:{transition}" for transition in taken.transitions])
        if chart.name == "note":
            broken = chart.broken(Move(state, event, after, effects, taken))
            seen.broken += [f"note:{invariant} at {event.name}" for invariant in broken]
        return after, effects, taken

    def note_log(_: object, method: str, event: Logged) -> Logged:
        if event.get("exc_info") is True:
            event["exc_info"] = sys.exception()
        seen.logged.append(event)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[note_log])
    hooks: tuple[tuple[Any, str, Any], ...] = (
        (session, "make_deed", make_deed),
        (turn, "step", step_row),
        (note_life, "step", step_alone),
    )
    was = [getattr(module, name) for module, name, _ in hooks]
    for module, name, hook in hooks:
        setattr(module, name, hook)
    try:
        yield seen
    finally:
        for (module, name, _), product in zip(hooks, was, strict=True):
            setattr(module, name, product)
        structlog.configure(**before)


def _broken(kinds: Charts, moved: Moved) -> Iterator[str]:
    """Of all the invariants of its charts: the session asks those that a step could have broken, and tells of them."""
    for name, move in moved.moves:
        for invariant in kinds[name.partition(":")[0]].broken(move):
            if f"{name}:{invariant}" not in moved.broken:
                yield f"{name}:{invariant} at {move.event.name}"


def _is_overtaken(happened: Happened, late: Happened) -> bool:
    """Whether it is a timer, and the other was there and had happened before that was due."""
    return happened.event.name.startswith(AFTER) and late.event.at < happened.event.at


@lru_cache(4_096)
def _without_device(transition: str) -> str:
    """`reconnect:<device>:link/attach/0` is of the chart as `reconnect:link/attach/0`."""
    chart, _, rest = transition.partition(":")
    return f"{chart}:{rest.rpartition(':')[2]}"
