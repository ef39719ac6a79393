"""A PostgreSQL of the driver's own that can be stopped, in three ways, and started again under load."""

from __future__ import annotations

import itertools
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import trio
from attrs import define, field
from psycopg import sql
from psycopg.conninfo import make_conninfo

from lossy.store.embedded import Postgres, open_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

# What PostgreSQL makes of each: fast disconnects everybody, immediate leaves its recovery to the next start.
STOPS: Mapping[str, signal.Signals] = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill -9": signal.SIGKILL}
# Processes die here, and the machine does not: what they have written is there. With fsync a start after a kill first
# syncs the whole data folder, which says more of the disk than of us.
SETTINGS = {"fsync": "off"}


@define(eq=False)
class Database:
    """`data` must have a short path, so that the address stays the same over restarts."""

    data: Path
    _nursery: trio.Nursery
    postgres: Postgres = field(init=False)
    _stop: trio.Event = field(factory=trio.Event, init=False)
    _stopped: trio.Event = field(factory=trio.Event, init=False)
    _numbers: itertools.count[int] = field(factory=lambda: itertools.count(1), init=False)

    async def start(self) -> None:
        self._stop, self._stopped = trio.Event(), trio.Event()
        self.postgres = await self._nursery.start(self._run)

    async def stop(self, how: str) -> None:
        """`how` is one of STOPS. Returns when it has ended."""
        os.kill(self.postgres.pid, STOPS[how])
        self._stop.set()
        await self._stopped.wait()

    async def _run(self, *, task_status: trio.TaskStatus[Postgres]) -> None:
        async with open_postgres(self.data, settings=SETTINGS) as postgres:
            task_status.started(postgres)
            await self._stop.wait()
        self._stopped.set()

    def fresh(self) -> str:
        """The address of a new and empty database."""
        name = f"chaos_{next(self._numbers)}"
        with psycopg.connect(self.postgres.conninfo, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return make_conninfo(self.postgres.conninfo, dbname=name)


@asynccontextmanager
async def open_database(data: Path) -> AsyncIterator[Database]:
    async with trio.open_nursery() as nursery:
        database = Database(data, nursery)
        await database.start()
        yield database
        nursery.cancel_scope.cancel()
