from contextlib import AsyncExitStack, suppress

import psycopg
import pytest
import trio
import trio.testing
from psycopg.rows import TupleRow

from lossy.store.connection import Connection
from lossy.store.embedded import Postgres, open_postgres
from lossy.store.pool import Pool, PoolClosed, PoolExhausted, StoreUnavailable, open_pool
from tests.postgres import server_folder

pytestmark = pytest.mark.integration


async def one(conn: Connection[TupleRow], query: str) -> object:
    row = await (await conn.execute(query.encode())).fetchone()
    assert row is not None
    return row[0]


async def answer(pool: Pool) -> object:
    async with pool.lend() as conn:
        return await one(conn, "select 42")


async def test_a_connection_is_used_again(database: str) -> None:
    async with open_pool(database, size=2) as pool:
        async with pool.lend() as first:
            pass
        async with pool.lend() as second:
            assert second is first
            assert (pool.stats().lent, pool.stats().idle) == (1, 0)


async def test_what_lies_idle_is_lent_and_locked_before_anybody_else_goes_on(database: str) -> None:
    gone_on = trio.Event()

    async def go_on() -> None:
        gone_on.set()

    async with open_pool(database, size=2) as pool, trio.open_nursery() as nursery:
        await answer(pool)
        nursery.start_soon(go_on)
        async with pool.lend() as connection, connection.lock:
            assert not gone_on.is_set()


async def test_callers_are_served_in_the_order_they_came(database: str) -> None:
    order: list[int] = []

    async def borrow(number: int) -> None:
        async with pool.lend():
            order.append(number)
            await trio.lowlevel.checkpoint()

    async with open_pool(database, size=1) as pool, trio.open_nursery() as nursery, pool.lend():
        for number in range(10):
            nursery.start_soon(borrow, number)
            await trio.testing.wait_all_tasks_blocked()
        assert pool.stats().waiting == 10
    assert order == list(range(10))


async def test_it_says_how_long_callers_waited(database: str) -> None:
    async with open_pool(database, size=1) as pool, trio.open_nursery() as nursery, pool.lend():
        nursery.start_soon(answer, pool)
        await trio.sleep(0.05)
    stats = pool.stats()
    assert stats.waited_ms_total == stats.waited_ms_max >= 49


async def test_more_callers_than_may_wait_are_refused_at_once(database: str) -> None:
    async with open_pool(database, size=1, max_waiting=1) as pool, trio.open_nursery() as nursery, pool.lend():
        nursery.start_soon(answer, pool)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(PoolExhausted, match="1 connections are lent and 1 callers wait"):
            await answer(pool)


async def test_a_caller_that_stops_waiting_leaves_its_place(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        async with pool.lend():
            with trio.move_on_after(0.01):
                await answer(pool)
        assert await answer(pool) == 42


async def test_a_connection_in_a_transaction_is_not_lent_again(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        async with pool.lend() as conn:
            await conn.execute("begin")
        assert conn.closed
        assert await answer(pool) == 42
        assert pool.stats().discarded == 1


async def test_a_connection_with_an_open_block_is_not_lent_again(database: str) -> None:
    async with open_pool(database, size=1) as pool, AsyncExitStack() as stack:
        stack.enter_context(suppress(psycopg.OperationalError))
        async with pool.lend() as conn:
            await stack.enter_async_context(conn.pipeline())
        assert conn.closed
        assert await answer(pool) == 42
        assert pool.stats().discarded == 1


async def test_a_connection_that_the_server_ended_while_idle_is_replaced(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        async with pool.lend() as conn:
            backend = conn.info.backend_pid
        async with await Connection.connect(database, autocommit=True) as other:
            await other.execute("select pg_terminate_backend(%s, 5000)", (backend,))
        assert await answer(pool) == 42
        assert pool.stats().replaced == 1


async def test_a_connection_that_the_server_ends_in_use_makes_the_store_unavailable(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        with pytest.raises(StoreUnavailable, match="terminating connection"):
            async with pool.lend() as conn:
                await conn.execute("select pg_terminate_backend(pg_backend_pid())")
        assert await answer(pool) == 42
        assert pool.stats().replaced == 1


async def test_errors_of_a_query_pass_unchanged(database: str) -> None:
    async with open_pool(database, size=1) as pool:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            async with pool.lend() as conn:
                await conn.execute("do $$ begin raise exception using errcode = '55P03'; end $$")
        assert pool.stats().idle == 1


async def test_no_server_is_a_clear_error() -> None:
    async with open_pool("host=/nowhere user=postgres", size=1) as pool:
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="/nowhere"):
                await answer(pool)


async def test_too_many_connections_is_a_clear_error(database: str, postgres: Postgres) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(postgres.conninfo, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" connection limit 0'.encode())
        admin.execute(f"create role somebody_{name} login".encode())
        async with open_pool(f"{database} user=somebody_{name}", size=1) as pool:
            with pytest.raises(StoreUnavailable, match="too many connections"):
                await answer(pool)
        admin.execute(f"drop role somebody_{name}".encode())


async def test_the_end_waits_for_what_is_lent(database: str) -> None:
    answers: list[object] = []

    async def borrow() -> None:
        async with pool.lend() as conn:
            answers.append(await one(conn, "select 42 from pg_sleep(0.05)"))

    async with trio.open_nursery() as nursery:
        async with open_pool(database, size=1) as pool:
            assert await answer(pool) == 42
            nursery.start_soon(borrow)
            await trio.testing.wait_all_tasks_blocked()
        assert answers == [42]
    with pytest.raises(PoolClosed):
        await answer(pool)


async def test_a_connection_that_opens_during_the_end_is_not_lent(database: str) -> None:
    async def borrow() -> None:
        with pytest.raises(PoolClosed):
            await answer(pool)

    async with trio.open_nursery() as nursery, open_pool(database, size=1) as pool:
        nursery.start_soon(borrow)
        await trio.lowlevel.checkpoint()
    assert pool.stats().lent == 0


async def test_the_end_cuts_what_does_not_come_back_and_wakes_who_waits(database: str) -> None:
    async def borrow() -> None:
        with pytest.raises(StoreUnavailable):
            async with pool.lend() as conn:
                await conn.execute("select pg_sleep(60)")

    async def wait() -> None:
        with pytest.raises(PoolClosed):
            await answer(pool)

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery, open_pool(database, size=1, close_timeout=0.05) as pool:
            nursery.start_soon(borrow)
            await trio.testing.wait_all_tasks_blocked(0.05)
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert pool.stats().lent == 0


async def test_it_outlives_a_restart_of_the_server() -> None:
    async def lose() -> None:
        with pytest.raises(StoreUnavailable):
            async with pool.lend() as conn:
                await conn.execute("select pg_sleep(60)")

    with server_folder() as folder:
        async with open_postgres(folder / "data") as server:
            conninfo = server.conninfo
        async with open_pool(conninfo, size=3) as pool:
            async with trio.open_nursery() as nursery, open_postgres(folder / "data"):
                nursery.start_soon(lose)
                await trio.testing.wait_all_tasks_blocked(0.05)
                assert await answer(pool) == 42
            with pytest.raises(StoreUnavailable):
                await answer(pool)
            async with open_postgres(folder / "data"):
                assert await answer(pool) == 42
            stats = pool.stats()
    assert (stats.replaced, stats.discarded, stats.idle, stats.lent) == (2, 0, 1, 0)
