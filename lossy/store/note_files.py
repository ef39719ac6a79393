"""The notes of a video as a file takes them out (D4), all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.clock import as_ms
from lossy.domain.export import MAX_EXPORTED, MAX_EXPORTED_TEXT, TooMuch
from lossy.domain.export.sheet import Said
from lossy.domain.notes import Category, Status
from lossy.domain.timecode import Rate
from lossy.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from uuid import UUID

_CHOSEN = "video_id = %s AND notes.status = ANY(%s)"


@frozen(eq=False)
class NoteFiles:
    """Raises StoreError."""

    pool: Pool

    async def of_video(self, video_id: UUID, statuses: AbstractSet[Status]) -> tuple[Said, ...]:
        """Those in these statuses. An author is called what stands before the @ of their address. Raises TooMuch."""
        chosen = (video_id, sorted(statuses))
        async with self.pool.lend() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # what was measured is read
            cursor = await connection.execute(
                f"SELECT count(*), coalesce(sum(length(text)), 0) FROM notes WHERE {_CHOSEN}", chosen
            )
            _check(await cursor.fetchone())
            cursor = await connection.execute(
                "SELECT notes.id, text, category, notes.status, frame_in, frame_out, rate_num, rate_den,"
                " split_part(email, '@', 1), notes.created_at"
                f" FROM notes JOIN users ON users.id = author_id WHERE {_CHOSEN}",
                chosen,
            )
            return tuple(map(_said, await cursor.fetchall()))


def _check(measured: tuple[int, int] | None) -> None:
    count, characters = measured or (0, 0)
    if count > MAX_EXPORTED or characters > MAX_EXPORTED_TEXT:
        raise TooMuch(
            f"{count} notes with {characters} characters are too many for one file, which may have {MAX_EXPORTED} with"
            f" {MAX_EXPORTED_TEXT}; choose fewer statuses"
        )


def _said(row: tuple[Any, ...]) -> Said:
    id, text, category, status, frame_in, frame_out, num, den, author, created_at = row
    return Said(
        id, text, Category(category), Status(status), frame_in, frame_out, Rate(num, den), author, as_ms(created_at)
    )
