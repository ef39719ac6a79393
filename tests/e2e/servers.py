"""Starts and ends the servers of `server_process`, from a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.store.datafolder import is_running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START_S = 10.0


@define(eq=False)
class Servers:
    """One server at a time, always at the same address."""

    database: str
    data: Path
    _process: trio.Process
    url: str = field(default="", init=False)
    pid: int = field(default=0, init=False)
    _port: int = field(default=0, init=False)
    _unread: bytes = field(default=b"", init=False)

    async def start(self, *, crash_at: int = 0) -> None:
        order = {"database": self.database, "data": str(self.data), "port": self._port, "crash_at": crash_at}
        assert self._process.stdin is not None, "opened with a pipe"
        await self._process.stdin.send_all(json.dumps(order).encode() + b"\n")
        with trio.fail_after(START_S):
            self.pid = int(await self._line())
            self.url = await self._line()
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def is_alive(self) -> bool:
        return is_running(self.pid)

    async def ended(self) -> None:
        while self.is_alive():  # noqa: ASYNC110 (not our child: nobody tells us)
            await trio.sleep(0.005)

    async def _line(self) -> str:
        assert self._process.stdout is not None, "opened with a pipe"
        while b"\n" not in self._unread:
            received = await self._process.stdout.receive_some(4096)
            assert received, "the server did not start"
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


@asynccontextmanager
async def open_servers(database: str, data: Path) -> AsyncIterator[Servers]:
    command = [sys.executable, "-m", "tests.e2e.server_process"]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    servers = Servers(database, data, process)
    try:
        yield servers
    finally:
        if servers.pid and servers.is_alive():
            servers.kill()
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
