"""An invariant is asked wherever it could have been broken."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from lossy.charts.judging import judge
from lossy.charts.load import load
from lossy.charts.model import Chart, Event, Move, Names, State, Taken
from lossy.charts.mutate import mutants
from lossy.charts.step import Unsettled
from lossy.domain.concerns import concerns
from lossy.domain.reconnect import ON_A_SOCKET
from lossy.resources import folder
from lossy.sessions.catalog import load_charts
from tests.charts.payloads import ENDS, moves, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARTS = load_charts(folder("statecharts"))
MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Unsettled)

of_each = pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda chart: chart.name)


def told(chart: Chart, move: Move) -> set[str]:
    judged = judge(chart, move.event.name, move.after.active - move.before.active, frozenset(_names(move)))
    try:
        return {*judged(move)}
    except MISTAKES:
        return broken(chart, move)  # one that cannot be asked was asked


def _names(move: Move) -> Iterator[str]:
    return (effect.name for effect in move.effects)


def broken(chart: Chart, move: Move) -> set[str]:
    """Also what cannot even be asked of it."""
    return {name for name in chart.invariants if not _holds(chart, name, move)}


def _holds(chart: Chart, invariant: str, move: Move) -> bool:
    try:
        return chart.names.invariants[invariant](move)
    except MISTAKES:
        return False


# -- moves that no chart makes ------------------------------------------------------------------------------------


@of_each
def test_whatever_is_broken_is_asked(chart: Chart) -> None:
    random = Random(0)
    long = [walk(chart, Random(seed), 300, ENDS) for seed in range(30)]
    ended = [walk(chart, Random(seed), 100) for seed in range(30)]
    real = [move for moves in (*long, *ended) for move in moves[1:]]
    found: set[str] = set()
    for _ in range(20_000):
        move = _made_up(random, real)
        wrong = broken(chart, move)
        assert told(chart, move) == wrong
        found |= wrong
    assert found == chart.invariants.keys()


def _made_up(random: Random, real: list[Move]) -> Move:
    """From what really was: a little of one move after another."""
    move, other = random.choice(real), random.choice(real)
    fields = random.sample([*move.before.data], random.choice([0, 0, 1, 1, 2, 5]))
    data = {**move.before.data, **{field: other.after.data[field] for field in fields}}
    active = random.choice([move.before.active, move.after.active, other.after.active])
    effects = random.choice([(), move.effects, other.effects])
    event = _with_its_own(random.choice([move, other]).event)
    return Move(move.before, event, State(active, {}, data, {}), effects, random.choice([move, other]).taken)


def _with_its_own(event: Event) -> Event:
    """Of the links' events only those have a socket that come on one; here all have the same payload."""
    if event.name in ON_A_SOCKET:
        return event
    return Event(event.name, event.at, {name: fact for name, fact in event.payload.items() if name != "socket"})


# -- moves of charts with a fault ---------------------------------------------------------------------------------


@of_each
def test_what_a_fault_breaks_is_told_when_it_breaks(chart: Chart) -> None:
    """What is broken already may be told again only when it changes."""
    found: set[str] = set()
    for seed, faulty in enumerate(_spoilt(chart)):
        known: set[str] = set()
        for move in _walked(faulty, seed):
            wrong = broken(chart, move)
            if move.before.active:
                assert wrong - told(chart, move) <= known
                found |= wrong - known
            known |= wrong
    assert found


def _spoilt(chart: Chart) -> Iterator[Chart]:
    yield from (mutant.chart for mutant in mutants(chart))
    for name in chart.names.updates:
        updates = {**chart.names.updates, name: lambda data, event, **args: data}
        yield attrs.evolve(chart, names=attrs.evolve(chart.names, updates=updates))


def _walked(chart: Chart, seed: int) -> Iterator[Move]:
    """Until a rule cannot make anything of what the fault has left."""
    walk = moves(chart, Random(seed), 40, ENDS)
    while True:
        try:
            move = next(walk)
        except (StopIteration, *MISTAKES):
            return
        yield attrs.evolve(move, event=_with_its_own(move.event))


# -- what an invariant concerns -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("concern", "move", "asked"),
    [
        ({}, {}, False),
        ({"events": ["push"]}, {}, True),
        ({"events": ["pull"]}, {}, False),
        ({"effects": ["beep"]}, {"effects": ["beep", "tell"]}, True),
        ({"effects": ["beep"]}, {"effects": ["tell"]}, False),
        ({"enters": ["open"]}, {"entered": ["open"]}, True),
        ({"enters": ["open"]}, {"entered": ["shut"]}, False),
        ({"fields": ["n", "m"]}, {"data": {"n": [], "m": 1}}, True),
        ({"fields": ["m"]}, {"data": {"n": [], "m": 0}}, False),
        ({"fields": ["m"], "events": ["pull"]}, {"data": {"n": [], "m": 1}}, True),
        (None, {}, True),
    ],
)
def test_an_invariant_is_asked_of_what_it_concerns(concern: Any, move: dict[str, Any], asked: bool) -> None:
    def never(move: Any) -> bool:
        return False

    invariant = never if concern is None else concerns(**concern)(never)
    doc = "{name: door, initial: shut, invariants: {never: it never holds}, states: {shut: {}}}"
    door = load(doc, Names(invariants={"never": invariant}))
    before = State(frozenset({"shut"}), {}, {"n": 0, "m": 0}, {})
    after = attrs.evolve(before, data=move.get("data", before.data))
    judged = judge(door, "push", frozenset(move.get("entered", ())), frozenset(move.get("effects", ())))
    assert judged(Move(before, Event("push", 0), after, (), Taken((), True))) == (("never",) if asked else ())
