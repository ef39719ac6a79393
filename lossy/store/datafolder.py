"""The folder of an embedded server on disk: who holds it, and which server runs on it."""

import fcntl
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Self

import attrs
import psutil
import trio

from lossy.store.binaries import EmbeddedError

# A guard has 3 s to stop PostgreSQL kindly and 6 s to do it hard, after its parent was killed.
_INHERITED_LOCK_S = 15.0
_POLL_S = 0.02


class DataFolderInUse(EmbeddedError):
    def __init__(self, data: Path, process_id: int) -> None:
        super().__init__(f"{data} is in use by process {process_id}")
        self.process_id = process_id


@asynccontextmanager
async def hold_folder(data: Path) -> AsyncGenerator[int]:
    """Hold the exclusive lock on `data`; yields the lock's file descriptor.

    A child that inherits the descriptor holds the lock too, and goes on holding it when we are killed. So the
    next process waits here while our guard is still stopping the server, or while our initdb still runs.

    Raises DataFolderInUse when the holder is alive.
    """
    with data.with_name(f".{data.name}.lock").open("a+") as file:
        await _lock(file, data)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield file.fileno()
        finally:
            file.truncate(0)  # a child that is still ending holds the lock, and our number would not let us wait for it


async def _lock(file: IO[str], data: Path) -> None:
    holder = 0
    with trio.move_on_after(_INHERITED_LOCK_S):
        while not _try_lock(file):
            file.seek(0)
            holder = int(file.read() or 0)  # empty: the holder has not written its number yet
            if is_running(holder):
                break
            await trio.sleep(_POLL_S)
        else:
            return
    raise DataFolderInUse(data, holder)


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_running(process_id: int) -> bool:
    """Whether there is such a process. A zombie has ended: only its parent has not asked yet."""
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@attrs.frozen
class Postmaster:
    """What `postmaster.pid` says. The file outlives a killed server, so every word of it may be old."""

    process_id: int
    socket_folder: str
    status: str  # starting, ready, stopping; empty at first

    @classmethod
    def read(cls, data: Path) -> Self | None:
        """Lines: process, data folder, start, port, socket folder, address, shared memory, status."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if not lines:
            return None
        process, _, _, _, socket_folder, _, _, status, *_ = lines + [""] * 8
        return cls(int(process), socket_folder, status.strip())

    def runs_on(self, data: Path) -> bool:
        """Whether the process is a PostgreSQL on `data`, and not another one that was given an old number.

        PostgreSQL makes its data folder the working directory.
        """
        try:
            process = psutil.Process(self.process_id)
            return process.name().startswith("postgres") and Path(process.cwd()) == data
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # a zombie raises the first, another user's the second
            return False


def find_postmaster(data: Path) -> Postmaster | None:
    """The server that runs on `data`; removes what a dead one left there.

    PostgreSQL would refuse to start if the old number belonged to any other process today. It still finds out
    by its shared memory when processes of the dead server are left.
    """
    postmaster = Postmaster.read(data)
    if postmaster is not None and postmaster.runs_on(data):
        return postmaster
    (data / "postmaster.pid").unlink(missing_ok=True)
    return None
