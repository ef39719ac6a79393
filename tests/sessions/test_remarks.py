"""A reviewer speaks; each remark becomes one note, or one refusal, and its sender learns which."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import trio

from lossy.channels.errors import Code
from lossy.domain.notes import Category, Note, Status, as_payload
from lossy.inference.speech import ONSET_UNCERTAINTY_MS
from lossy.store.memory import MemoryLedger
from tests.sessions.client import NOON, SURE, Asked, remark_id
from tests.sessions.commits import Gate
from tests.sessions.drafting import Drafting
from tests.sessions.node import ANN, CHARTS, SESSION, VIDEO, Node, open_node, settled

if TYPE_CHECKING:
    import pytest
    from trio.testing import MockClock


def only_note(node: Node) -> Note:
    (note,) = node.ledger.notes.values()
    return note


async def test_a_remark_becomes_a_note_at_the_frame_that_was_seen(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        answer = await ann.say(1, "uh the logo is too dark here", media_ms=61_000).answer()
        note = only_note(node)
        assert answer["note_id"] == str(note.id)
        assert (note.video_id, note.session_id, note.author_id) == (VIDEO.id, SESSION, ANN)
        assert (note.transcript, note.text) == ("uh the logo is too dark here", "The logo is too dark here.")
        assert (note.frame_in, note.frame_out, note.rate) == (1462, None, VIDEO.rate)
        assert (note.category, note.status) == (Category.GRAPHICS, Status.GHOST)
        assert note.onset_uncertainty_ms == ONSET_UNCERTAINTY_MS
        assert note.created_at == NOON
        assert await node.ledger.outcome(ANN, remark_id(1)) == answer


async def test_a_client_that_saw_the_frames_says_how_near_the_onset_is(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.say(1, onset_uncertainty_ms=41).answer()
        assert only_note(node).onset_uncertainty_ms == 41


async def test_a_note_knows_where_it_came_from(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.say(1, segment=7).answer()
        provenance = only_note(node).provenance
        stored = await node.ledger.read(SESSION)
        assert stored is not None
        said, drafted = stored.entries[-2:]
        assert (said.event, drafted.event) == ("transcript_final", "done.structuring")
        assert provenance["remark"] == str(remark_id(1))
        assert provenance["segment"] == 7
        assert provenance["entries"] == [said.n, drafted.n]
        assert provenance["charts"] == {name: chart.version for name, chart in CHARTS.items()}
        assert "category: graphics" in provenance["rules"]


async def test_the_bus_carries_the_note_and_the_session_its_id(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.say(1).answer()
        note = only_note(node)
        (created,) = node.published
        assert (created.event, created.payload) == ("note_created", as_payload(note))
        (told,) = ann.pushed("remark")
        assert (told["note_id"], told["remark_id"]) == (str(note.id), str(remark_id(1)))


async def test_nothing_is_said_of_a_note_before_its_commit(autojump_clock: MockClock) -> None:
    gate = Gate("done.structuring")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        asked = ann.say(1)
        await gate.held.wait()
        await trio.sleep(5)
        assert [asked.answers, ann.pushed("remark"), node.published, node.ledger.notes] == [[], [], [], {}]
        gate.opened.set()
        await asked.answer()
        assert ann.pushed("remark")
        assert node.published


async def test_a_critical_event_is_acknowledged_after_its_commit(autojump_clock: MockClock) -> None:
    gate = Gate("speech_start")
    async with open_node(MemoryLedger(gate)) as node:
        ann = await node.join()
        await ann.tell("start").answer()
        told = len(ann.pushes)
        asked = ann.hear("speech_start")
        await gate.held.wait()
        await trio.sleep(5)
        assert not asked.answers
        assert len(ann.pushes) == told
        gate.opened.set()
        assert await asked.answer() == {"accepted_through": 1}
        assert ann.pushes[-1].payload["active"] == ["recording", "connected"]


async def test_pushes_are_numbered_without_a_hole(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        await ann.tell("start").answer()
        for number in range(3):
            await ann.say(number).answer()
        numbered = [push.payload for push in ann.pushes if push.payload.get("type") != "asr_final"]
        numbers = [(payload["push_epoch"], payload["push_seq"]) for payload in numbered]
        assert numbers == [(1, seq) for seq in range(1, len(numbered) + 1)]
        assert len(numbered) >= 5
        assert len(ann.pushes) == len(numbered) + 3, "words are told as they are complete"


async def test_ten_remarks_a_moment_apart_are_ten_notes_in_order(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"Shot {number} is too dark." for number in range(10)]
    Drafting({text: 2.0 - number / 10 for number, text in enumerate(texts)}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        asked = []
        for number, text in enumerate(texts):
            asked.append(ann.say(number, text))
            await trio.sleep(0.1)
        answers = [await said.answer() for said in asked]
        assert [note.transcript for note in node.ledger.notes.values()] == texts
        assert [answer["note_id"] for answer in answers] == [str(id) for id in node.ledger.notes]
        assert [told["remark_id"] for told in ann.pushed("remark")] == [str(remark_id(i)) for i in range(10)]


async def test_words_that_come_after_the_end_are_sent_elsewhere(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.join()
        closed, late = ann.tell("close"), ann.say(1)
        assert await closed.answer() == {}
        assert (await late.answer())["code"] == Code.CONFLICT
        await settled()
        assert ann.endings == ["ended"]
        assert not node.ledger.notes


async def test_what_was_in_hand_at_the_end_is_finished(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Drafting({SURE: 1.0}).use(monkeypatch)
    async with open_node() as node:
        ann = await node.join()
        asked: list[Asked] = [ann.say(1), ann.say(2)]
        await ann.tell("close").answer()
        asked.append(ann.say(3))
        assert not ann.endings
        assert all(["note_id" in await said.answer() for said in asked])
        await settled()
        assert ann.endings == ["ended"]
        assert UUID(ann.pushed("remark")[-1]["note_id"]) in node.ledger.notes


async def test_words_that_come_after_the_end_of_what_was_said_before_it_are_a_note(autojump_clock: MockClock) -> None:
    """Ann turns to another video with her last remark still being transcribed."""
    async with open_node() as node:
        ann = await node.listen()
        ann.hear("speech_start")
        await trio.sleep(1)
        await ann.hear("speech_end").answer()
        await ann.tell("close").answer()
        await trio.sleep(2)
        assert not ann.endings
        assert "note_id" in await ann.say(1, segment=1).answer()
        await settled()
        assert ann.endings == ["ended"]
