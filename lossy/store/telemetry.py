"""What browsers measured, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import frozen
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime
from lossy.domain.telemetry import Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lossy.store.pool import Pool


@frozen
class Measured:
    """One event that fits the catalogue. `at` is in ms since the Unix epoch."""

    seq: int
    name: str
    at: int
    fields: Mapping[str, Value]


class Telemetry:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, device: str, events: Sequence[Measured], *, refused: int, dropped: int) -> int:
        """How many of them were not there before. `dropped` is all that the device ever let go. Raises StoreError.

        Done again it adds nothing but `refused`, which the device sent again.
        """
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "INSERT INTO telemetry_events (device, seq, name, at, fields)"
                " SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::jsonb[])"
                " ON CONFLICT (device, seq) DO NOTHING",
                (
                    device,
                    [event.seq for event in events],
                    [event.name for event in events],
                    [as_datetime(event.at) for event in events],
                    [Jsonb(event.fields) for event in events],
                ),
            )
            await connection.execute(
                "INSERT INTO telemetry_devices AS known (device, dropped, refused) VALUES (%s, %s, %s)"
                " ON CONFLICT (device) DO UPDATE SET dropped = greatest(known.dropped, excluded.dropped),"
                " refused = known.refused + excluded.refused, last_at = now()",
                (device, dropped, refused),
            )
            return cursor.rowcount

    async def forget(self, before: datetime) -> int:
        """How many events went that came before that. Raises StoreError."""
        async with self._pool.lend() as connection, connection.transaction():
            await connection.execute("DELETE FROM telemetry_devices WHERE last_at < %s", (before,))
            cursor = await connection.execute("DELETE FROM telemetry_events WHERE received_at < %s", (before,))
            return cursor.rowcount
