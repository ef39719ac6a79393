"""Notes, as rows and as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime, as_ms
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import Rate

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

FIRST_PAGE = 100

_COLUMNS = (
    "id, video_id, session_id, author_id, text, category, confidence, frame_in, frame_out, rate_num, rate_den,"
    " onset_uncertainty_ms, status, transcript, provenance, created_at"
)


@frozen
class Page:
    """Notes in the order of the film; `cursor` is where the next page begins, None on the last one."""

    notes: tuple[Note, ...]
    cursor: str | None
    total: int


class Notes:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def first_page(self, video_id: UUID, limit: int = FIRST_PAGE) -> Page:
        async with self._pool.lend() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # the count fits the page
            cursor = await connection.execute("SELECT count(*) FROM notes WHERE video_id = %s", (video_id,))
            counted = await cursor.fetchone()
            cursor = await connection.execute(
                f"SELECT {_COLUMNS} FROM notes WHERE video_id = %s ORDER BY frame_in, id LIMIT %s",
                (video_id, limit + 1),
            )
            rows = await cursor.fetchall()
        notes = tuple(_note(row) for row in rows[:limit])
        last = notes[-1] if len(rows) > limit else None
        return Page(notes, f"{last.frame_in},{last.id}" if last else None, counted[0] if counted else 0)


async def insert(connection: Connection[Any], note: Note) -> None:
    await connection.execute(
        f"INSERT INTO notes ({_COLUMNS}) VALUES ({', '.join(['%s'] * 16)})",
        (
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
        ),
    )


def _note(row: tuple[Any, ...]) -> Note:
    *head, num, den, uncertainty, status, transcript, provenance, created_at = row
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
    )
