import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import trio

from lossy.store import binaries
from lossy.store.binaries import EmbeddedError
from lossy.store.datafolder import DataFolderInUse, hold_folder, is_running
from lossy.store.embedded import Postgres, PostgresNotStarted, find_running, open_postgres
from tests.postgres import server_folder

pytestmark = pytest.mark.integration

_HOLDER = ["-m", "tests.store.hold_postgres"]


@pytest.fixture
def folder() -> Generator[Path]:
    with server_folder() as path:
        yield path


@asynccontextmanager
async def holder(data: Path) -> AsyncGenerator[tuple[trio.Process, int]]:
    """A process of its own with a server on `data`, and the server's number. Killed at the end."""
    process = await trio.lowlevel.open_process([sys.executable, *_HOLDER, str(data)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    async with process.stdout:
        try:
            with trio.fail_after(20):
                pid = int(await process.stdout.receive_some())
                yield process, pid
        finally:
            await kill(process)
    await until_gone(pid)


async def kill(process: trio.Process) -> None:
    process.kill()
    with trio.CancelScope(shield=True):
        await process.wait()


def guard_of(process: trio.Process) -> psutil.Process:
    [guard] = [child for child in psutil.Process(process.pid).children() if "lossy-guard" in child.cmdline()]
    return guard


def query(server: Postgres, sql: str) -> object:
    with psycopg.connect(server.conninfo, autocommit=True) as conn:
        cursor = conn.execute(sql.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


async def until_gone(pid: int) -> None:
    with trio.fail_after(10):
        while is_running(pid):  # noqa: ASYNC110 - a process that is not our child
            await trio.sleep(0.01)


async def test_a_restart_keeps_the_data(folder: Path) -> None:
    data = folder / "not there yet" / "data"
    async with open_postgres(data) as first:
        query(first, "create table kept as select 42 as n")
    assert not is_running(first.pid)
    async with open_postgres(data) as second:
        assert query(second, "select n from kept") == 42
        assert query(second, "select current_setting('fsync')") == "on"


@pytest.mark.parametrize("name", ["with spaces, a comma and 'quotes'", "long" * 50])
async def test_any_path_will_do(folder: Path, name: str) -> None:
    async with open_postgres(folder / name) as server:
        assert query(server, "select 1") == 1


async def test_cancellation_stops_the_server(folder: Path) -> None:
    with trio.CancelScope() as scope:
        async with open_postgres(folder / "data") as server:
            scope.cancel()
            await trio.sleep_forever()
    assert not is_running(server.pid)


async def test_a_cancelled_start_leaves_nothing_behind(folder: Path) -> None:
    for delay in (0, 0.05, 0.2, 0.4):
        with trio.move_on_after(delay):
            async with open_postgres(folder / "data"):
                await trio.sleep_forever()
        assert not [process for process in psutil.process_iter(["cmdline"]) if str(folder) in str(process.info)]
    async with open_postgres(folder / "data") as server:
        assert query(server, "select 1") == 1


async def test_the_next_holder_waits_for_what_the_last_one_started(folder: Path) -> None:
    async with hold_folder(folder / "data") as lock:
        started = await trio.lowlevel.open_process(["cat"], stdin=subprocess.PIPE, pass_fds=[lock])

    async def end_it() -> None:
        await trio.sleep(0.05)
        assert started.stdin is not None
        await started.stdin.aclose()
        await started.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(end_it)
        async with hold_folder(folder / "data"):
            assert started.returncode == 0


async def test_a_command_beside_the_server_finds_it(folder: Path) -> None:
    assert find_running(folder / "data") is None
    async with holder(folder / "data") as (_, pid):
        found = find_running(folder / "data")
        assert found is not None
        assert found.pid == pid
        assert query(found, "select 1") == 1
    assert find_running(folder / "data") is None


async def test_a_second_server_on_the_folder_is_refused(folder: Path) -> None:
    async with holder(folder / "data") as (process, _):
        with pytest.raises(DataFolderInUse, match=f"in use by process {process.pid}"):
            async with open_postgres(folder / "data"):
                pytest.fail("two servers on one folder")


async def test_the_guard_stops_the_server_of_a_killed_process(folder: Path) -> None:
    async with holder(folder / "data") as (process, pid):
        await kill(process)
        await until_gone(pid)


async def test_a_start_waits_for_the_guard_of_a_killed_process(folder: Path) -> None:
    async with holder(folder / "data") as (process, pid):
        await kill(process)
        async with open_postgres(folder / "data") as server:
            assert server.pid != pid
            assert query(server, "select 1") == 1


async def test_a_server_that_outlived_process_and_guard_is_taken_over(folder: Path) -> None:
    async with holder(folder / "data") as (process, pid):
        guard_of(process).kill()
        await kill(process)
        async with open_postgres(folder / "data") as server:
            assert server.pid == pid
            assert query(server, "select 1") == 1
        assert not is_running(pid)


async def test_a_server_that_was_taken_over_has_a_guard_again(folder: Path) -> None:
    async with holder(folder / "data") as (first, pid):
        guard_of(first).kill()
        await kill(first)
        async with holder(folder / "data") as (second, same_pid):
            assert same_pid == pid
            await kill(second)
            await until_gone(pid)


async def test_a_server_that_is_stopping_is_waited_for(folder: Path) -> None:
    async with holder(folder / "data") as (process, pid):
        guard_of(process).kill()
        await kill(process)
        os.kill(pid, signal.SIGINT)
        async with open_postgres(folder / "data") as server:
            assert query(server, "select 1") == 1


async def test_a_pid_file_with_the_number_of_another_process_is_not_believed(folder: Path) -> None:
    async with open_postgres(folder / "data"):
        file = folder / "data" / "postmaster.pid"
        words = file.read_text()
    number = words.splitlines()[0]
    file.write_text(words.replace(number, str(os.getpid()), 1))
    async with open_postgres(folder / "data") as server:
        assert server.pid != os.getpid()
        assert query(server, "select 1") == 1


async def test_a_killed_server_recovers(folder: Path) -> None:
    async with open_postgres(folder / "data") as server:
        query(server, "create table kept as select 42 as n")
        os.kill(server.pid, signal.SIGKILL)
        await until_gone(server.pid)
    async with open_postgres(folder / "data") as server:
        assert query(server, "select n from kept") == 42


async def test_a_half_made_database_is_made_again(folder: Path) -> None:
    (folder / ".data.new").mkdir()
    (folder / ".data.new" / "PG_VERSION").write_text("18\n")
    async with open_postgres(folder / "data") as server:
        assert query(server, "select 1") == 1
    assert not (folder / ".data.new").exists()


async def test_a_process_killed_while_it_makes_the_database_leaves_no_trouble(folder: Path) -> None:
    process = await trio.lowlevel.open_process([sys.executable, *_HOLDER, str(folder / "data")])
    with trio.fail_after(20):
        while not (folder / ".data.new" / "base").exists():  # noqa: ASYNC110 - initdb tells nobody
            await trio.sleep(0.001)
    await kill(process)
    async with open_postgres(folder / "data") as server:
        assert query(server, "select 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
async def test_programs_that_the_other_user_cannot_reach_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = binaries._installed()
    private = folder / "private"
    private.mkdir(mode=0o700)
    (private / installed.parent.name).symlink_to(installed.parent)
    (private / f"{installed.parent.name}.libs").symlink_to(f"{installed.parent}.libs")
    monkeypatch.setattr(binaries, "_installed", lambda: private / installed.parent.name / installed.name)
    async with open_postgres(folder / "data") as server:
        assert query(server, "select 1") == 1
        assert psutil.Process(server.pid).exe().startswith(str(folder / ".data.bin"))


async def test_a_folder_with_other_files_is_left_alone(folder: Path) -> None:
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(EmbeddedError, match="holds files"):
        async with open_postgres(folder):
            pytest.fail("it started")
    assert (folder / "letter.txt").read_text() == "mine"


async def test_a_server_that_does_not_start_says_why(folder: Path) -> None:
    with pytest.raises(PostgresNotStarted, match='unrecognized configuration parameter "no_such_setting"'):
        async with open_postgres(folder / "data", settings={"no_such_setting": "1"}):
            pytest.fail("it started")
