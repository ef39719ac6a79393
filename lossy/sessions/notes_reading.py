"""What people may read of notes: pages of them, what has changed, what became of one, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from lossy.domain.access import Action
from lossy.domain.note_query import MOST, Page, Query, Summary
from lossy.sessions.note_access import NoteAccess
from lossy.store.note_book import LATEST, Changes, Whose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from lossy.domain.notes import Note
    from lossy.domain.seen import Seen
    from lossy.store.note_life import Change


@frozen(eq=False)
class NotesReading:
    """Each raises Refusal: not_found for what is not there or not theirs."""

    access: NoteAccess

    async def of_video(self, who: UUID, video_id: UUID, query: Query) -> Page:
        await self.access.video(who, video_id, Action.READ)
        return await self.access.book.page(Whose(video=video_id), query)

    async def of_author(self, who: UUID, query: Query) -> Page:
        """Their own, on every video that they reach."""
        return await self.access.book.page(Whose(author=who, without=await self.access.lost_by(who)), query)

    async def since(self, who: UUID, video_id: UUID, seen: Seen, after: UUID | None = None) -> Changes | None:
        """None where nothing is known of that, and whoever asks has to read all of it anew."""
        await self.access.video(who, video_id, Action.READ)
        return await self.access.book.since(video_id, seen, MOST, after=after)

    async def summary(self, who: UUID, video_id: UUID) -> Summary:
        await self.access.video(who, video_id, Action.READ)
        return (await self.access.book.summaries((video_id,)))[video_id]

    async def history(
        self, who: UUID, note_id: UUID, before: int | None = None, limit: int = LATEST
    ) -> tuple[Note, Sequence[Change]]:
        """The latest change first; `before` a version."""
        note = await self.access.to_read(who, note_id)
        return note, await self.access.book.history(note_id, before=before, limit=limit)
