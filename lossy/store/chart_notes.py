"""Notes of a design review, each at a state or a transition of a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.clock import as_ms
from lossy.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of one chart; the page lists them all. Older ones beyond that are kept, and not shown.
SHOWN = 1_000


@frozen
class ChartNote:
    """`author` is an e-mail address; `at` is in ms since the Unix epoch."""

    id: UUID
    chart: str
    anchor: str
    text: str
    author: str
    at: int


@frozen(eq=False)
class ChartNotes:
    pool: Pool

    async def of_chart(self, chart: str) -> Sequence[ChartNote]:
        """The latest, in the order in which they were written."""
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT chart_notes.id, chart, anchor, text, email, chart_notes.created_at FROM chart_notes"
                " JOIN users ON users.id = author_id WHERE chart = %s AND removed_at IS NULL"
                " ORDER BY chart_notes.created_at DESC, chart_notes.id LIMIT %s",
                (chart, SHOWN),
            )
            rows = await cursor.fetchall()
        return [ChartNote(id, chart, anchor, text, by, as_ms(at)) for id, chart, anchor, text, by, at in reversed(rows)]

    async def add(self, id: UUID, chart: str, anchor: str, text: str, author_id: UUID) -> None:
        """The same one again is the same note."""
        async with self.pool.lend() as connection:
            await connection.execute(
                "INSERT INTO chart_notes (id, chart, anchor, text, author_id) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (id) DO NOTHING",
                (id, chart, anchor, text, author_id),
            )

    async def remove(self, id: UUID, chart: str, by: UUID) -> bool:
        """Whether there is, or was, such a note. It is kept, with who removed it and when."""
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "UPDATE chart_notes SET removed_at = coalesce(removed_at, now()), removed_by = coalesce(removed_by, %s)"
                " WHERE id = %s AND chart = %s",
                (by, id, chart),
            )
            return cursor.rowcount > 0
