"""The audit of joins in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.clock import as_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lossy.domain.join_audit import Row
    from lossy.store.pool import Pool


class JoinAudit:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, rows: Sequence[Row]) -> None:
        """Adds to the rows of the day. Raises StoreError; done again, what was added after all counts twice."""
        async with self._pool.lend() as connection:
            await connection.execute(
                "INSERT INTO join_audit"
                " SELECT (first_at AT TIME ZONE 'UTC')::date, user_id, device_id, address, topic, outcome,"
                " first_at, last_at, count"
                " FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[],"
                " %s::timestamptz[], %s::timestamptz[], %s::bigint[])"
                " AS noted (user_id, device_id, address, topic, outcome, first_at, last_at, count)"
                " ON CONFLICT (day, user_id, device_id, address, topic, outcome) DO UPDATE SET"
                " first_at = least(join_audit.first_at, excluded.first_at),"
                " last_at = greatest(join_audit.last_at, excluded.last_at),"
                " count = join_audit.count + excluded.count",
                (
                    [row.attempt.user_id for row in rows],
                    [row.attempt.device_id for row in rows],
                    [row.attempt.address for row in rows],
                    [row.attempt.topic for row in rows],
                    [row.attempt.outcome for row in rows],
                    [as_datetime(row.first_at) for row in rows],
                    [as_datetime(row.last_at) for row in rows],
                    [row.count for row in rows],
                ),
            )

    async def forget(self, before: datetime) -> int:
        """How many rows went that are of earlier days. Raises StoreError."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute("DELETE FROM join_audit WHERE day < %s", (before.date(),))
            return cursor.rowcount
