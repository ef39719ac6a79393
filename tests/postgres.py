"""One embedded PostgreSQL for a whole test run, and a database for each test that asks.

`tests/conftest.py` makes them the fixtures `postgres` (session), `database` and `empty_database` (one test).
"""

import itertools
import shutil
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import trio
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lossy.app import migrate_pool
from lossy.store.embedded import Postgres, open_postgres
from lossy.store.pool import open_pool

_numbers = itertools.count(1)


@contextmanager
def run_postgres() -> Generator[Postgres]:
    """Run a server in a thread with a loop of its own, because each test has a loop and the server outlives it."""
    with server_folder() as folder, _in_thread(folder / "data") as server:
        yield server


@contextmanager
def server_folder() -> Generator[Path]:
    """A folder for data folders. Not `tmp_path`: as root the server is another user, who may not enter that."""
    folder = Path(tempfile.mkdtemp(prefix="lossy-tests-")).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _in_thread(data: Path) -> Generator[Postgres]:
    started = threading.Event()
    servers: list[Postgres] = []
    ends: list[tuple[trio.lowlevel.TrioToken, trio.Event]] = []

    async def serve() -> None:
        end = trio.Event()
        # What a crash of the machine leaves is not tested, and a test must not wait for a disk.
        async with open_postgres(data, settings={"fsync": "off"}) as server:
            servers.append(server)
            ends.append((trio.lowlevel.current_trio_token(), end))
            started.set()
            await end.wait()

    def run() -> None:
        try:
            trio.run(serve)
        finally:
            started.set()

    thread = threading.Thread(target=run, name="postgres")
    thread.start()
    started.wait()
    assert servers, "PostgreSQL did not start: the thread's error is above"
    try:
        yield servers[0]
    finally:
        token, end = ends[0]
        token.run_sync_soon(end.set)
        thread.join()


@contextmanager
def migrated_database(server: Postgres) -> Generator[str]:
    """One of today's with nothing in it, to be copied: the migrations take a fifth of a second, a copy a third of it.

    Yields its name.
    """

    async def bring_up_to_date(conninfo: str) -> None:
        async with open_pool(conninfo, size=1) as pool:
            await migrate_pool(pool)

    with fresh_database(server) as conninfo:
        trio.run(bring_up_to_date, conninfo)
        yield str(conninfo_to_dict(conninfo)["dbname"])


@contextmanager
def fresh_database(server: Postgres, template: str = "template1") -> Generator[str]:
    """A database like `template`, empty where there is none; yields its conninfo.

    Dropped afterwards, with whoever is still connected. Copying files takes a third less than writing them to the log.
    """
    name = f"test_{next(_numbers)}"
    made = "create database {} template {} strategy file_copy"
    with psycopg.connect(server.conninfo, autocommit=True) as admin:
        admin.execute(sql.SQL(made).format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield make_conninfo(server.conninfo, dbname=name)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
