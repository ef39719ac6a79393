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
