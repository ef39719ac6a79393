"""Videos in memory, and who reaches them: kept as `Library` and `Videos` do."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import trio
from attrs import define, evolve, field

from lossy.domain.access import Role
from lossy.domain.library import Entry, Sighting, Status, first, queued_again, seen_again
from lossy.store.library import Known
from lossy.store.videos import Reach, Video


def _nothing_noted(video_id: UUID) -> bool:
    return False


@define(eq=False)
class MemoryLibrary:
    """`is_noted` knows whether notes count in a video's frames; deleted ones too."""

    is_noted: Callable[[UUID], bool] = _nothing_noted
    _entries: dict[UUID, Entry] = field(factory=dict, init=False)
    _shared: dict[tuple[UUID, UUID], Role] = field(factory=dict, init=False)  # by video and user, the latest last

    async def see(self, owner_id: UUID, sighting: Sighting, id: UUID) -> Known:
        await trio.lowlevel.checkpoint()
        shared = self._shared_with(owner_id, sighting)
        if shared is not None:
            return Known(shared, shared)
        return self._know(first(sighting, id, owner_id), lambda entry: seen_again(entry, sighting))

    async def queue(self, owner_id: UUID, named: Sighting, id: UUID) -> Known:
        await trio.lowlevel.checkpoint()
        return self._know(first(named, id, owner_id, Status.QUEUED), queued_again)

    async def set_status(self, owner_id: UUID, id: UUID, status: Status) -> Known | None:
        await trio.lowlevel.checkpoint()
        before = self._entries.get(id)
        if before is None or before.owner_id != owner_id:
            return None
        self._entries[id] = evolve(before, status=status)
        return Known(self._entries[id], before)

    async def reach(self, video_id: UUID, user_id: UUID) -> Reach | None:
        await trio.lowlevel.checkpoint()
        entry = self._entries.get(video_id)
        if entry is None:
            return None
        role = Role.OWNER if entry.owner_id == user_id else self._shared.get((video_id, user_id))
        return None if role is None else Reach(_video(entry), role)

    def share(self, video_id: UUID, user_id: UUID, role: Role) -> None:
        self._shared.pop((video_id, user_id), None)
        self._shared[video_id, user_id] = role

    def _shared_with(self, user_id: UUID, sighting: Sighting) -> Entry | None:
        """Of several the one that was shared last."""
        found = sighting.detected
        for (video_id, user), role in reversed(self._shared.items()):
            entry = self._entries[video_id]
            same = (entry.platform, entry.canonical_id) == (found.platform, found.canonical_id)
            if user == user_id and role is Role.REVIEWER and same:
                return entry
        return None

    def _know(self, new: Entry, again: Callable[[Entry], Entry]) -> Known:
        name = (new.owner_id, new.platform, new.canonical_id)
        before = next((each for each in self._entries.values() if _name(each) == name), None)
        if before is not None:
            before = evolve(before, is_noted=self.is_noted(before.id))
        entry = new if before is None else again(before)
        self._entries[entry.id] = entry
        return Known(entry, before)


def _name(entry: Entry) -> tuple[object, ...]:
    return entry.owner_id, entry.platform, entry.canonical_id


def _video(entry: Entry) -> Video:
    return Video(entry.id, entry.owner_id, entry.url, entry.title, entry.rate)
