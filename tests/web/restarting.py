"""A server that can be stopped and started again at the same address, in the test's own process."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import attrs
import trio
from attrs import define, field

from lossy.app import App, open_app
from lossy.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@define(eq=False)
class RestartingServer:
    app: App = field(init=False)
    _settings: Settings
    _nursery: trio.Nursery
    _stop: trio.Event = field(factory=trio.Event, init=False)
    _stopped: trio.Event = field(factory=trio.Event, init=False)
    _running: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    async def start(self) -> None:
        self._stop, self._stopped = trio.Event(), trio.Event()
        self.app = await self._nursery.start(self._run)
        port = int(self.app.url.rpartition(":")[2])
        self._settings = attrs.evolve(self._settings, server=attrs.evolve(self._settings.server, port=port))

    async def stop(self) -> None:
        """In good order, as on a deploy."""
        self._stop.set()
        await self._stopped.wait()

    async def cut(self) -> None:
        """All at once: sockets go without a word, and what is not committed is lost."""
        self._running.cancel()
        await self._stopped.wait()

    async def _run(self, *, task_status: trio.TaskStatus[App]) -> None:
        with trio.CancelScope() as self._running:
            async with open_app(self._settings) as app:
                task_status.started(app)
                await self._stop.wait()
        self._stopped.set()


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[RestartingServer]:
    async with trio.open_nursery() as nursery:
        server = RestartingServer(settings, nursery)
        await server.start()
        yield server
        nursery.cancel_scope.cancel()
