import os
import signal
from contextlib import aclosing, suppress

import psycopg
import pytest
import trio
import trio.testing
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg.waiting import Ready, Wait

from lossy.store import blocks
from lossy.store.connection import Connection
from lossy.store.fitness import find_fault
from lossy.store.waiting import wait_ready

pytestmark = pytest.mark.integration


async def one(conn: Connection[TupleRow], query: str, *params: object) -> object:
    row = await (await conn.execute(query.encode(), params)).fetchone()
    assert row is not None
    return row[0]


async def test_a_cancelled_query_stops_on_the_server_and_leaves_the_connection_usable(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        with trio.move_on_after(0.02):
            await conn.execute("select pg_sleep(60)")
        assert await one(conn, "select %s::int", 5) == 5
        async with await Connection.connect(database, autocommit=True) as other:
            running = "select count(*) from pg_stat_activity where state = 'active' and pid = %s"
            assert await one(other, running, conn.info.backend_pid) == 0


async def test_what_a_batch_of_commits_sends_is_taken_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = []

    async def wait(fd: int, want: Wait) -> Ready:
        wanted.append(want)
        return await wait_ready(fd, want)

    async with await Connection.connect(database, autocommit=True) as conn:
        monkeypatch.setattr("lossy.store.connection.wait_ready", wait)
        assert await one(conn, "select length(%s::text)", "x" * 300_000) == 300_000
    assert {*wanted} == {Wait.R}, "it never waits for room, only for the answer"


async def test_a_transaction_cancelled_in_the_middle_is_rolled_back(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        await conn.execute("create table t (n int)")
        with trio.move_on_after(0.02):
            async with conn.transaction(), conn.transaction():
                await conn.execute("insert into t values (1)")
                await trio.sleep_forever()
        assert find_fault(conn) is None
        assert await one(conn, "select count(*) from t") == 0


async def test_a_transaction_entered_in_a_cancelled_scope_begins_nothing(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        with trio.CancelScope() as scope:
            scope.cancel()
            async with conn.transaction():
                pytest.fail("the block was entered")
        assert find_fault(conn) is None
        assert await one(conn, "select 1") == 1


async def test_a_savepoint_gives_up_only_its_own_part(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        await conn.execute("create table t (n int)")
        async with conn.transaction():
            await conn.execute("insert into t values (1)")
            with suppress(psycopg.errors.DivisionByZero):
                async with conn.transaction():
                    await conn.execute("insert into t values (2)")
                    await conn.execute("select 1/0")
        assert await one(conn, "select array_agg(n) from t") == [1]


async def test_a_pipeline_cancelled_in_the_middle_leaves_the_connection_usable(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        with trio.move_on_after(0.02):
            async with conn.pipeline():
                await conn.execute("select 1")
                await (await conn.execute("select pg_sleep(60)")).fetchone()
        assert find_fault(conn) is None
        assert await one(conn, "select 1") == 1


async def test_a_pipeline_and_a_commit_may_take_longer_than_a_clean_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "CLEANUP_S", 0.05)
    async with await Connection.connect(database, autocommit=True) as conn:
        await conn.execute(
            "create table t (n int);"
            "create function slow() returns trigger language plpgsql as"
            " 'begin perform pg_sleep(0.2); return null; end';"
            "create constraint trigger slow after insert on t deferrable initially deferred"
            " for each row execute function slow()"
        )
        async with conn.transaction():
            await conn.execute("insert into t values (1)")
        async with conn.pipeline():
            cursor = await conn.execute("select 2 from pg_sleep(0.2)")
        assert await cursor.fetchone() == (2,)
        assert await one(conn, "select count(*) from t") == 1


async def test_a_server_that_falls_silent_costs_the_connection_and_no_more(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "CLEANUP_S", 0.05)
    async with await Connection.connect(database, autocommit=True) as conn:
        backend = conn.info.backend_pid
        with trio.move_on_after(0.02) as scope:
            async with conn.transaction():
                os.kill(backend, signal.SIGSTOP)
                await conn.execute("select 1")
        os.kill(backend, signal.SIGCONT)
        assert scope.cancelled_caught
        assert conn.closed


async def test_a_cancelled_end_of_a_pipeline_leaves_the_connection_usable(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        with trio.move_on_after(0.02):
            async with conn.pipeline():
                await conn.execute("select pg_sleep(60)")
                await conn.execute("select pg_sleep(60)")
        assert find_fault(conn) is None
        assert await one(conn, "select 1") == 1


async def test_another_task_that_holds_the_lock_does_not_spoil_a_cancelled_pipeline(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn, trio.open_nursery() as nursery:
        with trio.move_on_after(0.05):
            async with conn.pipeline():
                await conn.execute("select 1")
                nursery.start_soon(hold_lock, conn, 0.2)
                await trio.testing.wait_all_tasks_blocked()
        assert find_fault(conn) is None
        assert await one(conn, "select 1") == 1


async def hold_lock(conn: Connection[TupleRow], seconds: float) -> None:
    async with conn.lock:
        await trio.sleep(seconds)


async def test_a_transaction_inside_a_pipeline_commits(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        await conn.execute("create table t (n int)")
        async with conn.pipeline(), conn.transaction():
            await conn.execute("insert into t values (1)")
        assert find_fault(conn) is None
        assert await one(conn, "select count(*) from t") == 1


async def test_copy_in_and_out(database: str) -> None:
    rows = [(number, "x" * 1000) for number in range(2000)]
    async with await Connection.connect(database, autocommit=True) as conn:
        await conn.execute("create table t (n int, s text)")
        async with conn.cursor().copy("copy t from stdin") as copy:
            for row in rows:
                await copy.write_row(row)
        async with conn.cursor().copy("copy t to stdout") as copy:
            copy.set_types(["int4", "text"])
            assert [row async for row in copy.rows()] == rows


async def test_a_long_query_is_sent_while_the_server_answers(database: str) -> None:
    """Larger than the socket's buffers both ways: the connection must read and write at once."""
    text = "x" * 20_000_000
    async with await Connection.connect(database, autocommit=True) as conn:
        assert await one(conn, "select %s", text) == text


async def test_a_statement_is_prepared_on_the_server(database: str) -> None:
    async with await Connection.connect(database, autocommit=True, prepare_threshold=0) as conn:
        for number in range(3):
            assert await one(conn, "select %s::int + 1", number) == number + 1
        assert await one(conn, "select count(*) from pg_prepared_statements where statement like '%%+ 1'") == 1


async def test_notifications_arrive_and_the_wait_for_them_can_be_cancelled(database: str) -> None:
    async with (
        await Connection.connect(database, autocommit=True) as listener,
        await Connection.connect(database, autocommit=True) as sender,
    ):
        await listener.execute("listen news")
        with trio.move_on_after(0.02) as scope:
            async for _ in listener.notifies():
                pytest.fail("nobody has sent anything")
        assert scope.cancelled_caught
        await sender.execute("notify news, 'hello'")
        async with aclosing(listener.notifies()) as notifies:
            assert (await anext(notifies)).payload == "hello"
        assert await one(listener, "select 1") == 1


async def test_notifies_with_a_timeout_returns_what_is_there_and_ends(database: str) -> None:
    async with await Connection.connect(database, autocommit=True) as conn:
        await conn.execute("listen news")
        assert [notify async for notify in conn.notifies(timeout=0)] == []
        async with await Connection.connect(database, autocommit=True) as sender:
            await sender.execute("notify news, 'one'")
        assert [notify.payload async for notify in conn.notifies(timeout=0)] == ["one"]


async def test_closing_wakes_the_task_that_waits(database: str) -> None:
    conn = await Connection.connect(database, autocommit=True)

    async def query() -> None:
        with pytest.raises(psycopg.OperationalError):
            await conn.execute("select pg_sleep(60)")

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(query)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await conn.close()
    assert conn.closed


async def test_leaving_the_connection_in_a_cancelled_scope_closes_it(database: str) -> None:
    conn = await Connection.connect(database)
    with trio.move_on_after(0.02):
        async with conn:
            await conn.execute("select 1")
            await trio.sleep_forever()
    assert conn.closed


async def test_a_connection_outside_autocommit_commits_at_the_end_of_its_block(database: str) -> None:
    async with await Connection.connect(database) as conn:
        await conn.execute("create table t (n int)")
        assert conn.info.transaction_status == pq.TransactionStatus.INTRANS
    async with await Connection.connect(database) as conn:
        assert await one(conn, "select count(*) from t") == 0


async def test_the_next_host_is_tried_when_the_first_is_dead(database: str) -> None:
    params = psycopg.conninfo.conninfo_to_dict(database)
    several = make_conninfo(database, host=f"/nowhere,{params['host']}")
    async with await Connection.connect(several, autocommit=True) as conn:
        assert await one(conn, "select current_database()") == params["dbname"]


async def test_when_no_host_answers_the_error_names_what_each_said() -> None:
    with pytest.raises(psycopg.OperationalError, match=r"(?s)/nowhere.*/never"):
        await Connection.connect("host=/nowhere,/never user=postgres")


async def test_a_server_that_never_answers_is_given_up() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        host, port = listener.socket.getsockname()
        with pytest.raises(psycopg.errors.ConnectionTimeout, match="did not answer within 2 s"):
            await Connection.connect(f"host={host} port={port} user=postgres connect_timeout=2")
