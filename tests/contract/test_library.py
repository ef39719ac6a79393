"""The library and who reaches its videos: in PostgreSQL, and in memory for the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
import trio
from attrs import evolve, frozen

from lossy.domain.access import Role
from lossy.domain.library import Entry, Sighting, Status, sighting
from lossy.domain.timecode import Rate
from lossy.store.library import Library
from lossy.store.memory_library import MemoryLibrary
from lossy.store.pool import open_pool
from lossy.store.videos import Reach, Videos

ANN, BEN = UUID(int=1), UUID(int=2)
WATCH, SHORT = "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=x"


@frozen(eq=False)
class Shelved:
    library: Any
    reach: Callable[[UUID, UUID], Awaitable[Reach | None]]
    share: Callable[[UUID, UUID, Role], Awaitable[None]]


@pytest.fixture
async def shelved(conninfo: str | None) -> AsyncIterator[Shelved]:
    if conninfo is None:
        memory = MemoryLibrary()

        async def share_here(video_id: UUID, user_id: UUID, role: Role) -> None:
            await trio.lowlevel.checkpoint()
            memory.share(video_id, user_id, role)

        yield Shelved(memory, memory.reach, share_here)
        return
    async with open_pool(conninfo, size=2) as pool:

        async def share(video_id: UUID, user_id: UUID, role: Role) -> None:
            async with pool.lend() as connection:
                insert = "INSERT INTO shares (video_id, user_id, role) VALUES (%s, %s, %s)"
                await connection.execute(insert, (video_id, user_id, role.value))

        async with pool.lend() as connection:
            for user in (ANN, BEN):
                insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
                await connection.execute(insert, (user, f"{user}@example.com"))
        yield Shelved(Library(pool), Videos(pool).reach, share)


def look(url: str, title: str = "cut") -> Sighting:
    seen = sighting(url, title, Rate(25))
    assert seen is not None
    return seen


def timeless(entry: Entry) -> Entry:
    """Without what the database counts for lists."""
    return evolve(entry, created_at=0, last_seen_at=0, notes=0, is_noted=False)


async def test_a_video_is_one_whatever_page_showed_it(shelved: Shelved) -> None:
    first = await shelved.library.see(ANN, look(WATCH), UUID(int=10))
    again = await shelved.library.see(ANN, look(SHORT, "the cut"), UUID(int=11))
    assert first.before is None
    assert again.before is not None
    assert timeless(again.before) == timeless(first.entry)
    assert (again.entry.id, again.entry.title, again.entry.page_url) == (UUID(int=10), "the cut", SHORT)


async def test_each_owner_has_their_own(shelved: Shelved) -> None:
    anns = await shelved.library.see(ANN, look(WATCH), UUID(int=10))
    bens = await shelved.library.see(BEN, look(WATCH), UUID(int=11))
    assert (anns.entry.id, bens.entry.id) == (UUID(int=10), UUID(int=11))
    assert await shelved.reach(UUID(int=10), BEN) is None
    assert await shelved.reach(UUID(int=12), ANN) is None


async def test_what_is_queued_is_active_once_it_is_seen(shelved: Shelved) -> None:
    queued = await shelved.library.queue(ANN, look(WATCH), UUID(int=10))
    seen = await shelved.library.see(ANN, look(WATCH), UUID(int=11))
    assert (queued.entry.status, seen.entry.status) == (Status.QUEUED, Status.ACTIVE)


async def test_only_its_owner_sets_a_status(shelved: Shelved) -> None:
    await shelved.library.see(ANN, look(WATCH), UUID(int=10))
    assert await shelved.library.set_status(BEN, UUID(int=10), Status.ARCHIVED) is None
    changed = await shelved.library.set_status(ANN, UUID(int=10), Status.ARCHIVED)
    assert changed.entry.status is Status.ARCHIVED
    assert changed.before.status is Status.ACTIVE


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.EDITOR, Role.VIEWER])
async def test_what_is_shared_is_reached_in_its_role(shelved: Shelved, role: Role) -> None:
    await shelved.library.see(ANN, look(WATCH), UUID(int=10))
    await shelved.share(UUID(int=10), BEN, role)
    reach = await shelved.reach(UUID(int=10), BEN)
    assert reach is not None
    assert (reach.role, reach.video.owner_id) == (role, ANN)


async def test_what_was_shared_for_review_comes_before_ones_own(shelved: Shelved) -> None:
    await shelved.library.see(ANN, look(WATCH), UUID(int=10))
    await shelved.share(UUID(int=10), BEN, Role.REVIEWER)
    assert (await shelved.library.see(BEN, look(SHORT), UUID(int=11))).entry.id == UUID(int=10)


async def test_what_was_shared_to_look_at_does_not(shelved: Shelved) -> None:
    await shelved.library.see(ANN, look(WATCH), UUID(int=10))
    await shelved.share(UUID(int=10), BEN, Role.EDITOR)
    assert (await shelved.library.see(BEN, look(SHORT), UUID(int=11))).entry.id == UUID(int=11)
