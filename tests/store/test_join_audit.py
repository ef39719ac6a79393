"""The audit of joins in PostgreSQL: rows of a day add up, and old days go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from attrs import evolve

from lossy.clock import as_ms
from lossy.domain.join_audit import NOBODY, Attempt, Row
from lossy.store.join_audit import JoinAudit

if TYPE_CHECKING:
    from lossy.store.pool import Pool

pytestmark = pytest.mark.integration

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
WHO = Attempt(UUID(int=1), UUID(int=2), "192.0.2.1", "voice:1", "voice:<session>", "ok")
STRANGER = Attempt(NOBODY, NOBODY, "2001:db8::1", "?", "?", "not_found")


def row(attempt: Attempt, at: datetime, count: int = 1) -> Row:
    return Row(attempt, as_ms(at), as_ms(at + timedelta(seconds=count)), count)


async def rows(pool: Pool) -> list[tuple[Any, ...]]:
    async with pool.lend() as connection:
        cursor = await connection.execute(
            "SELECT user_id, address, outcome, count, last_at - first_at FROM join_audit ORDER BY day, user_id"
        )
        return list(await cursor.fetchall())


async def test_rows_of_a_day_add_up(pool: Pool) -> None:
    audit = JoinAudit(pool)
    await audit.add([row(STRANGER, NOON), row(WHO, NOON, 2)])
    await audit.add([row(WHO, NOON + timedelta(seconds=10), 3)])
    await audit.add([row(evolve(WHO, outcome="forbidden"), NOON + timedelta(days=1))])
    assert await rows(pool) == [
        (NOBODY, "2001:db8::1", "not_found", 1, timedelta(seconds=1)),
        (WHO.user_id, "192.0.2.1", "ok", 5, timedelta(seconds=13)),
        (WHO.user_id, "192.0.2.1", "forbidden", 1, timedelta(seconds=1)),
    ]


async def test_old_days_go(pool: Pool) -> None:
    audit = JoinAudit(pool)
    await audit.add([row(WHO, NOON), row(WHO, NOON + timedelta(days=1))])
    assert await audit.forget(NOON + timedelta(days=1)) == 1
    assert len(await rows(pool)) == 1
    assert await audit.forget(NOON + timedelta(days=1)) == 0
