"""The one writer of the journal: whatever happens to a commit, the next one is written."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import pytest
import trio

from lossy.app import migrate_pool
from lossy.store import journal
from lossy.store.journal import PostgresLedger
from lossy.store.ledger import Commit, Entry, LedgerConflict, SettleRemark
from lossy.store.pool import Pool, StoreError, StoreUnavailable, open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Container

    from psycopg.rows import TupleRow

    from lossy.store.connection import Connection

pytestmark = pytest.mark.integration

ANN, VIDEO, SESSION = (UUID(int=i) for i in range(1, 4))


class Interrupted(Pool):
    """The database is away whenever a connection is borrowed whose number, from 1 on, is in `away`.

    It goes away after whatever was done with those in `breaks`.
    """

    lent = 0
    away: Container[int] = ()
    breaks: Container[int] = ()

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Connection[TupleRow]]:
        self.lent += 1
        if self.lent in self.away:
            raise StoreUnavailable("gone")
        breaks = self.lent in self.breaks
        async with super().lend() as connection:
            yield connection
        if breaks:
            raise StoreUnavailable("gone")

    def goes_away(self, *times: int) -> None:
        """Counted from now on."""
        self.away = [self.lent + time for time in times]


def commit(n: int, event: str) -> Commit:
    return Commit(1, Entry(SESSION, n, 1_000 + n, "voice", event, {}, None, None, ()))


@asynccontextmanager
async def writing(conninfo: str) -> AsyncGenerator[tuple[PostgresLedger, Interrupted]]:
    """A ledger whose session has one entry."""
    async with open_pool(conninfo, size=1) as pool:
        await migrate_pool(pool)
        async with pool.lend() as connection:
            await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'ann', 'user')", (ANN,))
            insert = "INSERT INTO videos VALUES (%s, %s, 'https://example.com/cut.mp4', 'cut', 25, 1)"
            await connection.execute(insert, (VIDEO, ANN))
    interrupted = Interrupted(conninfo, 1, 10)
    ledger = PostgresLedger(interrupted)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ledger.run)
            await ledger.begin(SESSION, ANN, VIDEO, {})
            await ledger.commit(commit(1, "start"))
            yield ledger, interrupted
            nursery.cancel_scope.cancel()
    finally:
        await interrupted.close(1)


@pytest.mark.parametrize("away", [1, 2, 3])
async def test_a_conflict_is_found_out_though_the_database_is_away_for_a_moment(
    away: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third time a connection is borrowed is to see whose entry stands in the way."""
    monkeypatch.setattr(journal, "RETRY_S", (0,))
    async with writing(database) as (ledger, pool):
        pool.goes_away(away)
        with pytest.raises(LedgerConflict):
            await ledger.commit(commit(1, "stop"))
        await ledger.commit(commit(2, "stop"))


async def test_a_value_that_postgresql_does_not_take_is_its_senders_fault_alone(database: str) -> None:
    async with writing(database) as (ledger, _):
        with pytest.raises(StoreError):
            await ledger.commit(commit(2, "a \0 in a text"))
        await ledger.commit(commit(2, "stop"))


async def test_a_database_that_stays_away_is_told_to_the_sender(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "RETRY_S", (0, 0))
    async with writing(database) as (ledger, pool):
        pool.goes_away(1, 2, 3, 4)
        with pytest.raises(StoreUnavailable):
            await ledger.commit(commit(2, "stop"))
        await ledger.commit(commit(2, "stop"))


async def test_a_commit_whose_connection_breaks_after_it_was_written_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "RETRY_S", (0,))
    async with writing(database) as (ledger, pool):
        pool.breaks = [pool.lent + 1]
        await ledger.commit(commit(2, "stop"))
        assert pool.lent >= 3, "it was sent again"
        assert await entries(ledger) == ["start", "stop"]


async def test_a_commit_whose_connection_breaks_after_it_was_written_though_the_session_was_taken_up_since(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took it up has read the entry, so its sender has to hear that it is there."""
    monkeypatch.setattr(journal, "RETRY_S", (0.2,))
    async with writing(database) as (ledger, pool), trio.open_nursery() as nursery:
        pool.breaks = [pool.lent + 1]
        nursery.start_soon(ledger.commit, commit(2, "stop"))
        while pool.lent not in pool.breaks:  # noqa: ASYNC110 (the pool has no event for it)
            await trio.sleep(0.01)
        await trio.sleep(0.05)
        taken = await ledger.take(SESSION)
        assert taken is not None
        assert [entry.event for entry in taken.entries] == ["start", "stop"]


async def test_a_remark_is_looked_up_by_its_key_from_the_first_one_on(database: str) -> None:
    """A plan is made while there are few, and kept while they become many. A scan is chosen where sessions are more."""
    async with writing(database) as (ledger, pool):
        async with pool.lend() as connection:
            many = "SELECT gen_random_uuid(), user_id, video_id, snapshot FROM sessions, generate_series(1, 1000)"
            await connection.execute(f"INSERT INTO sessions (id, user_id, video_id, snapshot) {many}")
        for n in range(2, 15):
            settled = SettleRemark(ANN, UUID(int=n), {"refused": "empty"})
            await ledger.commit(attrs.evolve(commit(n, "words"), writes=(settled,)))
            assert await ledger.outcome(ANN, settled.id) == settled.outcome
        assert await scans(pool, "remarks") == 0


async def scans(pool: Pool, table: str) -> int:
    """How often all of it was read."""
    async with pool.lend() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        cursor = await connection.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = %s", (table,))
        (count,) = await cursor.fetchone() or (None,)
        assert isinstance(count, int)
        return count


async def entries(ledger: PostgresLedger) -> list[str]:
    stored = await ledger.read(SESSION)
    assert stored is not None
    return [entry.event for entry in stored.entries]
