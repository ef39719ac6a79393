"""The charts of one session, composed. Pure: they speak to each other only by events that `send` effects name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from lossy.charts.load import SEND
from lossy.charts.migrate import migrated
from lossy.charts.model import AFTER, Chart, ChartError, Data, Effect, Event, Move, State, dump, read
from lossy.charts.step import Unsettled, resume, start, take
from lossy.charts.value import value

Charts = Mapping[str, Chart]  # in the order in which they receive
States = Mapping[str, State]

# Steps of all charts together for one event: two that answer each other for ever take more.
STEPS = 100

NEVER = 1 << 63  # later than any instant in ms

# What a chart was told for another one, which hears it in the same step: its `kind` is the name it has there.
HAND_ON = "hand_on"
TELLING = frozenset({SEND, HAND_ON})


class Performed(NamedTuple):
    """An effect and the chart it is of."""

    chart: str
    effect: Effect


performed = partial(tuple.__new__, Performed)


@value
class Moved:
    """What one event from outside did to all charts together.

    `taken` are transition ids and `broken` invariants that did not hold of a step, each with the chart's name first.
    `moves` are the steps themselves, with the chart's name.
    """

    states: States
    effects: tuple[Performed, ...]
    taken: tuple[str, ...]
    changed: bool = True
    broken: tuple[str, ...] = ()
    moves: tuple[tuple[str, Move], ...] = ()


class Due(NamedTuple):
    """A timer's instant, the chart it is of, and the event it will be."""

    at: int
    chart: str
    event: str


def start_all(charts: Charts, data: Mapping[str, Data], at: int) -> Moved:
    states, effects = {}, []
    for name, chart in charts.items():
        states[name], emitted = start(chart, data[name], at)
        effects += [Performed(name, effect) for effect in emitted]
    return Moved(states, tuple(effects), ())


def resume_all(charts: Charts, states: States, *, stopped_at: int, at: int) -> Moved:
    resumed, effects = {}, []
    for name, chart in charts.items():
        resumed[name], emitted = resume(chart, states[name], stopped_at=stopped_at, at=at)
        effects += [Performed(name, effect) for effect in emitted]
    return Moved(resumed, tuple(effects), ())


def advance(charts: Charts, states: States, to: str, event: Event) -> Moved:
    """Steps the chart `to`, then whoever it sent events to, first sent first. Raises Unsettled."""
    before, moved = dict(states), dict(states)
    moves, effects, broken = [], [], []
    told = [(to, event)]  # grows while they tell each other
    for name, event in told:
        move, broken_by = take(charts[name], moved[name], event)
        moved[name] = move.after
        moves.append((name, move))
        for effect in move.effects:
            if effect.name in TELLING:
                told.append(_message(effect))
            else:
                effects.append(performed((name, effect)))
        if failed := broken_by(move):
            broken += [f"{name}:{id}" for id in failed]
        if len(told) > STEPS:
            raise Unsettled(f"the charts still tell each other after {STEPS} steps, {event.name!r} to {name} the last")
    found = [f"{name}:{transition}" for name, move in moves for transition in move.taken.transitions]
    return Moved(moved, tuple(effects), tuple(found), moved != before, tuple(broken), tuple(moves))


def _message(told: Effect) -> tuple[str, Event]:
    """Who is told, and what."""
    cause, args = told.event, told.args
    return args["to"], Event(args.get("event") or cause.payload["kind"], cause.at, cause.payload)


def next_due(states: States) -> Due | None:
    """The next timer of any chart."""
    first, of, whose = NEVER, "", ""
    for name, state in states.items():
        for id, at in state.deadlines.items():
            if at < first or (at == first and (name, id) < (of, whose)):
                first, of, whose = at, name, id
    return None if first == NEVER else Due(first, of, AFTER + whose)


def dump_all(charts: Charts, states: States) -> dict[str, Any]:
    return {name: dump(chart, states[name]) for name, chart in charts.items()}


def read_all(charts: Charts, stored: Mapping[str, Any], initial: Mapping[str, Data], at: int) -> States:
    """The states that `dump_all` wrote, last alive at instant `at`; `initial` is the data of a new session.

    Raises ChartError when a chart has changed since and does not say what becomes of it, or was not there then.
    """
    missing = charts.keys() - stored.keys()
    if missing:
        raise ChartError(f"the snapshot has no {', '.join(sorted(missing))}")
    return {name: read(chart, migrated(chart, stored[name], initial[name], at)) for name, chart in charts.items()}
