"""What users chose of their settings, each user's as one value with a version.

Two implementations: `PostgresUserSettings` here, and `MemoryUserSettings` of `lossy.store.memory_user_settings`;
`tests/contract/test_user_settings.py` runs over both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen
from psycopg.types.json import Jsonb

from lossy.domain.user_settings import Chosen, still_fit
from lossy.store.gathered import Gathered

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from lossy.store.pool import Pool


@frozen
class Kept:
    """Version 0 is that of a user who has not chosen anything yet."""

    version: int = 0
    chosen: Chosen = field(factory=dict)


class UserSettingsStore(Protocol):
    async def of(self, user_id: UUID) -> Kept:
        """What can be chosen no more is left out."""

    async def replace(self, user_id: UUID, version: int, chosen: Chosen) -> bool:
        """Makes the next version of what is of that version. False when another one is there by now."""


class PostgresUserSettings:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept = Gathered(self._find)

    async def of(self, user_id: UUID) -> Kept:
        return await self._kept.get(user_id) or Kept()

    async def _find(self, user_ids: Collection[UUID]) -> Mapping[UUID, Kept]:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT user_id, version, chosen FROM user_settings WHERE user_id = ANY(%s)", ([*user_ids],)
            )
            return {user_id: Kept(version, still_fit(chosen)) for user_id, version, chosen in await cursor.fetchall()}

    async def replace(self, user_id: UUID, version: int, chosen: Chosen) -> bool:
        async with self._pool.lend() as connection:
            if version == 0:
                cursor = await connection.execute(
                    "INSERT INTO user_settings (user_id, version, chosen) VALUES (%s, 1, %s) ON CONFLICT DO NOTHING",
                    (user_id, Jsonb(chosen)),
                )
            else:
                cursor = await connection.execute(
                    "UPDATE user_settings SET version = version + 1, chosen = %s, changed_at = now()"
                    " WHERE user_id = %s AND version = %s",
                    (Jsonb(chosen), user_id, version),
                )
            return cursor.rowcount == 1
