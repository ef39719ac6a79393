"""A PostgreSQL of our own on a data folder: for one machine, with nothing to install."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Self

import attrs
import psutil
import trio
from psycopg.conninfo import make_conninfo

from lossy.store.binaries import EmbeddedError, Programs, find_programs
from lossy.store.datafolder import Postmaster, find_postmaster, hold_folder, is_running
from lossy.store.guard import Server, open_guard, stop

_SETTINGS = {
    "listen_addresses": "",  # the wheel is built without TLS, so nothing but the socket
    "max_connections": "100",
    "shared_buffers": "128MB",
    # With WAL files of 4 MB it would be 256 MB: a checkpoint every 15 s while a thousand people speak, and a third of
    # all that is written are pages as they were before it (decision 47).
    "max_wal_size": "1GB",
    "jit": "off",
    "client_connection_check_interval": "1s",  # a query whose client has gone does not run on
    "log_min_messages": "warning",
}
_INITDB_OPTIONS = ["-U", "postgres", "-A", "trust", "-E", "utf8", "--locale=C.UTF-8"]
_INITDB_OPTIONS += ["--wal-segsize=4", "--no-instructions"]
# 104 bytes with the final zero is the least that a system allows for a socket's path (macOS).
_SOCKET_PATH_LIMIT = 103
_SOCKET_NAME = ".s.PGSQL.5432"
# Recovery after a crash replays up to max_wal_size before the server is ready.
_START_S = 60.0
_POLL_S = 0.01
_LOG_NAME = "server.log"
_LOG_TAIL = 2000  # characters


class PostgresNotStarted(EmbeddedError):
    """It did not start; the message ends with the last lines of its log."""


@attrs.frozen
class Postgres:
    conninfo: str
    pid: int

    @classmethod
    def of(cls, postmaster: Postmaster) -> Self:
        conninfo = make_conninfo(host=postmaster.socket_folder, user="postgres", dbname="postgres")
        return cls(conninfo, postmaster.process_id)


@asynccontextmanager
async def open_postgres(data: Path, *, settings: Mapping[str, str] | None = None) -> AsyncGenerator[Postgres]:
    """Run a server on `data`, which is made when it does not exist, until the block is left.

    The server stops with us: at the end of the block, on cancellation (shielded, 10 s at most), and by a guard
    process when we are killed. A server that outlived both is taken over, with the settings it has.

    Any user who can reach the socket is its superuser: the folder's mode 0700 is what keeps others out.

    Raises DataFolderInUse, PostgresNotStarted, or another EmbeddedError.
    """
    data = _prepare(data)
    with _socket_folder(data) as sockets:
        async with hold_folder(data) as lock, open_guard(data, lock) as guard:
            server = await _take_over(data) or await _start(data, lock, sockets, _SETTINGS | dict(settings or {}))
            try:
                await guard.send_all(b"%d\n" % server.process.pid)
                yield Postgres.of(await _until_ready(data, server))
            finally:
                await stop(server)


def find_running(data: Path) -> Postgres | None:
    """The server that another process of ours runs on `data`, for a command beside it."""
    data = data.resolve()
    postmaster = Postmaster.read(data)
    if postmaster is None or postmaster.status != "ready" or not postmaster.runs_on(data):
        return None
    return Postgres.of(postmaster)


def _prepare(data: Path) -> Path:
    data = data.resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    return data


@contextmanager
def _socket_folder(data: Path) -> Generator[Path]:
    """Where the socket goes: the data folder, or a folder with a short name when that path is not usable.

    A comma would mean several hosts to libpq.
    """
    if len(os.fsencode(data / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT and not {",", '"'} & set(str(data)):
        yield data
    else:
        with tempfile.TemporaryDirectory(prefix="lossy-postgres-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


async def _take_over(data: Path) -> Server | None:
    """A server that outlived its parent and its guard; one that is stopping is waited for."""
    postmaster = find_postmaster(data)
    if postmaster is None:
        return None
    process = psutil.Process(postmaster.process_id)
    if postmaster.status != "stopping":
        return Server(process, partial(_until_gone, process))
    with trio.move_on_after(_START_S):
        await _until_gone(process)
    return None


async def _until_gone(process: psutil.Process) -> None:
    # Polled: the system tells only a parent of the end of a process.
    while process.is_running() and is_running(process.pid):  # noqa: ASYNC110
        await trio.sleep(_POLL_S)


async def _start(data: Path, lock: int, sockets: Path, settings: Mapping[str, str]) -> Server:
    programs = await find_programs(data.with_name(f".{data.name}.bin"))
    if not (data / "PG_VERSION").exists():
        await _initialise(data, programs, lock)
    programs.give(sockets)
    settings = {**settings, "unix_socket_directories": f'"{sockets}"'}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with _new_log(data).open("wb") as log:
        child = await trio.lowlevel.open_process(
            [programs["postgres"], "-D", data, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the terminal's Ctrl-C is for us: the server stops last
            cwd=data,
            **programs.run_options(),
        )
    return Server(psutil.Process(child.pid), child.wait)


async def _initialise(data: Path, programs: Programs, lock: int) -> None:
    """Make the database beside its place and rename it: a folder that is there is whole."""
    unfinished = _unfinished_folder(data)
    programs.give(unfinished)
    done = await trio.run_process(
        [programs["initdb"], "-D", unfinished, *_INITDB_OPTIONS],
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        pass_fds=[lock],
        start_new_session=True,
        cwd=unfinished,
        **programs.run_options(),
    )
    if done.returncode != 0:
        raise PostgresNotStarted(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")
    unfinished.rename(data)


def _unfinished_folder(data: Path) -> Path:
    if data.exists() and any(data.iterdir()):
        raise EmbeddedError(f"{data} holds files, but no PostgreSQL database")
    unfinished = data.with_name(f".{data.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    return unfinished


def _new_log(data: Path) -> Path:
    """A log for each start; the one before is kept, so that two are the most there can be."""
    log = data / _LOG_NAME
    with suppress(FileNotFoundError):
        log.replace(log.with_suffix(".old"))
    return log


async def _until_ready(data: Path, server: Server) -> Postmaster:
    with trio.move_on_after(_START_S):
        while is_running(server.process.pid):
            postmaster = Postmaster.read(data)
            if postmaster and postmaster.process_id == server.process.pid and postmaster.status == "ready":
                return postmaster
            await trio.sleep(_POLL_S)
    log = (data / _LOG_NAME).read_text(errors="replace")
    raise PostgresNotStarted(f"PostgreSQL did not start on {data}. Its log ends with:\n{log[-_LOG_TAIL:].strip()}")
