"""Every story that comes with the product, played in virtual time and judged."""

from __future__ import annotations

import pytest

from lossy.sim.campaign.library import library
from lossy.sim.script.play import became
from lossy.sim.script.reading import read_story
from lossy.sim.virtual.run import Plan, run

STORIES = library()
BEGUN = (
    "name: a story\nsteps:\n- open: first\n- press: start\n- speak: {words: The logo is too dark here., called: logo}\n"
)


@pytest.mark.parametrize("name", STORIES)
def test_it_goes_as_it_is_told(name: str) -> None:
    assert run(Plan(1, STORIES[name])).failure is None


def test_each_says_what_it_is_for() -> None:
    assert len(STORIES) >= 25
    assert all(story.why and story.name for story in STORIES.values())
    assert len({story.name for story in STORIES.values()}) == len(STORIES)


@pytest.mark.parametrize(
    ("rest", "failure"),
    [
        ("- expect: {remark: logo, becomes: refused, within: 1 s}\n", "expectation: {expect: {remark: logo, becomes:"),
        ("- expect: {remark: logo, becomes: note, absent: true}\n", "expectation: {expect: {remark: logo, becomes:"),
        ("- expect: {state: recording, within: 1 s}\n", "expectation: {expect: {state: recording"),
        ("- expect: {notes: 2, within: 1 s}\n", "expectation: {expect: {notes: 2"),
        ("- expect: {told: moving, within: 1 s}\n", "expectation: {expect: {told: moving"),
        ("notes: {cut: []}\n", "expectation: there is more than that in the end: 'The logo is too dark here.'"),
        ("notes: {cut: [{said: logo, text: Else.}]}\n", "expectation: the note of 'logo' has another text"),
        ("- close: first\n- press: start\n", "CannotPerform: the tab 'first' is not open"),
    ],
)
def test_one_that_does_not_fails(rest: str, failure: str) -> None:
    found = run(Plan(1, read_story(BEGUN + rest))).failure
    assert found is not None
    assert found.startswith(failure)


@pytest.mark.parametrize(
    ("outcome", "what"),
    [
        (None, None),
        ({}, None),
        ({"note_id": "a"}, "note"),
        ({"note_id": "a", "amended": True}, "amended"),
        ({"command": "undo", "note_id": "a"}, "command"),
        ({"refused": "low_confidence"}, "refused"),
    ],
)
def test_what_a_remark_became(outcome: dict[str, object] | None, what: str | None) -> None:
    assert became(outcome) == what
