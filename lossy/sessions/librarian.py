"""The videos of each user as they are changed, and what is told of it on all their devices."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from attrs import frozen

from lossy.bus.memory import Bus
from lossy.channels.errors import invalid, not_found
from lossy.channels.topics import User
from lossy.domain.library import Entry, Sighting, Status, as_payload, looks_same
from lossy.store.library import BadCursor, Known, Library, Shelf, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

UPDATED, QUEUED = "video_updated", "video_queued"


@frozen(eq=False)
class Librarian:
    store: Library
    bus: Bus

    async def see(self, user_id: UUID, sighting: Sighting) -> Known:
        """A page of theirs showed it."""
        known = await self.store.see(user_id, sighting, uuid4())
        if known.before is None or not looks_same(known.before, known.entry):
            self._tell(UPDATED, known.entry)
        return known

    async def queue(self, user_id: UUID, named: Sighting) -> Entry:
        """They want to review it later."""
        known = await self.store.queue(user_id, named, uuid4())
        self._tell(QUEUED, known.entry)
        return known.entry

    async def set_status(self, user_id: UUID, video_id: UUID, status: Status) -> Entry:
        """Raises Refusal (not_found)."""
        known = await self.store.set_status(user_id, video_id, status)
        if known is None:
            raise not_found()
        if known.before is None or known.before.status is not status:
            self._tell(UPDATED, known.entry)
        return known.entry

    async def shelf(self, user_id: UUID, wanted: Wanted, cursor: str | None, limit: int) -> Shelf:
        """Raises Refusal (invalid)."""
        try:
            return await self.store.shelf(user_id, wanted, cursor, limit)
        except BadCursor as error:
            raise invalid("cursor", str(error)) from None

    def _tell(self, event: str, entry: Entry) -> None:
        payload: Mapping[str, object] = as_payload(entry)
        self.bus.publish(str(User(entry.owner_id)), event, payload)
