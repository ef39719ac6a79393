"""Attempts to sign in, as PostgreSQL counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from lossy.domain.lockout import ACCOUNT, ADDRESS
from lossy.store.attempts import Attempt, Attempts

if TYPE_CHECKING:
    from lossy.store.pool import Pool

pytestmark = pytest.mark.integration

NOW = 1_767_225_600_000
MARA = Attempt("mara@studio.example", "192.0.2.1")


async def rows(pool: Pool) -> int:
    async with pool.lend() as connection:
        row = await (await connection.execute("SELECT count(*) FROM failed_sign_ins")).fetchone()
        assert row is not None
        return int(row[0])


async def test_an_account_waits_from_whichever_address_and_no_other_does(pool: Pool) -> None:
    attempts = Attempts(pool)
    for _ in range(ACCOUNT.free):
        assert await attempts.begin(MARA, NOW) == 0
    assert await attempts.begin(MARA, NOW) == ACCOUNT.first_ms
    assert await attempts.begin(Attempt(MARA.email, "192.0.2.2"), NOW + 400) == ACCOUNT.first_ms - 400
    assert await attempts.begin(Attempt("joao@edit.example", MARA.address), NOW) == 0
    assert await attempts.begin(MARA, NOW + ACCOUNT.first_ms) == 0


async def test_who_comes_in_has_no_failures_but_the_address_keeps_those_of_others(pool: Pool) -> None:
    attempts = Attempts(pool)
    for n in range(ADDRESS.free - 1):
        assert await attempts.begin(Attempt(f"{n}@studio.example", MARA.address), NOW) == 0
    assert await attempts.begin(MARA, NOW) == 0
    await attempts.succeeded(MARA)
    assert await attempts.begin(MARA, NOW) == 0
    assert await attempts.begin(MARA, NOW) == ADDRESS.first_ms


async def test_however_many_come_at_once_no_more_are_read_than_may_fail(pool: Pool) -> None:
    attempts, waits = Attempts(pool), list[int]()

    async def guess() -> None:
        waits.append(await attempts.begin(MARA, NOW))

    async with trio.open_nursery() as nursery:
        for _ in range(3 * ACCOUNT.free):
            nursery.start_soon(guess)
    assert waits.count(0) == ACCOUNT.free


async def test_what_is_forgotten_is_cleared_away_and_a_refused_try_leaves_nothing(pool: Pool) -> None:
    attempts = Attempts(pool)
    for n in range(ADDRESS.free):
        await attempts.begin(Attempt(f"{n}@studio.example", MARA.address), NOW)
    assert await attempts.begin(MARA, NOW) > 0
    assert await rows(pool) == ADDRESS.free + 1
    assert await attempts.begin(MARA, NOW + 2 * ADDRESS.forget_ms) == 0
    assert await rows(pool) == 2
    await attempts.forgive(MARA.email)
    assert await rows(pool) == 1


async def test_nothing_is_kept_in_clear(pool: Pool) -> None:
    await Attempts(pool).begin(MARA, NOW)
    async with pool.lend() as connection:
        kept = await (await connection.execute("SELECT whose FROM failed_sign_ins")).fetchall()
    assert {len(row[0]) for row in kept} == {32}
    assert not any(b"mara" in bytes(row[0]) or b"192" in bytes(row[0]) for row in kept)
