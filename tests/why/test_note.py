"""What is told of a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve

from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sessions.note_moves import note_of
from lossy.why.note import Note, Origin, tell_note
from tests.sessions.client import LAPTOP, NOON, remark_id
from tests.sessions.node import CHARTS, SESSION, Node, open_node, settled
from tests.why.cases import EMAIL, case_of, click, reading

if TYPE_CHECKING:
    from trio.testing import MockClock

CHART = load_all(folder("statecharts"))["note"]


async def told(node: Node, number: int = 1) -> Note:
    await settled()
    kept = await reading(node.ledger).note(note_of(SESSION, str(remark_id(number))))
    assert kept is not None
    return tell_note(CHART, kept, await case_of(node.ledger))


def heard(note: Note) -> list[tuple[str, str, int | None]]:
    return [(change.event, change.status, change.n) for change in note.changes]


async def test_a_note_says_by_which_numbers_it_was_kept_and_where_it_stands(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        note = await told(node)
    assert (note.status, note.why) == ("ghost", "Heard, and not confirmed by anybody.")
    assert (note.decision["confidence"], note.decision["threshold"], note.decision["reason"]) == (0.75, 0.3, "sure")
    assert (note.threshold, note.made_of_it) == (0.3, "kept")
    assert note.remark is not None
    assert note.remark.said[0].text == "The logo is too dark here."
    assert note.versions == {name: chart.version for name, chart in CHARTS.items()}
    assert note.about is not None
    assert (note.about.person, note.about.devices) == (EMAIL, (str(LAPTOP),))


async def test_a_frame_says_what_it_came_from(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.say(2, "The grade is cold from 1:10 to 1:20").answer()
        here, named = (await told(node)).frame, (await told(node, 2)).frame
    assert (here.media_ms, here.frame_in, here.frame_out, here.spoken) == (61_000, 1_462, None, None)
    assert here.uncertainty_ms == 80
    assert (named.media_ms, named.media_end_ms, named.spoken) == (70_000, 80_000, "range")
    assert (named.frame_in, named.frame_out) == (1_678, 1_918)


async def test_a_deleted_note_says_by_which_words_and_when(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await trio.sleep(1)
        await ann.say(2, "Scratch that.").answer()
        note = await told(node)
        n = note.changes[1].n
    assert note.status == "deleted"
    assert note.why.startswith("Shown to nobody")
    assert [(change.event, change.by, change.words, change.at) for change in note.changes] == [
        ("said", EMAIL, None, NOON),
        ("delete", EMAIL, "Scratch that.", NOON + 1_000),
    ]
    assert n is not None
    assert note.made_of_it == "deleted"


async def test_a_correction_says_what_it_changed(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1, "The grade is cold here.").answer()
        await ann.say(2, "Make that a bit warmer.").answer()
        note = await told(node)
    said, edit = note.changes
    assert said.changed == ()
    assert edit.words == "Make that a bit warmer."
    changed = {each.path: (each.old, each.new) for each in edit.changed}
    assert changed["text"] == ("The grade is cold here.", "The grade is cold here. Make that a bit warmer.")
    assert note.frame.frame_in == 1_462


async def test_a_correction_may_move_a_note(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.say(2, "Make that from 1:10 to 1:20.").answer()
        note = await told(node)
    changed = {each.path: (each.old, each.new) for each in note.changes[1].changed}
    assert changed == {"frame_in": (1_462, 1_678), "frame_out": (None, 1_918)}
    assert note.frame.frame_in == 1_462, "as it was at first"
    assert note.moved is not None
    assert (note.moved.frame_in, note.moved.frame_out) == (1_678, 1_918)
    assert (note.moved.media_ms, note.moved.media_end_ms) == (70_000, 80_000)
    assert (note.moved.words, note.moved.n) == ("Make that from 1:10 to 1:20.", note.changes[1].n)


async def test_a_click_has_no_words(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        click(ann, "confirm")
        note = await told(node)
    assert [event for event, _, _ in heard(note)] == ["said", "confirm"]
    assert note.changes[1].words is None


async def test_a_note_whose_session_is_gone_says_what_is_left(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        kept = await reading(node.ledger).note(note_of(SESSION, str(remark_id(1))))
    assert kept is not None
    note = tell_note(CHART, kept, None)
    assert (note.about, note.remark, note.decision) == (None, None, {})
    assert (note.frame.frame_in, note.frame.media_ms) == (1_462, None)
    assert [change.by for change in note.changes] == ["ann@example.com"]
    assert note.origin == Origin(None, "ann@example.com", None, None)
    typed = evolve(kept, note=evolve(kept.note, provenance={"by": "hand"}))
    assert tell_note(CHART, typed, None).origin == Origin("hand", "ann@example.com", None, None)
