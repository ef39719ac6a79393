"""Users by the names that people know: their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from lossy.store.pool import Pool


class UserNames:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, name: str) -> UUID | None:
        """The user of that address or id."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id FROM users WHERE email = %s OR id::text = lower(%s)", (name, name)
            )
            row = await cursor.fetchone()
            return row[0] if row else None

    async def emails(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Of those there are."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute("SELECT id, email FROM users WHERE id = ANY(%s)", ([*ids],))
            return dict(await cursor.fetchall())

    async def on_video(self, video_id: UUID) -> Mapping[UUID, str]:
        """Addresses of its owner, of those it is shared with, and of those who made a note that is still there."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, email FROM users WHERE id IN (SELECT owner_id FROM videos WHERE id = %(video)s"
                " UNION SELECT user_id FROM shares WHERE video_id = %(video)s"
                " UNION SELECT author_id FROM notes WHERE video_id = %(video)s AND status <> 'deleted') ORDER BY email",
                {"video": video_id},
            )
            return dict(await cursor.fetchall())
