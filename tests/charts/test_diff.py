"""What became of a chart, as values and in words."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from lossy.charts.diff import Change, diff
from lossy.charts.diff_words import aside, line
from lossy.charts.mentioned import as_written
from tests.charts.strategies import charts, examples

if TYPE_CHECKING:
    from lossy.charts.diff import How
    from lossy.charts.model import Chart

DOOR = """
name: door
version: 1
why: Keeps the wind out.
initial: shut
hears:
  a hand: {push: whoever stands before it, pull: whoever is inside, knock: anybody}
effects:
  sessions.effects: {lock: turns the key, ring: tells}
invariants: {shut_is_dry: No rain comes in.}
states:
  shut:
    why: Nobody passes.
    entry: [lock]
    events:
      push: {to: open, if: unlocked, do: [count]}
      knock:
        - {if: awake, do: [ring]}
        - {if: polite, to: open}
        - {do: [ignore]}
  open:
    after: {delay: open_for, to: shut, restore: restart}
    events: {pull: shut}
    ignores: {push: It is open.}
"""
TIMER = "    after: {delay: open_for, to: shut, restore: restart}\n"
LAST = "    ignores: {push: It is open.}\n"


def changes(*swaps: tuple[str, str], before: str = DOOR) -> tuple[Change, ...]:
    """From the door to one where each first text is the second one."""
    text = before
    for old, new in swaps:
        assert old in text, f"there is no {old!r} to change"
        text = text.replace(old, new)
    return diff(as_written(before), as_written(text))


def told(*swaps: tuple[str, str]) -> list[str]:
    """Each change as `how what id: line`, and its aside."""
    return [
        f"{change.how} {change.what} {change.id}: {line(change)}{' / ' * bool(aside(change))}{aside(change)}"
        for change in changes(*swaps)
    ]


def back(*swaps: tuple[str, str]) -> list[str]:
    """The same from the changed door to the door as it is."""
    text = DOOR
    for old, new in swaps:
        text = text.replace(old, new)
    return [
        f"{change.how} {change.what} {change.id}: {line(change)}" for change in diff(as_written(text), as_written(DOOR))
    ]


def test_a_chart_is_no_other_than_itself() -> None:
    assert changes() == ()
    assert (
        changes(
            ("{push: whoever stands before it, pull:", "{pull:"),
            ("knock: anybody", "knock: anybody, push: whoever stands before it"),
        )
        == ()
    )


def test_of_the_chart_itself() -> None:
    assert told(("version: 1", "version: 2")) == ["changed chart door: version 2 instead of 1"]
    assert told(("initial: shut\n", "initial: open\n")) == ["changed chart door: initial open instead of shut"]
    assert told(("why: Keeps the wind out.", "why: Lets the cat in.")) == [
        "changed chart door:  / says “Lets the cat in.” instead of “Keeps the wind out.”"
    ]


AJAR = (LAST, LAST + "  ajar: {exit: [ring], events: {pull: shut}}\n")
REACHED = ("- {if: polite, to: open}", "- {if: polite, to: ajar}")


def test_a_state_that_is_new_and_one_that_is_gone() -> None:
    assert told(AJAR, REACHED) == [
        "changed transition shut/knock/1: on knock (2nd): to ajar instead of open",
        "added state ajar: added: atomic, at the top, exit ring",
        "added transition ajar/pull/0: added: on pull, to shut",
    ]
    assert back(AJAR, REACHED)[1:] == [
        "removed state ajar: removed: atomic, at the top, exit ring",
        "removed transition ajar/pull/0: removed: on pull, to shut",
    ]


def test_a_removed_state_is_told_where_it_stood() -> None:
    first = ("  open:\n", "  ajar: {events: {pull: shut}}\n  open:\n")
    assert [entry.partition(":")[0] for entry in back(first, REACHED)] == [
        "changed transition shut/knock/1",
        "removed state ajar",
        "removed transition ajar/pull/0",
    ]
    at_the_top = ("states:\n", "states:\n  ajar: {events: {pull: shut}}\n")
    assert back(at_the_top, REACHED)[0].startswith("removed state ajar")


def test_a_state_that_has_another_parent() -> None:
    head, tail = DOOR.replace("to: open}", "to: hinged}").split("  open:\n")
    text = head + "  hinged:\n    initial: open\n    states:\n      open:\n" + indent(tail, "    ")
    found = [(change.how, change.id, line(change)) for change in diff(as_written(DOOR), as_written(text))]
    assert ("moved", "open", "moved: inside hinged instead of at the top") in found
    assert ("added", "hinged", "added: compound, at the top, initial open") in found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("entry: [lock]", "entry: [lock, {ring: {loud: true}}]", "entry lock, ring {loud: true} instead of lock"),
        ("    entry: [lock]\n", "", "entry none instead of lock"),
        ("entry: [lock]", "entry: [lock]\n    exit: [ring]", "exit ring, before none"),
        ("entry: [lock]", "entry: [lock]\n    during: {dig: {deep: 3}}", "during dig {deep: 3}, before none"),
        ("ignores: {push: It is open.}", "ignores: [knock]", "ignores knock now; ignores push no longer"),
        (LAST, f"{LAST}    type: parallel\n    states: {{left: {{}}}}\n", "kind parallel instead of atomic"),
    ],
)
def test_what_a_state_does(old: str, new: str, words: str) -> None:
    (change, *_) = changes((old, new))
    assert (change.how, change.what, line(change)) == ("changed", "state", words)


def test_a_state_whose_words_alone_changed_is_quiet() -> None:
    (change,) = changes(("why: Nobody passes.", "why: Nobody may pass."))
    assert (change.quiet, line(change), aside(change)) == (
        True,
        "",
        "says “Nobody may pass.” instead of “Nobody passes.”",
    )
    (change,) = changes(("    why: Nobody passes.\n    entry: [lock]\n", "    entry: [ring]\n"))
    assert (change.quiet, line(change), aside(change)) == (
        False,
        "entry ring instead of lock",
        "says nothing instead of “Nobody passes.”",
    )


# -- transitions and timers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "how", "words"),
    [
        ("events: {pull: shut}", "events: {pull: shut, knock: shut}", "added", "added: on knock, to shut"),
        (LAST, f"{LAST}    always: {{if: windy, to: shut}}\n", "added", "added: always, if windy, to shut"),
        ("        - {if: awake, do: [ring]}\n", "", "removed", "removed: on knock, if awake, no target, do ring"),
        ("{to: open, if: unlocked", "{to: shut, if: unlocked", "changed", "on push: to shut instead of open"),
        ("{to: open, if: unlocked", "{if: unlocked", "changed", "on push: to none instead of open"),
        ("{do: [ignore]}", "{do: [ignore], to: open}", "changed", "on knock (3rd): to open, before none"),
        ("if: unlocked", "if: oiled", "changed", "on push: if oiled instead of unlocked"),
        (", if: unlocked", "", "changed", "on push: if none instead of unlocked"),
        ("do: [count]", "do: [count, {send: {to: x}}]", "changed", "on push: do count, send {to: x} instead of count"),
        ("{pull: shut}", "{pull: {to: shut, why: Why not.}}", "changed", ""),
        (
            "{to: open, if: unlocked, do: [count]}",
            "{to: shut, if: oiled, do: [ring]}",
            "changed",
            "on push: to shut instead of open; if oiled instead of unlocked; do ring instead of count",
        ),
        ("delay: open_for", "delay: ajar_for", "changed", "timer: waits ajar_for instead of open_for"),
        (", restore: restart", "", "changed", "timer: restored as absolute instead of restart"),
        ("to: shut, restore", "if: windy, restore", "changed", "timer: if windy, before none; to none instead of shut"),
        (TIMER, "", "removed", "removed: timer open_for (restart), to shut"),
        ("entry: [lock]", "after: {delay: soon}", "added", "added: timer soon (absolute), no target"),
    ],
)
def test_what_moves_a_state(old: str, new: str, how: How, words: str) -> None:
    change = next(change for change in changes((old, new)) if change.what in ("transition", "timer"))
    assert (change.how, line(change)) == (how, words)


def test_transitions_that_are_tried_in_another_order() -> None:
    awake, polite = "        - {if: awake, do: [ring]}\n", "        - {if: polite, to: open}\n"
    swapped = changes((awake + polite, polite + awake))
    assert [(change.id, change.earlier, line(change)) for change in swapped] == [
        ("shut/knock/0", "shut/knock/1", "on knock: tried 1st instead of 2nd"),
        ("shut/knock/1", "shut/knock/0", "on knock (2nd): tried 2nd instead of 1st"),
    ]


def test_one_more_before_the_others_changes_none_of_them() -> None:
    (change, _) = changes(("        - {if: awake,", "        - {if: asleep}\n        - {if: awake,"))
    assert (change.how, change.id, change.earlier) == ("added", "shut/knock/0", None)


def test_transitions_are_paired_by_what_they_share() -> None:
    rewritten = """
        - {if: polite, to: shut}
        - {if: loud, do: [ring]}
        - {if: blue, to: open}
        - {do: [count]}
"""
    old = "\n        - {if: awake, do: [ring]}\n        - {if: polite, to: open}\n        - {do: [ignore]}\n"
    entries = [
        (change.how, change.earlier, line(change))
        for change in changes((old, rewritten))
        if change.what == "transition"
    ]
    assert entries == [
        ("changed", "shut/knock/1", "on knock: to shut instead of open; tried 1st instead of 2nd"),
        ("changed", "shut/knock/0", "on knock (2nd): if loud instead of awake; tried 2nd instead of 1st"),
        ("added", None, "added: on knock (3rd), if blue, to open"),
        ("changed", "shut/knock/2", "on knock (4th): do count instead of ignore"),
    ]


# -- what concerns no one state -----------------------------------------------------------------------------------


def test_events_effects_invariants_and_rules() -> None:
    assert told(
        ("knock: anybody}", "knock: whoever}\n  later E2: {push: a foot}"),
        ("ring: tells}", "count: counts}\n  later J1: {ring: tells}"),
        ("shut_is_dry: No rain comes in.", "open_is_wide: There is room."),
        ("if: awake", "if: asleep"),
    ) == [
        "changed transition shut/knock/0: on knock: if asleep instead of awake",
        "changed event push: push: from a hand, later E2 instead of a hand / push: says “whoever stands before it, "
        "a foot” instead of “whoever stands before it”",
        "changed event knock:  / knock: says “whoever” instead of “anybody”",
        "added effect count: added: count (by sessions.effects; counts)",
        "changed effect ring: ring: by later J1 instead of sessions.effects",
        "added invariant open_is_wide: added: open_is_wide (There is room.)",
        "removed invariant shut_is_dry: removed: shut_is_dry (No rain comes in.)",
        "added guard asleep: added: asleep",
        "removed guard awake: removed: awake",
        "removed update count: removed: count",
    ]


def test_migrations() -> None:
    with_one = ("version: 1\n", "version: 2\nmigrations: {1: {states: {wide: open, gone: null}, data: forget}}\n")
    entry = told(with_one)[-1]
    assert entry == "added migration 1: added: 1 (states {wide: open, gone: null}; data forget)"


@examples(30, 1_000)
@given(charts(), charts())
def test_any_two_charts_can_be_told_apart(old: Chart, new: Chart) -> None:
    assert diff(old, old) == ()
    there, here = diff(old, new), diff(new, old)
    assert all(line(change) or aside(change) for change in there)
    opposite: dict[How, How] = {"added": "removed", "removed": "added", "moved": "moved", "changed": "changed"}
    parts = {(change.how, change.what, change.state, change.earlier or change.id) for change in there}
    assert parts == {(opposite[change.how], change.what, change.state, change.id) for change in here}
