"""What is done to a note of a session from outside it, and what the session knows of that."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from attrs import evolve

from lossy.bus.memory import Bus
from lossy.domain.notes import Status
from lossy.domain.quality import DELETIONS
from lossy.sessions.note_access import NoteAccess
from lossy.sessions.note_decisions import Request
from lossy.sessions.note_moves import note_of
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.restore import AGENT
from lossy.store.memory_note_book import MemoryNoteBook
from tests.notes import loses_nothing
from tests.sessions.client import remark_id
from tests.sessions.node import ANN, SESSION, Node, open_node, reach, settled

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.store.videos import Reach

FIRST = note_of(SESSION, str(remark_id(1)))


def desk(node: Node) -> NotesDesk:
    access = NoteAccess(MemoryNoteBook(node.ledger), reach, loses_nothing)
    return NotesDesk(access, node.clock, Bus(), node.roster.live)


def asks(node: Node, by: UUID = ANN) -> Request:
    return Request(by, node.clock.now_ms())


async def test_what_its_reviewer_deletes_on_the_page_is_brought_back_by_word(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await desk(node).delete(asks(node), FIRST)
        await settled()
        answer = await ann.say(2, "undo").answer()
        assert answer == {"command": "undo", "note_id": str(FIRST)}
        assert (node.ledger.notes[FIRST].status, node.ledger.notes[FIRST].version) == (Status.GHOST, 3)
        assert ann.session.states[AGENT].data["deletions"] == {"graphics": 0}


async def test_five_that_are_deleted_on_the_page_raise_their_category_and_what_comes_back_does_not(
    autojump_clock: MockClock,
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        for number in range(1, DELETIONS + 1):
            await ann.say(number).answer()
        for number in range(1, DELETIONS + 1):
            await desk(node).delete(asks(node), note_of(SESSION, str(remark_id(number))))
        await settled()
        assert (await ann.say(10).answer())["decision"]["threshold"] == 0.4
        await desk(node).undo(asks(node), FIRST)
        await settled()
        assert (await ann.say(11).answer())["decision"]["threshold"] == 0.3


async def test_a_note_that_is_deleted_while_it_is_pending_does_not_post_itself(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await desk(node).delete(asks(node), FIRST)
        await settled()
        assert "ready" in ann.session.states[AGENT].active
        await ann.say(2).answer()
        assert [note.status for note in node.ledger.notes.values()] == [Status.DELETED, Status.GHOST]


@pytest.mark.parametrize("where", ["nowhere", "of somebody else"])
async def test_what_is_no_deletion_of_its_own_the_session_does_not_hear_of(
    autojump_clock: MockClock, where: str
) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        away = evolve(desk(node), live=lambda session_id, user_id: None)
        ben = evolve(desk(node), access=NoteAccess(MemoryNoteBook(node.ledger), everybodys, loses_nothing))
        left = await (
            away.delete(asks(node), FIRST) if where == "nowhere" else ben.delete(asks(node, UUID(int=2)), FIRST)
        )
        await settled()
        assert left.status is Status.DELETED
        assert ann.session.states[AGENT].data["deletions"] == {}
        (answer,) = [await ann.say(2, "scratch that").answer()]
        assert answer["command"] == "scratch", "its own chart knows"


async def everybodys(video_id: UUID, user_id: UUID) -> Reach | None:
    return await reach(video_id, ANN)


async def test_a_session_that_has_ended_is_not_told(autojump_clock: MockClock) -> None:
    async with open_node() as node:
        ann = await node.listen()
        await ann.say(1).answer()
        await ann.tell("close").answer()
        await settled()
        gone = evolve(desk(node), live=lambda session_id, user_id: ann.session)
        assert (await gone.delete(asks(node), FIRST)).status is Status.DELETED
