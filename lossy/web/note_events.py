"""What a person does to notes, whichever channel they say it on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.channels.errors import rate_limited
from lossy.channels.note_payloads import DeleteNote, GetChanges, MergeNotes, UndoNote, UpdateNote
from lossy.store.pool import StoreError
from lossy.web import note_wire as wire
from lossy.web.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from lossy.channels.note_payloads import CreateNote, GetNotes, NoteRequest, NoteWording
    from lossy.domain.note_query import Order
    from lossy.sessions.note_decisions import Request


# About the time in which a database restarts.
AWAY_RETRY_MS = 1_000


@contextmanager
def told_when_away() -> Iterator[None]:
    """On a channel, a database that cannot be asked is no end of that. Raises Refusal (rate_limited)."""
    try:
        yield
    except StoreError:
        raise rate_limited(AWAY_RETRY_MS) from None


@frozen(eq=False)
class NoteEvents:
    """Each answers, or raises Refusal as the desk and the reading do."""

    node: Node
    who: UUID

    async def change(self, asked: UpdateNote | DeleteNote | UndoNote | MergeNotes) -> Mapping[str, Any]:
        desk, request = self.node.desk, self._request(asked)
        match asked:
            case UpdateNote():
                note = await desk.edit(request, asked.note_id, wire.wording_of(asked))
            case DeleteNote():
                note = await desk.delete(request, asked.note_id)
            case UndoNote():
                note = await desk.undo(request, asked.note_id)
            case MergeNotes():
                note = await desk.merge(request, asked.note_id, asked.into)
        return wire.left(note)

    def _request(self, asked: NoteWording | NoteRequest) -> Request:
        return wire.request_of(self.who, self.node.clock.now_ms(), asked)

    async def create(self, video_id: UUID, asked: CreateNote) -> Mapping[str, Any]:
        return wire.left(await self.node.desk.create(self.who, wire.draft_of(video_id, asked)))

    async def of_video(self, video_id: UUID, asked: GetNotes) -> Mapping[str, Any]:
        return wire.page_told(await self.node.reading.of_video(self.who, video_id, wire.query_of(asked)))

    async def own(self, asked: GetNotes, order: Order | None = None) -> Mapping[str, Any]:
        return wire.page_told(await self.node.reading.of_author(self.who, wire.query_of(asked, order)))

    async def changes(self, video_id: UUID, asked: GetChanges) -> Mapping[str, Any]:
        seen, further = wire.since_of(asked)
        after = None if further is None else further.after
        changes = await self.node.reading.since(self.who, video_id, seen, after)
        if changes is None:
            raise wire.unknown_version()
        return wire.changes_told(changes, further)
