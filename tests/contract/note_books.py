"""The two note books, each with a desk before it. Ann owns the videos; Ben reviews them, Eve edits, Vic looks on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import evolve, field, frozen

from lossy.bus.memory import Bus
from lossy.clock import Clock
from lossy.domain.access import Role
from lossy.domain.timecode import Rate
from lossy.sessions.note_access import NoteAccess
from lossy.sessions.note_draft import Draft
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.notes_reading import NotesReading
from lossy.settings import Posting
from lossy.store.memory import MemoryLedger
from lossy.store.memory_note_book import MemoryNoteBook
from lossy.store.note_book import NoteBook
from lossy.store.note_life import note_life
from lossy.store.pool import Pool
from lossy.store.postgres_note_book import PostgresNoteBook
from lossy.store.videos import Reach, Video
from tests.contract.ledgers import ANN, BEN, OTHER_VIDEO, VIDEO, Kept

if TYPE_CHECKING:
    from lossy.bus.memory import Published
    from lossy.domain.notes import Note

EVE, VIC, STRANGER = (UUID(int=i) for i in range(20, 23))
ROLES = {ANN: Role.OWNER, BEN: Role.REVIEWER, EVE: Role.EDITOR, VIC: Role.VIEWER}
NOW_MS = 1_763_650_000_000
PAL = Rate(25)


@frozen(eq=False)
class Told:
    """What was told on a topic, in order."""

    heard: list[tuple[str, Any]] = field(factory=list)

    def __call__(self, published: Published) -> None:
        self.heard.append((published.broadcast.event, published.broadcast.payload))


class Stopped(Clock):
    """It is always the same moment, however busy the machine is."""

    def now_ms(self) -> int:
        return self.wall_ms


@frozen(eq=False)
class Booked:
    """`kept` is the ledger that writes into the same book, and `days` after how many ghosts of its user expire."""

    book: NoteBook
    desk: NotesDesk
    reading: NotesReading
    bus: Bus
    kept: Kept
    days: dict[UUID, int]
    lost: dict[UUID, frozenset[UUID]]  # videos that were taken away, by user
    pool: Pool | None = None

    async def expire_after(self, user: UUID, days: int) -> None:
        self.days[user] = days
        if self.pool is not None:
            async with self.pool.lend() as connection:
                insert = "INSERT INTO user_settings (user_id, version, chosen) VALUES (%s, 1, %s)"
                await connection.execute(insert, (user, f'{{"ghost_expiry_days": {days}}}'))


async def reach(video_id: UUID, user_id: UUID) -> Reach | None:
    if user_id not in ROLES or video_id not in (VIDEO, OTHER_VIDEO):
        return None
    return Reach(Video(video_id, ANN, "https://example.com/cut", "cut", PAL), ROLES[user_id])


def booked(kept: Kept, pool: Pool | None) -> Booked:
    """In PostgreSQL where there is a pool."""
    days: dict[UUID, int] = {}
    if pool is None:
        assert isinstance(kept.ledger, MemoryLedger)
        book: NoteBook = MemoryNoteBook(kept.ledger, lambda author: days.get(author, 0))
    else:
        book = PostgresNoteBook(pool, note_life(Posting()))
    lost: dict[UUID, frozenset[UUID]] = {}

    async def lost_by(user_id: UUID) -> frozenset[UUID]:
        await trio.lowlevel.checkpoint()
        return lost.get(user_id, frozenset())

    bus, access = Bus(), NoteAccess(book, reach, lost_by)
    return Booked(book, NotesDesk(access, Stopped(NOW_MS), bus), NotesReading(access), bus, kept, days, lost, pool)


async def add_people(pool: Pool) -> None:
    async with pool.lend() as connection:
        for user in (EVE, VIC):
            insert = "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')"
            await connection.execute(insert, (user, f"{user}@example.com"))


def note_id(n: int) -> UUID:
    """A UUID of version 7."""
    return UUID(int=(n << 80) | (0x7 << 76) | (0x2 << 62) | n)


def draft(n: int, **chosen: Any) -> Draft:
    text = chosen.pop("text", f"Note {n}.")
    frames = chosen.pop("frames", (n * 10, None))
    return evolve(Draft(note_id(n), VIDEO, text, frames=frames), **chosen)


def texts(notes: tuple[Note, ...]) -> list[str]:
    return [note.text for note in notes]
