"""The composition root: database, ledger, sessions and web in one nursery, and the order in which they stop."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import trio
from attrs import frozen

from lossy.bus.memory import Bus
from lossy.clock import Clock
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_charts
from lossy.sessions.roster import Roster
from lossy.settings import url_of
from lossy.store.accounts import Accounts
from lossy.store.embedded import find_running, open_postgres
from lossy.store.journal import PostgresLedger
from lossy.store.migrate import Migration, migrate
from lossy.store.notes import Notes
from lossy.store.pool import Pool, open_pool
from lossy.store.videos import Videos
from lossy.web.app import make_app
from lossy.web.auth import sign_in_path
from lossy.web.front import Address, FrontSettings, serve_front
from lossy.web.node import Node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lossy.settings import Database, Settings

SERVICE_RESTART = 1012  # the close code of a deploy: clients come back


@frozen
class App:
    """A server that is up. `url` is where it is reached from this machine."""

    node: Node
    url: str

    async def sign_in_url(self) -> str:
        """A link that signs the admin in, once."""
        return self.url + await sign_in_path(self.node.accounts, self.node.settings.server.link_life, self.node.clock)


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """Runs the whole server until the block is left, then drains it: sessions first, then sockets, then requests.

    Cancelling it cuts all of them at once. Raises what its parts raise when they cannot start: DataFolderInUse,
    StoreUnavailable, MigrationError, ChartError, AddressInUse.
    """
    charts = load_charts(folder("statecharts"))
    async with (
        open_database(settings.database) as conninfo,
        open_pool(conninfo, size=settings.database.pool_size) as pool,
        trio.open_nursery() as nursery,
    ):
        await migrate_pool(pool)
        ledger, clock, bus, videos = PostgresLedger(pool), Clock(), Bus(), Videos(pool)
        nursery.start_soon(ledger.run)
        roster = Roster(charts, ledger, clock, bus, partial(initial_data, settings), videos.reachable, nursery)
        node = Node(
            settings=settings,
            clock=clock,
            pool=pool,
            accounts=Accounts(pool),
            videos=videos,
            notes=Notes(pool),
            roster=roster,
            bus=bus,
            secret=_secret(settings),
            origins=set(),
            sockets=set(),
        )
        await roster.recover()
        stop, stopped = trio.Event(), trio.Event()
        addresses = await nursery.start(_serve, node, stop, stopped)
        app = App(node, url_of(*addresses[0]))
        node.origins.update(_origins(settings, app.url))
        yield app
        await roster.drain(settings.server.drain_s)
        for socket in [*node.sockets]:
            socket.close(SERVICE_RESTART)
        stop.set()
        await stopped.wait()
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_database(database: Database) -> AsyncIterator[str]:
    """The conninfo of the database that is set, or of an embedded one on the data folder while the block lasts."""
    if database.url:
        yield database.url
        return
    async with open_postgres(database.data / "postgres") as postgres:
        yield postgres.conninfo


class NotRunning(Exception):
    """There is no server whose database this command could use."""


async def sign_in_url_beside(settings: Settings, url: str) -> str:
    """A sign-in link for the server at `url`, made in the database that it runs on. Raises NotRunning."""
    running = None if settings.database.url else find_running(settings.database.data / "postgres")
    conninfo = running.conninfo if running else settings.database.url
    if not conninfo:
        raise NotRunning(f"no server runs on {settings.database.data}; `lossy serve` starts one")
    async with open_pool(conninfo, size=1) as pool:
        return url + await sign_in_path(Accounts(pool), settings.server.link_life, Clock())


async def migrate_pool(pool: Pool) -> tuple[Migration, ...]:
    async with pool.lend() as connection:
        return await migrate(connection, folder("sql"))


async def _serve(
    node: Node, stop: trio.Event, stopped: trio.Event, *, task_status: trio.TaskStatus[tuple[Address, ...]]
) -> None:
    server = node.settings.server
    front = FrontSettings(host=server.host, port=server.port, graceful_s=1)
    await serve_front(make_app(node), front, stop=stop, task_status=task_status)
    stopped.set()


def _origins(settings: Settings, url: str) -> set[str]:
    """The web app by every name it has on this machine, and the extensions."""
    extensions = (id.strip() for id in settings.server.extension_ids.split(",") if id.strip())
    local = url.replace("127.0.0.1", "localhost")
    public = settings.server.public_url.rstrip("/")
    return {url, local, *([public] if public else []), *(f"chrome-extension://{id}" for id in extensions)}


def _secret(settings: Settings) -> bytes:
    """The key that signs tokens: from the settings, or made once and kept in the data folder for its owner alone."""
    if settings.server.secret:
        return hashlib.sha256(settings.server.secret.encode()).digest()
    path = settings.database.data / "secret"
    if not path.exists():
        _make_secret(path)
    return path.read_bytes()


def _make_secret(path: Path) -> None:
    """Written beside its place and linked there whole, so that nobody reads half of it; of two servers one is first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # mode 0600
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)
