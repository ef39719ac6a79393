"""The two ledgers, each over a store that has Ann, Ben and two videos of Ann's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.app import migrate_pool
from lossy.charts.model import State
from lossy.domain.notes import Note
from lossy.domain.timecode import Rate
from lossy.settings import Posting
from lossy.store import notes as notes_module
from lossy.store.journal import PostgresLedger
from lossy.store.journal_reading import Film, JournalReading, PostgresJournalReading
from lossy.store.lease import Lease, LocalNode, PostgresLease
from lossy.store.ledger import Commit, Ledger
from lossy.store.memory import MemoryLedger
from lossy.store.memory_journal_reading import MemoryJournalReading
from lossy.store.note_life import Change, note_life
from lossy.store.pool import StoreError
from lossy.store.postgres_note_book import PostgresNoteBook

if TYPE_CHECKING:
    import trio

    from lossy.store.pool import Pool

REFUSE = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$"
)
ANN, BEN, VIDEO, OTHER_VIDEO = (UUID(int=i) for i in range(1, 5))


@frozen
class Recorded:
    """What is kept of a note: itself, where its chart is, every change, and what was decided by and came of it."""

    note: Note
    state: State
    changes: Sequence[Change]
    outcome: tuple[str, float | None]


@frozen
class OnNode:
    """The ledger as a node has it, and that node's lease."""

    ledger: Ledger
    lease: Lease


@frozen
class Kept:
    """A ledger, and how to read all notes of the first video, and everything about one. `beside` gives other nodes, and
    `reading` is for whoever asks why. While it is `refusing`, no commit can be serialized, however often it is tried.
    """

    ledger: Ledger
    beside: Callable[[LocalNode], OnNode]
    notes: Callable[[], Awaitable[Sequence[Note]]]
    recorded: Callable[[UUID], Awaitable[Recorded]]
    reading: JournalReading
    refusing: Callable[[], AbstractAsyncContextManager[None]]


def in_memory() -> Kept:
    ledger = MemoryLedger()

    async def notes() -> Sequence[Note]:
        return [note for note in ledger.notes.values() if note.video_id == VIDEO]

    async def recorded(note_id: UUID) -> Recorded:
        note, (came_of_it, threshold) = ledger.notes[note_id], ledger.outcomes[note_id]
        return Recorded(note, ledger.life_of(note_id), ledger.changes[note_id], (came_of_it.value, threshold))

    def beside(node: LocalNode) -> OnNode:
        other = ledger.beside(node)
        return OnNode(other, other)

    @asynccontextmanager
    async def refusing() -> AsyncIterator[None]:
        async def refuse(commit: Commit) -> None:
            raise StoreError("could not serialize access")

        before, ledger.before_commit = ledger.before_commit, refuse
        yield
        ledger.before_commit = before

    film = Film(VIDEO, "cut", f"https://example.com/{VIDEO}", Rate(25))
    reading = MemoryJournalReading(ledger, {VIDEO: film}, {ANN: f"{ANN}@example.com"})
    return Kept(ledger, beside, notes, recorded, reading, refusing)


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
    ledger, book = PostgresLedger(pool), PostgresNoteBook(pool, note_life(Posting()))
    nursery.start_soon(ledger.run)

    async def notes() -> Sequence[Note]:
        return (await book.first_page(VIDEO)).notes

    async def recorded(note_id: UUID) -> Recorded:
        async with pool.lend() as connection, connection.transaction():
            found = await notes_module.lock(connection, note_id)
            outcomes = "SELECT outcome, threshold FROM note_outcomes WHERE note_id = %s"
            outcome = await (await connection.execute(outcomes, (note_id,))).fetchone()
        assert found is not None
        assert outcome is not None
        note, stored = found
        changes = [*await book.history(note_id)][::-1]
        return Recorded(note, note_life(Posting()).read(note, stored), changes, (outcome[0], outcome[1]))

    def beside(node: LocalNode) -> OnNode:
        other = PostgresLedger(pool, node=node)
        nursery.start_soon(other.run)
        return OnNode(other, PostgresLease(pool, node))

    @asynccontextmanager
    async def refusing() -> AsyncIterator[None]:
        async with pool.lend() as connection:
            await connection.execute(REFUSE)
            await connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON journal EXECUTE FUNCTION refuse()")
            yield
            await connection.execute("DROP TRIGGER refuse ON journal")

    return Kept(ledger, beside, notes, recorded, PostgresJournalReading(pool), refusing)
