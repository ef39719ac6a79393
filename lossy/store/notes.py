"""Notes, as rows and as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from lossy.clock import as_datetime, as_ms
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import Rate
from lossy.store.note_life import Change

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.store.connection import Connection

COLUMNS = (
    "id, video_id, session_id, author_id, text, category, confidence, frame_in, frame_out, rate_num, rate_den,"
    " onset_uncertainty_ms, status, transcript, provenance, created_at, version, updated_at"
)

CHANGE_COLUMNS = (
    "note_id, version, at, by, event, status, text, category, confidence, frame_in, frame_out, request, takes_back"
)
_INSERT = f"INSERT INTO notes ({COLUMNS}, state) VALUES ({', '.join(['%s'] * 19)})"


async def recorded(connection: Connection[Any], note_id: UUID) -> tuple[Change, ...]:
    """Everything that was recorded of a note, in order."""
    cursor = await connection.execute(
        f"SELECT {CHANGE_COLUMNS} FROM note_changes WHERE note_id = %s ORDER BY version",
        (note_id,),
    )
    return tuple(map(read_change, await cursor.fetchall()))


async def insert(connection: Connection[Any], note: Note, state: Mapping[str, Any]) -> None:
    """`state` is that of its chart, as it is stored."""
    await connection.execute(_INSERT, _row(note, state))


async def insert_where_free(connection: Connection[Any], note: Note, state: Mapping[str, Any]) -> bool:
    """False where there is a note of that id, which stays as it is."""
    cursor = await connection.execute(f"{_INSERT} ON CONFLICT (id) DO NOTHING", _row(note, state))
    return cursor.rowcount == 1


def _row(note: Note, state: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        note.id,
        note.video_id,
        note.session_id,
        note.author_id,
        note.text,
        note.category.value,
        note.confidence,
        note.frame_in,
        note.frame_out,
        note.rate.num,
        note.rate.den,
        note.onset_uncertainty_ms,
        note.status.value,
        note.transcript,
        Jsonb(note.provenance),
        as_datetime(note.created_at),
        note.version,
        as_datetime(note.updated_at),
        Jsonb(state),
    )


async def lock(connection: Connection[Any], note_id: UUID) -> tuple[Note, Mapping[str, Any]] | None:
    """The note and the state of its chart, which nobody else moves until the transaction has ended."""
    cursor = await connection.execute(f"SELECT {COLUMNS}, state FROM notes WHERE id = %s FOR UPDATE", (note_id,))
    row = await cursor.fetchone()
    return None if row is None else (read_note(row[:-1]), row[-1])


async def find(connection: Connection[Any], note_id: UUID) -> tuple[Note, Mapping[str, Any]] | None:
    """As `lock`, for whoever only reads."""
    cursor = await connection.execute(f"SELECT {COLUMNS}, state FROM notes WHERE id = %s", (note_id,))
    row = await cursor.fetchone()
    return None if row is None else (read_note(row[:-1]), row[-1])


async def of_session(connection: Connection[Any], session_id: UUID) -> list[tuple[Note, Mapping[str, Any]]]:
    """All of its notes, the deleted ones too, in the order in which they were made, with the states of their chart."""
    query = f"SELECT {COLUMNS}, state FROM notes WHERE session_id = %s ORDER BY created_at, id"
    return [(read_note(row[:-1]), row[-1]) async for row in await connection.execute(query, (session_id,))]


async def update(connection: Connection[Any], note: Note, state: Mapping[str, Any]) -> None:
    """What may change of a note."""
    await connection.execute(
        "UPDATE notes SET text = %s, category = %s, confidence = %s, frame_in = %s, frame_out = %s, status = %s,"
        " transcript = %s, version = %s, updated_at = %s, state = %s, changed_in = pg_current_xact_id() WHERE id = %s",
        (
            note.text,
            note.category.value,
            note.confidence,
            note.frame_in,
            note.frame_out,
            note.status.value,
            note.transcript,
            note.version,
            as_datetime(note.updated_at),
            Jsonb(state),
            note.id,
        ),
    )


def read_note(row: tuple[Any, ...]) -> Note:
    *head, num, den, uncertainty, status, transcript, provenance, created_at, version, updated_at = row
    id, video_id, session_id, author_id, text, category, confidence, frame_in, frame_out = head
    return Note(
        id=id,
        video_id=video_id,
        session_id=session_id,
        author_id=author_id,
        text=text,
        category=Category(category),
        confidence=confidence,
        frame_in=frame_in,
        frame_out=frame_out,
        rate=Rate(num, den),
        onset_uncertainty_ms=uncertainty,
        status=Status(status),
        transcript=transcript,
        provenance=provenance,
        created_at=as_ms(created_at),
        version=version,
        updated_at=as_ms(updated_at),
    )


def read_change(row: tuple[Any, ...]) -> Change:
    note_id, version, at, by, event, status, text, category, *rest = row
    return Change(note_id, version, as_ms(at), by, event, Status(status), text, Category(category), *rest)
