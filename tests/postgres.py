"""One embedded PostgreSQL for a whole test run, and an empty database for each test that asks.

`tests/conftest.py` makes them the fixtures `postgres` (session) and `database` (one test).
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
from psycopg.conninfo import make_conninfo

from lossy.store.embedded import Postgres, open_postgres

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
def fresh_database(server: Postgres) -> Generator[str]:
    """An empty database; yields its conninfo. Dropped afterwards, with whoever is still connected."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.conninfo, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield make_conninfo(server.conninfo, dbname=name)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
