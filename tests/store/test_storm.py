"""A storm of cancellations over one pool, on the real clock: what psycopg's private names must never break."""

import itertools
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import attrs
import psycopg
import pytest
import trio
from psycopg.rows import TupleRow

from lossy.store.connection import Connection
from lossy.store.fitness import find_fault
from lossy.store.pool import Pool, open_pool

pytestmark = pytest.mark.integration

_STORM_S = 30 if os.environ.get("LOSSY_NIGHTLY") == "1" else 5
_SEED = 20240607
_TASKS = 20
_CONNECTIONS = 8  # fewer than tasks, so that some are cancelled while they wait for one
_PATIENCE_S = (0, 0.0003, 0.001, 0.003, 0.01, 0.03, 1)
_INSERT = "insert into pairs values (%s, %s)"

Conn = Connection[TupleRow]


async def fetch(conn: Conn, query: str, *params: object, prepare: bool | None = None) -> TupleRow:
    row = await (await conn.execute(query.encode(), params, prepare=prepare)).fetchone()
    assert row is not None
    return row


async def query(conn: Conn, token: int, rnd: random.Random) -> None:
    text = "x" * rnd.choice([1, 50, 200_000])
    assert await fetch(conn, "select %s::bigint, %s", token, text) == (token, text)


async def sleep_on_the_server(conn: Conn, token: int, rnd: random.Random) -> None:
    assert await fetch(conn, "select %s::bigint from pg_sleep(%s)", token, rnd.random() * 0.05) == (token,)


async def prepared(conn: Conn, token: int, rnd: random.Random) -> None:
    # Some of them new, so that the preparing is cancelled as well.
    query = f"select %s::bigint + {rnd.randrange(50)} - %s::bigint"
    assert await fetch(conn, query, token, token, prepare=True) == (int(query.split()[3]),)


async def transaction(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.transaction():
        await conn.execute(_INSERT, (token, 1))
        await trio.sleep(rnd.random() * 0.01)
        await conn.execute(_INSERT, (token, 2))


async def nested_savepoints(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.transaction():
        await conn.execute(_INSERT, (token, 1))
        with suppress(psycopg.errors.DivisionByZero):
            async with conn.transaction(), conn.transaction():
                await conn.execute(_INSERT, (token, 9))
                await conn.execute("select 1/0")
        async with conn.transaction():
            await conn.execute(_INSERT, (token, 2))


async def copy_in(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.cursor().copy("copy pairs from stdin") as copy:
        await copy.write_row((token, 1))
        await trio.sleep(rnd.random() * 0.004)
        await copy.write_row((token, 2))


async def copy_out(conn: Conn, token: int, rnd: random.Random) -> None:
    query = "copy (select %s::bigint + n from generate_series(0, 9999) n) to stdout"
    async with conn.cursor().copy(query, (token,)) as copy:
        copy.set_types(["int8"])
        assert [row[0] async for row in copy.rows()] == list(range(token, token + 10_000))


async def many(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.transaction():
        await conn.cursor().executemany(_INSERT, [(token, 1), (token, 2)])


async def pipeline(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.pipeline():
        cursors = [await conn.execute("select %s::bigint", (token + number,)) for number in range(5)]
        for number, cursor in enumerate(cursors):
            assert await cursor.fetchone() == (token + number,)


async def transaction_in_pipeline(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.pipeline(), conn.transaction():
        await conn.execute(_INSERT, (token, 1))
        await conn.execute(_INSERT, (token, 2))


async def pipeline_in_transaction(conn: Conn, token: int, rnd: random.Random) -> None:
    async with conn.transaction(), conn.pipeline():
        await conn.execute(_INSERT, (token, 1))
        await conn.execute(_INSERT, (token, 2))


_OPERATIONS: tuple[Callable[[Conn, int, random.Random], Awaitable[None]], ...] = (
    query,
    sleep_on_the_server,
    prepared,
    transaction,
    nested_savepoints,
    copy_in,
    copy_out,
    many,
    pipeline,
    transaction_in_pipeline,
    pipeline_in_transaction,
)


@attrs.define(eq=False)
class Storm:
    pool: Pool
    tokens: Iterator[int] = attrs.field(factory=lambda: itertools.count(0, 1_000_000))
    counts: Counter[str] = attrs.field(factory=Counter)

    async def blow(self, rnd: random.Random, end: float) -> None:
        while trio.current_time() < end:
            operation = rnd.choice(_OPERATIONS)
            with trio.move_on_after(rnd.choice(_PATIENCE_S)) as scope:
                async with self.pool.lend() as conn:
                    assert find_fault(conn) is None
                    await self.run(operation(conn, next(self.tokens), rnd), conn, operation.__name__)
                self.counts[f"{operation.__name__} done"] += 1
            self.counts[f"{operation.__name__} cancelled"] += scope.cancelled_caught
            await trio.sleep(rnd.random() * 0.002)

    async def run(self, operation: Awaitable[None], conn: Conn, name: str) -> None:
        try:
            await operation
        finally:
            if conn.closed:
                self.counts[f"{name} closed"] += 1
            else:
                assert find_fault(conn) is None, name


async def test_nothing_is_crossed_halved_or_wrong(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as admin:
        await admin.execute("create unlogged table pairs (t bigint, n int)")
        async with open_pool(database, size=_CONNECTIONS) as pool:
            storm = Storm(pool)
            end = trio.current_time() + _STORM_S
            async with trio.open_nursery() as nursery:
                for task in range(_TASKS):
                    nursery.start_soon(storm.blow, random.Random(_SEED + task), end)
            stats = pool.stats()
        print(stats, *sorted(storm.counts.items()), sep="\n")
        assert (stats.lent, stats.discarded) == (0, 0)
        assert stats.idle <= _CONNECTIONS
        halves = "select count(*) from (select t from pairs group by t having array_agg(n order by n) <> '{1,2}') x"
        assert await fetch(admin, halves) == (0,)
        assert await fetch(admin, "select count(*) > 0 from pairs") == (True,)
        await until_alone(admin)
    for operation in _OPERATIONS:
        assert storm.counts[f"{operation.__name__} done"] > 0
        assert storm.counts[f"{operation.__name__} cancelled"] > 0


async def until_alone(admin: Conn) -> None:
    """No query of a closed connection runs on."""
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with trio.fail_after(5):
        while await fetch(admin, others) != (0,):  # noqa: ASYNC110 - the server tells nobody
            await trio.sleep(0.01)
