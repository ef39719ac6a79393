"""Who may do what with which note. What somebody may not reach looks like what there is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.channels.errors import forbidden, not_found
from lossy.domain.access import Action, Role, may, may_change
from lossy.domain.notes import Status
from lossy.store.note_book import NoteBook
from lossy.store.videos import Reach, Video

if TYPE_CHECKING:
    from lossy.domain.notes import Note


Reaching = Callable[[UUID, UUID], Awaitable[Reach | None]]  # (video, user)
Losing = Callable[[UUID], Awaitable[frozenset[UUID]]]  # videos, by user


@frozen(eq=False)
class NoteAccess:
    """Each raises Refusal: not_found for a stranger, forbidden for a role without the right."""

    book: NoteBook
    reach: Reaching
    lost_by: Losing  # those with notes of theirs that they do not reach any more

    async def video(self, who: UUID, video_id: UUID, action: Action) -> Video:
        reach = await self._reach(who, video_id)
        if not reach.may(action):
            raise forbidden()
        return reach.video

    async def to_read(self, who: UUID, note_id: UUID) -> Note:
        """A note that is deleted is shown to those only who may change it."""
        note, role = await self._find(who, note_id)
        if note.status is Status.DELETED and not may_change(role, own=note.author_id == who):
            raise not_found()
        return note

    async def to_change(self, who: UUID, note_id: UUID) -> Note:
        note, role = await self._find(who, note_id)
        if not may_change(role, own=note.author_id == who):
            raise forbidden()
        return note

    async def to_post(self, who: UUID, note_id: UUID) -> Note:
        note, role = await self._find(who, note_id)
        if not may(role, Action.POST):
            raise forbidden()
        return note

    async def _find(self, who: UUID, note_id: UUID) -> tuple[Note, Role]:
        note = await self.book.find(note_id)
        if note is None:
            raise not_found()
        return note, (await self._reach(who, note.video_id)).role

    async def _reach(self, who: UUID, video_id: UUID) -> Reach:
        reach = await self.reach(video_id, who)
        if reach is None:
            raise not_found()
        return reach
