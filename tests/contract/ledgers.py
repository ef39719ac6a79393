"""The two ledgers, each over a store that has Ann, Ben and two videos of Ann's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.app import migrate_pool
from lossy.domain.notes import Note
from lossy.store.journal import PostgresLedger
from lossy.store.ledger import Ledger
from lossy.store.memory import MemoryLedger
from lossy.store.notes import Notes

if TYPE_CHECKING:
    import trio

    from lossy.store.pool import Pool

ANN, BEN, VIDEO, OTHER_VIDEO = (UUID(int=i) for i in range(1, 5))


@frozen
class Kept:
    """A ledger, and how to read all notes of the first video."""

    ledger: Ledger
    notes: Callable[[], Awaitable[Sequence[Note]]]


def in_memory() -> Kept:
    ledger = MemoryLedger()

    async def notes() -> Sequence[Note]:
        return [note for note in ledger.notes.values() if note.video_id == VIDEO]

    return Kept(ledger, notes)


async def in_postgres(pool: Pool, nursery: trio.Nursery) -> Kept:
    await migrate_pool(pool)
    async with pool.lend() as connection:
        for user in (ANN, BEN):
            insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
            await connection.execute(insert, (user, f"{user}@example.com"))
        for video in (VIDEO, OTHER_VIDEO):
            insert = (
                "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den) VALUES (%s, %s, %s, 'cut', 25, 1)"
            )
            await connection.execute(insert, (video, ANN, f"https://example.com/{video}"))
    ledger = PostgresLedger(pool)
    nursery.start_soon(ledger.run)

    async def notes() -> Sequence[Note]:
        return (await Notes(pool).first_page(VIDEO)).notes

    return Kept(ledger, notes)
