"""A node with notes in memory. Its user owns the videos, Ben reviews them and Vic looks on."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import evolve, field, frozen

from lossy.domain.access import Role
from lossy.sessions.note_access import NoteAccess
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.notes_reading import NotesReading
from lossy.sessions.summaries import Summaries
from lossy.store.memory_note_book import MemoryNoteBook
from lossy.store.videos import Reach
from lossy.web.auth import Identity, make_token
from lossy.web.node import Node
from tests.notes import LIFE, loses_nothing, make_video
from tests.web.peers import DEVICE, USER, make_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.domain.notes import Note

VIDEO, OTHER_VIDEO = make_video(USER), make_video(USER, url="https://example.com/other.mp4")
BEN, VIC, STRANGER = UUID(int=21), UUID(int=22), UUID(int=23)
ROLES = {USER: Role.OWNER, BEN: Role.REVIEWER, VIC: Role.VIEWER}
TOPIC = f"notes:video:{VIDEO.id}"


@frozen
class Notebook:
    node: Node
    book: MemoryNoteBook = field(factory=MemoryNoteBook)

    def said(self, *notes: Note) -> None:
        """As they were saved, whoever made them."""
        for note in notes:
            self.book.ledger.keep(LIFE.begin(note, self_firming=False))

    def token(self, user: UUID) -> str:
        return make_token(self.node, Identity(user, DEVICE))[0]


async def reach(video_id: UUID, user_id: UUID) -> Reach | None:
    await trio.lowlevel.checkpoint()
    videos = {video.id: video for video in (VIDEO, OTHER_VIDEO)}
    return Reach(videos[video_id], ROLES[user_id]) if video_id in videos and user_id in ROLES else None


@asynccontextmanager
async def open_notebook(book: MemoryNoteBook | None = None) -> AsyncIterator[Notebook]:
    node, book = make_node(), book or MemoryNoteBook()
    access, summaries = NoteAccess(book, reach, loses_nothing), Summaries(book, node.bus)
    desk, reading = NotesDesk(access, node.clock, node.bus), NotesReading(access)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(summaries.run)
        yield Notebook(evolve(node, notes=book, reading=reading, desk=desk, summaries=summaries), book)
        nursery.cancel_scope.cancel()
