"""Starts and ends the servers of `doomed`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio
from attrs import define, field

from lossy.store.datafolder import is_running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START_S = 20.0
DEATH_POLL_S = 0.002
TELLING_S = 0.5

Doom = Mapping[str, Any]


def at_place(place: str, passage: int) -> Doom:
    return {"place": place, "passage": passage}


def at_await(number: int) -> Doom:
    return {"awaits": number}


class NotStarted(Exception):
    """The server ended before it was up; its log says why."""


@define(eq=False)
class Servers:
    """One server at a time, always at the same address. `starts` are the times that its starts took, in ms by part."""

    _process: trio.Process
    settings: Mapping[str, str]
    log: Path
    url: str = field(init=False)
    pid: int = field(default=0, init=False)
    starts: list[Mapping[str, float]] = field(factory=list, init=False)
    port: int = field(init=False)
    _unread: bytes = field(default=b"", init=False)

    def __attrs_post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self, doom: Doom | None = None) -> None:
        """Returns when it is up. Raises NotStarted."""
        settings = {**self.settings, "LOSSY_SERVER_PORT": str(self.port)}
        order = {"settings": settings, "log": str(self.log), "crash": doom}
        assert self._process.stdin is not None, "opened with a pipe"
        await self._process.stdin.send_all(json.dumps(order).encode() + b"\n")
        with trio.fail_after(START_S):
            self.pid = int(await self._line())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch_over_the_start, nursery.cancel_scope)
                self.starts.append(json.loads(await self._line())["ms"])
                nursery.cancel_scope.cancel()
                return
        raise NotStarted(f"the server ended before it was up; {self.log} says why")

    async def _watch_over_the_start(self, start: trio.CancelScope) -> None:
        await self.ended()
        await trio.sleep(DEATH_POLL_S)  # what it said last may be on its way
        start.cancel()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    async def tell_where_tasks_are(self) -> None:
        """In its log, for one that seems to be stuck."""
        if self.is_alive():
            os.kill(self.pid, signal.SIGUSR1)
            os.kill(self.pid, signal.SIGUSR2)
            await trio.sleep(TELLING_S)

    async def stop(self) -> None:
        """In good order, as on a deploy."""
        os.kill(self.pid, signal.SIGTERM)
        await self.ended()

    def is_alive(self) -> bool:
        return is_running(self.pid)

    async def ended(self) -> None:
        while self.is_alive():  # noqa: ASYNC110 (not our child: nobody tells us)
            await trio.sleep(DEATH_POLL_S)

    async def _line(self) -> str:
        assert self._process.stdout is not None, "opened with a pipe"
        while b"\n" not in self._unread:
            received = await self._process.stdout.receive_some(4096)
            if not received:
                raise NotStarted("the launcher has ended")
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()


def free_port() -> int:
    """One that nobody listens on, and that the system gives to nobody for a while."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def open_launcher() -> AsyncIterator[trio.Process]:
    """What forks servers; it has imported everything before the first one starts."""
    command = [sys.executable, "-m", "tools.chaos.doomed"]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


@asynccontextmanager
async def open_servers(
    settings: Mapping[str, str], log: Path, launcher: trio.Process | None = None
) -> AsyncIterator[Servers]:
    """`settings` are variables as of the environment; the port is chosen here, and stays the same."""
    async with AsyncExitStack() as stack:
        if launcher is None:
            launcher = await stack.enter_async_context(open_launcher())
        servers = Servers(launcher, settings, log)
        try:
            yield servers
        finally:
            if servers.pid and servers.is_alive():
                servers.kill()
