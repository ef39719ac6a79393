"""All that is kept of a session, for whoever asks why; nothing here is changed (H3).

Two implementations: `PostgresJournalReading` here, and `lossy.store.memory_journal_reading` for tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import psycopg
from attrs import evolve, field, frozen

from lossy.clock import as_ms
from lossy.domain.notes import Note
from lossy.domain.timecode import Rate
from lossy.store import notes
from lossy.store.ledger import Entry
from lossy.store.note_life import Change
from lossy.store.pool import Pool, StoreError

if TYPE_CHECKING:
    from lossy.store.connection import Connection

ENTRY_COLUMNS = "epoch, n, at, chart, event, payload, device_id, seq, taken"


@frozen
class Settled:
    """What became of a remark, with which entry."""

    remark_id: UUID
    n: int
    outcome: Mapping[str, Any]


@frozen
class Changed:
    """A change of a note, and the entry that it was committed with, where it was by a session."""

    change: Change
    session_id: UUID | None
    n: int | None


@frozen
class KeptNote:
    """A note, deleted or not: itself, the state of its chart as it is stored, its changes in order, and what was
    recorded of the decision to keep it: the threshold, and what its author made of it.
    """

    note: Note
    state: Mapping[str, Any]
    changes: tuple[Changed, ...]
    threshold: float | None
    outcome: str | None
    people: Mapping[UUID, str] = field(factory=dict)  # e-mail addresses of its author and of who changed it


@frozen
class Film:
    id: UUID
    title: str
    url: str
    rate: Rate


@frozen
class Recorded:
    """A session from its beginning. Times in ms since the Unix epoch.

    `epochs` are those in which the entries were written; `snapshots` are by the number of the entry they include.
    `held` is whether a node holds it that is alive; `people` are e-mail addresses.
    """

    session_id: UUID
    user_id: UUID
    film: Film
    created_at: int
    ended_at: int | None
    held: bool
    entries: tuple[Entry, ...]
    epochs: tuple[int, ...]
    snapshots: Mapping[int, Mapping[str, Any]]
    settled: tuple[Settled, ...]
    notes: tuple[KeptNote, ...]
    people: Mapping[UUID, str]


class JournalReading(Protocol):
    """Each answer is of one instant. All raise StoreError."""

    async def session(self, session_id: UUID) -> Recorded | None: ...

    async def note(self, note_id: UUID) -> KeptNote | None: ...

    async def sessions_of(self, remark_id: UUID) -> Sequence[UUID]:
        """Those in which the remark was said or settled, the earliest first."""


class OldDatabase(StoreError):
    """It lacks a table of today's."""


@frozen(eq=False)
class PostgresJournalReading:
    pool: Pool

    async def session(self, session_id: UUID) -> Recorded | None:
        try:
            async with self.pool.lend() as connection, connection.transaction():
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return await _session(connection, session_id)
        except psycopg.errors.UndefinedTable:
            raise OldDatabase("the database is of an earlier version: `lossy migrate` brings it up to date") from None

    async def note(self, note_id: UUID) -> KeptNote | None:
        async with self.pool.lend() as connection, connection.transaction():
            found = await notes.find(connection, note_id)
            if found is None:
                return None
            (kept,) = await _kept(connection, [found])
            return evolve(kept, people=await _people_of(connection, note_id))

    async def sessions_of(self, remark_id: UUID) -> Sequence[UUID]:
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id FROM sessions WHERE id IN (SELECT session_id FROM remarks WHERE id = %(id)s UNION"
                " SELECT session_id FROM journal WHERE event = 'transcript_final' AND payload ->> 'id' = %(id)s::text)"
                " ORDER BY created_at, id",
                {"id": remark_id},
            )
            return [id for (id,) in await cursor.fetchall()]


async def _session(connection: Connection[Any], session_id: UUID) -> Recorded | None:
    cursor = await connection.execute(
        "SELECT user_id, video_id, sessions.created_at, ended_at,"
        " EXISTS (SELECT FROM nodes WHERE nodes.id = node AND expires_at > now()), title, url, rate_num, rate_den"
        " FROM sessions JOIN videos ON videos.id = video_id WHERE sessions.id = %s",
        (session_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    user_id, video_id, created_at, ended_at, held, title, url, *rate = row
    entries, epochs = await _entries(connection, session_id)
    return Recorded(
        session_id=session_id,
        user_id=user_id,
        film=Film(video_id, title, url, Rate(*rate)),
        created_at=as_ms(created_at),
        ended_at=None if ended_at is None else as_ms(ended_at),
        held=held,
        entries=entries,
        epochs=epochs,
        snapshots=await _snapshots(connection, session_id),
        settled=await _settled(connection, session_id),
        notes=await _kept(connection, await notes.of_session(connection, session_id)),
        people=await _people(connection, session_id),
    )


async def _entries(connection: Connection[Any], session_id: UUID) -> tuple[tuple[Entry, ...], tuple[int, ...]]:
    cursor = await connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM journal WHERE session_id = %s ORDER BY n", (session_id,)
    )
    rows = await cursor.fetchall()
    return tuple(read_entry(session_id, row) for row in rows), tuple(row[0] for row in rows)


def read_entry(session_id: UUID, row: tuple[Any, ...]) -> Entry:
    """From the values of ENTRY_COLUMNS, the first of which is the epoch that it was written in."""
    _, n, at, chart, event, payload, device_id, seq, taken = row
    return Entry(session_id, n, at, chart, event, payload, device_id, seq, tuple(taken))


async def _snapshots(connection: Connection[Any], session_id: UUID) -> Mapping[int, Mapping[str, Any]]:
    cursor = await connection.execute("SELECT n, snapshot FROM snapshots WHERE session_id = %s", (session_id,))
    return dict(await cursor.fetchall())


async def _settled(connection: Connection[Any], session_id: UUID) -> tuple[Settled, ...]:
    cursor = await connection.execute(
        "SELECT id, n, outcome FROM remarks WHERE session_id = %s ORDER BY n, id", (session_id,)
    )
    return tuple(Settled(*row) for row in await cursor.fetchall())


async def _people(connection: Connection[Any], session_id: UUID) -> Mapping[UUID, str]:
    """Whose session it is, and whoever changed a note of it."""
    cursor = await connection.execute(
        "SELECT id, email FROM users WHERE id = (SELECT user_id FROM sessions WHERE id = %(id)s) OR id IN"
        " (SELECT by FROM note_changes JOIN notes ON notes.id = note_id WHERE notes.session_id = %(id)s)",
        {"id": session_id},
    )
    return dict(await cursor.fetchall())


async def _people_of(connection: Connection[Any], note_id: UUID) -> Mapping[UUID, str]:
    cursor = await connection.execute(
        "SELECT id, email FROM users WHERE id = (SELECT author_id FROM notes WHERE id = %(id)s)"
        " OR id IN (SELECT by FROM note_changes WHERE note_id = %(id)s)",
        {"id": note_id},
    )
    return dict(await cursor.fetchall())


async def _kept(connection: Connection[Any], found: Sequence[tuple[Note, Mapping[str, Any]]]) -> tuple[KeptNote, ...]:
    """The notes with what is recorded of them; each comes with the state of its chart."""
    ids = [note.id for note, _ in found]
    cursor = await connection.execute(
        f"SELECT {notes.CHANGE_COLUMNS}, session_id, n FROM note_changes WHERE note_id = ANY(%s) ORDER BY version",
        (ids,),
    )
    changes = [Changed(notes.read_change(row[:-2]), row[-2], row[-1]) for row in await cursor.fetchall()]
    cursor = await connection.execute(
        "SELECT note_id, threshold, outcome FROM note_outcomes WHERE note_id = ANY(%s)", (ids,)
    )
    outcomes = {id: (threshold, outcome) for id, threshold, outcome in await cursor.fetchall()}
    return tuple(
        KeptNote(
            note,
            state,
            tuple(changed for changed in changes if changed.change.note_id == note.id),
            *outcomes.get(note.id, (None, None)),
        )
        for note, state in found
    )
