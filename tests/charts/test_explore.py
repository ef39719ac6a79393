"""Spaces of charts small enough to be counted by hand, and what is found in them."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from lossy.charts.explore import NOW, Act, Part, Unbounded, as_script, explore, from_script, replay
from lossy.charts.load import load
from lossy.charts.model import Data, Event, Move, Names
from lossy.charts.stopped import Stopped

# The second push opens it; if nobody shuts it, the alarm rings, and only news of what was before silences it.
DOOR = """
name: door
initial: shut
hears: {somebody: {push: on it, calm: late or not, end: for good}}
invariants: {twice_at_most: nobody pushes three times}
states:
  shut:
    events:
      push: [{if: loose, to: open, do: [count]}, {do: [count]}]
      end: gone
  open:
    after: {delay: short, to: ringing}
    events: {push: {to: shut, do: [count]}}
  ringing:
    always: {if: silenced, to: shut}
    events: {calm: {if: of_before, to: shut}}
  gone: {type: final}
"""


def _twice_at_most(move: Move) -> bool:
    return bool(move.after.data["n"] < 3)


NAMES = Names(
    guards={
        "loose": lambda data, event: data["n"] >= 1,
        "of_before": lambda data, event: event.at < data["pushed_at"],
        "silenced": lambda data, event: False,
    },
    updates={"count": lambda data, event: {**data, "n": data["n"] + 1, "pushed_at": event.at}},
    delays=frozenset({"short"}),
    invariants={"twice_at_most": _twice_at_most},
)
DOOR_CHART = load(DOOR, NAMES)
DATA: Data = {"n": 0, "pushed_at": 0, "delays": {"short": 10}}
PUSH, CALM, LATE, END = Act("push"), Act("calm", {}, 5), Act("calm", {}, -5), Act("end")


def forget(data: Data, now: int) -> Data:
    return {**data, "pushed_at": NOW}


def world(*acts: Act, **changes: Any) -> Part:
    return attrs.evolve(Part(DOOR_CHART, (DATA,), lambda state: acts, forget), **changes)


def bounded(*acts: Act) -> Part:
    """Nobody pushes a third time."""
    return world(*acts, acts=lambda state: (act for act in acts if act != PUSH or state.data["n"] < 2))


def test_every_state_is_reached_once() -> None:
    """Shut, pushed once, open, ringing, silenced by late news, and gone after none, one or two pushes."""
    space = explore(bounded(PUSH, LATE, END))
    found = [(min(state.active), state.data["n"]) for state in space.states]
    assert sorted(found) == [
        ("gone", 0), ("gone", 1), ("gone", 2), ("open", 2), ("ringing", 2), ("shut", 0), ("shut", 1), ("shut", 2)
    ]  # fmt: skip
    assert space.entered == {"shut", "open", "ringing", "gone"}


def test_a_timer_that_runs_fires_when_it_is_due() -> None:
    way = explore(bounded(PUSH)).way_to_state("ringing")
    assert way == (PUSH, PUSH, Act("after.open", {}, 10))


def test_a_way_is_a_shortest_one() -> None:
    space = explore(bounded(CALM, END, LATE, PUSH))
    assert space.way_to_state("shut") == ()
    assert space.way_to_state("gone") == (END,)
    assert space.way_to_transition("ringing/calm/0") == (PUSH, PUSH, Act("after.open", {}, 10), LATE)


def test_nothing_leads_where_no_act_does() -> None:
    space = explore(bounded(PUSH, CALM))
    assert space.way_to_state("gone") is None
    assert space.way_to_transition("ringing/calm/0") is None, "what is not late silences nothing"
    assert {t.id for t in DOOR_CHART.transitions()} - space.taken == {
        "open/push/0", "ringing/always/0", "ringing/calm/0", "shut/end/0"
    }  # fmt: skip


def test_a_breach_comes_with_a_shortest_script_that_replays() -> None:
    """Three pushes break it; the script says so through `step` itself."""
    spaces = explore(world(PUSH, LATE, acts=lambda state: (LATE, PUSH) if state.data["n"] < 3 else ()))
    (acts,) = spaces.breaches().values()
    assert acts == (PUSH, PUSH, PUSH)
    played = [*replay(DOOR_CHART, DATA, from_script(as_script(acts)))]
    assert [step.broken for step in played] == [(), (), ("twice_at_most",)]
    assert [min(step.state.active) for step in played] == ["shut", "open", "shut"]


def test_a_start_that_breaks_an_invariant_is_a_breach_without_a_script() -> None:
    assert explore(world(starts=({**DATA, "n": 3},))).breaches() == {"twice_at_most": ()}


def _only_once(data: Data, event: Event) -> bool:
    return bool(2 // (1 - data["n"]) < 0)


def _count_once(data: Data, event: Event) -> Data:
    return {**data, "n": {0: 1}[data["n"]]}


def _of_what_is_not_there(move: Move) -> bool:
    return bool(move.after.data["pushed"])


@pytest.mark.parametrize(
    ("names", "rule", "what", "when"),
    [
        ({"guards": {**NAMES.guards, "loose": _only_once}}, "_only_once", "ZeroDivisionError", "on 'push', after push"),
        ({"updates": {"count": _count_once}}, "_count_once", "KeyError", "on 'push', after push"),
        ({"invariants": {"twice_at_most": _of_what_is_not_there}}, "_of_what_is_not_there", "KeyError", "at its start"),
    ],
)
def test_a_rule_that_raises_is_told_with_the_way_to_it(names: dict[str, Any], rule: str, what: str, when: str) -> None:
    part = world(CALM, PUSH, chart=load(DOOR, attrs.evolve(NAMES, **names)))
    with pytest.raises(Stopped, match=rf"^door: {rule} \(line \d+ of {__name__}\) raises {what}\(.*\) {when}$"):
        explore(part)


def test_a_chart_that_never_rests_is_told_with_its_states() -> None:
    always = DOOR.replace("always: {if: silenced, to: shut}", "always: ringing")
    part = world(PUSH, chart=load(always, NAMES))
    words = "still moving after 100 microsteps of 'after.open', through ringing, on 'after.open', after push, push$"
    with pytest.raises(Stopped, match=words):
        explore(part)


def test_a_script_that_makes_a_rule_raise_is_told() -> None:
    with pytest.raises(Stopped, match=r"^door: .* raises KeyError\('n'\) on 'push', first of all$"):
        [*replay(DOOR_CHART, {"pushed_at": 0, "delays": {"short": 10}}, (PUSH,))]


def test_a_world_that_forgets_too_little_is_refused() -> None:
    with pytest.raises(Unbounded, match="door has more than 20 states"):
        explore(world(PUSH), limit=20)


def test_pairs_are_what_can_follow_each_other() -> None:
    assert explore(bounded(PUSH, LATE)).pairs == {
        ("shut/push/1", "shut/push/0"),
        ("shut/push/0", "open/after.open/0"),
        ("open/after.open/0", "ringing/calm/0"),
    }


def test_what_others_make_it_hear_is_told_apart() -> None:
    space = explore(world(END, hears=(LATE,)))
    assert {(found.act.name, found.heard) for _, found in space.steps()} == {("calm", True), ("end", False)}
