"""Products of small charts: what folding keeps, and what is found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.charts.explore import Act, Part, explore
from lossy.charts.load import load
from lossy.charts.model import Data, Effect, Names, State
from lossy.charts.product import Folded, fold, multiply, replay

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA: Data = {"n": 0, "delays": {}}
NAMES = Names(
    guards={"first": lambda data, event: data["n"] == 0},
    updates={"count": lambda data, event: {**data, "n": (data["n"] + 1) % 5}},
    effects=frozenset({"send"}),
)
# A key that is turned locks, and counts the turns, which nobody sees.
KEY = """
name: key
initial: loose
hears: {a hand: {turn: it, back: it}}
states:
  loose: {events: {turn: {to: turned, do: [count, {send: {to: lock, event: shut}}]}}}
  turned: {events: {back: {to: loose, do: [{send: {to: lock, event: open}}]}}}
"""
LOCK = """
name: lock
initial: opened
hears: {the key: {shut: it, open: it}, a thief: {pick: it}}
states:
  opened: {events: {shut: locked}}
  locked: {events: {open: opened, pick: {if: first, to: opened, do: [count]}}}
"""


def _tells(effect: Effect) -> Iterable[tuple[str, Act]]:
    return [(effect.args["to"], Act(effect.args["event"]))]


def _active(state: State) -> str:
    return min(state.active)


def parts(*thief: Act) -> dict[str, Folded]:
    key = Part(load(KEY, NAMES), (DATA,), lambda state: (Act("turn"), Act("back")), lambda data, now: data, (), _tells)
    hears = (Act("shut"), Act("open"))
    lock = Part(load(LOCK, NAMES), (DATA,), lambda state: thief, lambda data, now: data, hears)
    return {"key": fold(explore(key), _active), "lock": fold(explore(lock), _active)}


AGREE = {"agree": lambda seen: (seen["key"] == "turned") == (seen["lock"] == "locked")}


def test_states_that_nobody_can_tell_apart_are_one_class() -> None:
    """Ten states of the key, with 0 to 4 turns counted: two classes of five."""
    key = parts()["key"]
    assert (len(key.space.states), key.sizes) == (10, (5, 5))
    assert sorted(map(str, key.views)) == ["loose", "turned"]


def test_states_that_differ_in_what_they_do_later_are_kept_apart() -> None:
    """A lock that can still be picked is not one that was picked before, though both are locked."""
    lock = parts(Act("pick"))["lock"]
    assert sorted(map(str, lock.views)) == ["locked", "locked", "opened", "opened"]


def test_what_one_sends_the_other_hears_in_the_same_step() -> None:
    product = multiply(parts(), AGREE)
    assert product.broken == {}
    assert (len(product.came), product.combinations) == (2, 10)


def test_a_counterexample_is_a_shortest_row_of_acts_that_replays() -> None:
    product = multiply(parts(Act("pick")), AGREE)
    script = product.counterexample("agree")
    assert script == (("key", Act("turn")), ("lock", Act("pick")))
    states = [*replay({name: part.space.part for name, part in product.parts.items()}, script)]
    assert [{name: _active(state) for name, state in each.items()} for each in states] == [
        {"key": "turned", "lock": "locked"},
        {"key": "turned", "lock": "opened"},
    ]


@pytest.mark.parametrize("invariant", ["never", "at_first"])
def test_the_start_is_judged_too(invariant: str) -> None:
    product = multiply(parts(), {invariant: lambda seen: False})
    assert product.counterexample(invariant) == ()
