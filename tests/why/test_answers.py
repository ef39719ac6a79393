"""What is told of a note and of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve

from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sessions.note_moves import note_of
from lossy.store.memory import MemoryLedger
from lossy.why.answers import Note, open_case, tell_note, tell_session
from tests.sessions.client import LAPTOP, NOON, PHONE, VAGUE, remark_id
from tests.sessions.node import CHARTS, SESSION, Node, open_node, settled
from tests.why.cases import EMAIL, INITIAL, case_of, click, reading, recorded, speak

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


# -- a note -------------------------------------------------------------------------------------------------------


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
    assert [change.by for change in note.changes] == [str(kept.note.author_id)]


# -- a session ----------------------------------------------------------------------------------------------------


async def test_a_session_counts_what_became_of_speech_and_remarks(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for number, words in enumerate(("The logo is too dark.", "Scratch that.", VAGUE), 1):
            segment = speak(ann, 0, 1_000)
            await trio.sleep(1)
            await ann.say(number, words, segment=segment).answer()
            await trio.sleep(1)
        speak(ann, 0, 100)
        await trio.sleep(1)
        speak(ann, 0, 1_000)
        await trio.sleep(20)
        ann.tell("heartbeat")
        await settled()
        counts = tell_session(await case_of(node.ledger)).counts
    assert (counts.kept, counts.ignored, counts.missing) == (4, {"short": 1}, 1)
    assert (counts.remarks, counts.notes, counts.open) == (3, 1, 0)
    assert (counts.commands, counts.refused) == ({"scratch": 1}, {"low_confidence": 1})
    assert counts.signs_of_life == 1


async def test_a_session_tells_what_befell_it_in_order(autojump_clock: MockClock) -> None:
    ledger = MemoryLedger()
    async with open_node(ledger) as node:
        ann = await node.listen()
        await trio.sleep(1)
        ann.tell("pause")
        ann.tell("resume")
        await trio.sleep(16 * 60)
        ann.tell("context_lost")
        ann.leave()
        await settled()
    async with open_node(ledger) as node:
        await node.join(device=PHONE)
        session = tell_session(await case_of(ledger))
    words = [happening.words for happening in session.happenings]
    assert words[:5] == ["joined", "microphone gained", "started, by click", "paused, by click", "resumed, by click"]
    assert "paused, after silence" in words
    assert words.index("paused, after silence") < words.index("microphone lost: nobody has it") < words.index("left")
    assert "taken over by a node, in epoch 2" in words
    assert session.epochs == (1, 2)
    assert session.about.devices == (str(LAPTOP), str(PHONE))
    assert [happening.n for happening in session.happenings] == sorted(h.n for h in session.happenings)
    assert session.stands is not None
    assert session.stands[0].active == ("idle", "connected")


async def test_an_open_breaker_is_told(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for _ in range(3):
            ann.tell("error", reason="microphone unplugged")
        await trio.sleep(6)
        session = tell_session(await case_of(node.ledger))
    words = [happening.words for happening in session.happenings]
    assert words.count("the extension says: microphone unplugged") == 3
    assert "circuit breaker open: too many errors" in words
    assert "circuit breaker half open: the next segment is the probe" in words


async def test_what_is_not_known_of_a_session_is_said(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        kept = await recorded(node.ledger)
    session = tell_session(open_case(CHARTS, INITIAL, evolve(kept, snapshots={})))
    assert session.doubts == ((1, "its states are not known, for no snapshot from before it is kept"),)
    assert session.stands is None
    assert session.counts.notes == 1
