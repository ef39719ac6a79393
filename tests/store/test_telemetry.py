"""What browsers measured in PostgreSQL: once whatever is sent again, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lossy.store.telemetry import Measured, Telemetry

if TYPE_CHECKING:
    from lossy.store.pool import Pool

pytestmark = pytest.mark.integration


def event(seq: int, **fields: float | bool | str) -> Measured:
    return Measured(seq, "lossy.connection.recovered", 1_767_000_000_000 + seq, fields)


async def rows(pool: Pool, table: str, columns: str) -> list[tuple[Any, ...]]:
    async with pool.lend() as connection:
        return list(await (await connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2")).fetchall())


async def test_what_is_sent_twice_is_there_once(pool: Pool) -> None:
    telemetry = Telemetry(pool)
    assert await telemetry.add("a", [event(1, away_ms=5), event(2)], refused=0, dropped=0) == 2
    assert await telemetry.add("a", [event(2, away_ms=9), event(3), event(3)], refused=1, dropped=4) == 1
    assert await telemetry.add("b", [event(1)], refused=0, dropped=0) == 1
    assert await rows(pool, "telemetry_events", "device, seq, fields") == [
        ("a", 1, {"away_ms": 5}),
        ("a", 2, {}),
        ("a", 3, {}),
        ("b", 1, {}),
    ]


async def test_what_a_device_let_go_is_the_most_that_it_ever_said(pool: Pool) -> None:
    telemetry = Telemetry(pool)
    for refused, dropped in ((1, 7), (2, 3)):
        assert await telemetry.add("a", [], refused=refused, dropped=dropped) == 0
    assert await rows(pool, "telemetry_devices", "device, dropped, refused") == [("a", 7, 3)]


async def test_what_is_old_goes(pool: Pool) -> None:
    telemetry, now = Telemetry(pool), datetime.now(UTC)
    await telemetry.add("a", [event(1), event(2)], refused=0, dropped=0)
    assert await telemetry.forget(now - timedelta(days=1)) == 0
    assert await telemetry.forget(now + timedelta(days=1)) == 2
    assert await rows(pool, "telemetry_devices", "device, dropped") == []
