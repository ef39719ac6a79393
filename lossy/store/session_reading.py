"""Which sessions there were, and which ids begin so, for whoever has no id to ask about; nothing is changed (H3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.clock import as_ms
from lossy.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence


@frozen
class Brief:
    """A session in a line: began at, in ms since the Unix epoch. `notes` are those not deleted, `remarks` those that
    have an outcome.
    """

    session: UUID
    began_at: int
    film: str
    person: str
    notes: int
    remarks: int


@frozen(eq=False)
class SessionReading:
    """Raises StoreError."""

    pool: Pool

    async def latest(self, limit: int) -> Sequence[Brief]:
        """The latest first."""
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT sessions.id, sessions.created_at, title, email,"
                " (SELECT count(*) FROM notes WHERE session_id = sessions.id AND status <> 'deleted'),"
                " (SELECT count(*) FROM remarks WHERE session_id = sessions.id)"
                " FROM sessions JOIN videos ON videos.id = video_id JOIN users ON users.id = user_id"
                " ORDER BY sessions.created_at DESC, sessions.id LIMIT %s",
                (limit,),
            )
            return [Brief(id, as_ms(at), *rest) for id, at, *rest in await cursor.fetchall()]

    async def beginning_with(self, digits: str) -> Sequence[UUID]:
        """Of sessions, notes and remarks, those whose id begins with these hexadecimal digits."""
        first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id FROM sessions WHERE id BETWEEN %(first)s AND %(last)s"
                " UNION SELECT id FROM notes WHERE id BETWEEN %(first)s AND %(last)s"
                " UNION SELECT id FROM remarks WHERE id BETWEEN %(first)s AND %(last)s"
                " UNION SELECT (payload ->> 'id')::uuid FROM journal WHERE event = 'transcript_final'"
                " AND payload ->> 'id' COLLATE \"C\" BETWEEN %(first)s::text AND %(last)s::text",
                {"first": first, "last": last},
            )
            return [id for (id,) in await cursor.fetchall()]
