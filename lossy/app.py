"""The composition root: database, ledger, sessions and web in one nursery, and the order in which they stop."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING
from uuid import uuid4

import trio
from attrs import frozen

from lossy.bus.memory import Bus
from lossy.clock import Clock
from lossy.domain.capabilities import Capability
from lossy.inference.llm import open_model
from lossy.inference.stt import WhisperSettings
from lossy.inference.transcriber import WhisperTranscriber
from lossy.resources import folder
from lossy.sessions.catalog import OF_SESSION, initial_data, load_all
from lossy.sessions.flag_watch import FlagWatch
from lossy.sessions.flags import Flags
from lossy.sessions.hearing import Ears, Memory
from lossy.sessions.keeper import Keeper
from lossy.sessions.letting_go import LettingGo
from lossy.sessions.librarian import Librarian
from lossy.sessions.note_access import NoteAccess
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.notes_reading import NotesReading
from lossy.sessions.owners import Owners
from lossy.sessions.roster import Roster
from lossy.sessions.settings_change import SettingsChange
from lossy.sessions.summaries import Summaries
from lossy.sessions.tabs import Tabs
from lossy.sessions.user_settings import SettingsInForce
from lossy.settings import url_of
from lossy.store.accounts import Accounts
from lossy.store.attempts import Attempts
from lossy.store.attendance import Attendances
from lossy.store.chart_heat import ChartHeat
from lossy.store.chart_notes import ChartNotes
from lossy.store.contexts import PostgresContexts
from lossy.store.devices import Devices
from lossy.store.embedded import find_running, open_postgres
from lossy.store.flags import PostgresFlags
from lossy.store.invitations import Invitations
from lossy.store.join_audit import JoinAudit as PostgresJoinAudit
from lossy.store.journal import PostgresLedger
from lossy.store.journal_reading import PostgresJournalReading
from lossy.store.lease import LocalNode, PostgresLease
from lossy.store.library import Library
from lossy.store.migrate import Migration, migrate
from lossy.store.note_life import note_life
from lossy.store.ownership import PostgresOwnership
from lossy.store.people import People
from lossy.store.pool import Pool, open_pool
from lossy.store.postgres_note_book import PostgresNoteBook
from lossy.store.shares import Shares
from lossy.store.telemetry import Telemetry
from lossy.store.user_settings import PostgresUserSettings
from lossy.store.videos import Videos
from lossy.store.withdrawals import Withdrawals
from lossy.web.admission import admit
from lossy.web.app import ROUTES, make_app
from lossy.web.auth import sign_in_path
from lossy.web.drain import close_sockets
from lossy.web.front import Address, FrontSettings, serve_front
from lossy.web.join_audit import JoinAudit
from lossy.web.limits import Limits
from lossy.web.metrics import Metrics
from lossy.web.node import Node
from lossy.web.passwords import Passwords
from lossy.web.presence import Lobby
from lossy.web.telemetry import run_forgetting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.settings import Database, Settings, Stt


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
    StoreUnavailable, MigrationError, ChartError, AddressInUse, SpeechError.
    """
    transcriber = _transcriber(settings.stt)
    every = load_all(folder("statecharts"))
    charts = {name: every[name] for name in OF_SESSION}
    clock = Clock()
    async with (
        open_model(settings.llm, clock) as drafter,
        open_database(settings.database) as conninfo,
        open_pool(conninfo, size=settings.database.pool_size) as pool,
        trio.open_nursery() as nursery,
    ):
        await migrate_pool(pool)
        here = _local_node(settings)
        life = note_life(settings.posting)
        ledger, bus, videos = PostgresLedger(pool, life, node=here), Bus(), Videos(pool)
        nursery.start_soon(ledger.run)
        flags = Flags()
        in_force = SettingsInForce(PostgresUserSettings(pool), settings, flags.cohort_defaults)
        ears = Ears(transcriber, Memory(settings.stt.memory_mb * 1_000_000), settings.stt.timeout_ms / 1_000)
        initial = in_force.initial_data
        if transcriber is not None:
            nursery.start_soon(transcriber.prepare)
        vacant = initial_data(settings)["ownership"]
        microphones = PostgresOwnership(pool)
        owners = Owners(
            every["ownership"], microphones, clock, bus, vacant, lambda user_id: roster.of_user(user_id), nursery
        )
        roster = Roster(
            charts,
            ledger,
            clock,
            bus,
            initial,
            videos.reach,
            nursery,
            ears=ears,
            drafter=drafter,
            has_drafter=partial(flags.is_on, Capability.LANGUAGE_MODEL),
            owners=owners,
        )
        await nursery.start(owners.run)
        letting_go = LettingGo(Withdrawals(pool), bus, roster.close_reviews)
        await nursery.start(letting_go.run)
        user_settings = SettingsChange(in_force, roster, clock, bus)
        flag_watch = FlagWatch(PostgresFlags(pool), flags, user_settings, clock)
        await nursery.start(flag_watch.run)
        book = PostgresNoteBook(pool, life)
        access, summaries = NoteAccess(book, videos.reach, videos.lost_by), Summaries(book, bus)
        nursery.start_soon(summaries.run)
        audit = JoinAudit(PostgresJoinAudit(pool), clock, timedelta(days=settings.server.audit_days))
        nursery.start_soon(audit.run)
        telemetry = Telemetry(pool)
        if settings.telemetry.keep_days:
            nursery.start_soon(run_forgetting, telemetry, clock, settings.telemetry.keep_days)
        node = Node(
            settings=settings,
            charts=every,
            chart_notes=ChartNotes(pool),
            chart_heat=ChartHeat(pool),
            journal=PostgresJournalReading(pool),
            clock=clock,
            pool=pool,
            accounts=Accounts(pool),
            people=People(pool),
            devices=Devices(pool),
            invitations=Invitations(pool),
            attempts=Attempts(pool),
            passwords=Passwords(settings.accounts),
            letting_go=letting_go,
            videos=videos,
            shares=Shares(pool),
            attendances=Attendances(pool),
            notes=book,
            reading=NotesReading(access),
            desk=NotesDesk(access, clock, bus, roster.live),
            summaries=summaries,
            roster=roster,
            owners=owners,
            user_settings=user_settings,
            flags=flags,
            flag_watch=flag_watch,
            library=Librarian(Library(pool), bus),
            tabs=Tabs(PostgresContexts(pool), owners, clock, bus),
            bus=bus,
            limits=Limits(clock, settings.server.limit_scale),
            metrics=Metrics(),
            join_audit=audit,
            telemetry=telemetry,
            lobby=Lobby(),
            secret=_secret(settings),
            origins=set(),
            sockets=set(),
        )
        keeper = Keeper(PostgresLease(pool, here), roster, here.lease_s)
        await keeper.start(nursery)
        stop, stopped = trio.Event(), trio.Event()
        addresses = await nursery.start(_serve, node, stop, stopped)
        app = App(node, url_of(*addresses[0]))
        node.origins.update(_origins(settings, app.url))
        yield app
        await roster.drain(settings.server.drain_s)
        await keeper.stop()
        await close_sockets(node.sockets, within_s=settings.server.drain_s / 3)
        stop.set()
        await stopped.wait()
        await audit.write()
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


@asynccontextmanager
async def open_database_beside(database: Database) -> AsyncIterator[str]:
    """The conninfo of the database, whether a server runs on it at the moment or not. Raises NotRunning."""
    running = None if database.url else find_running(database.data / "postgres")
    if running is not None:
        yield running.conninfo
        return
    if not database.url and not (database.data / "postgres").exists():
        raise NotRunning(f"no server has run on {database.data}; LOSSY_DATABASE_DATA or DATABASE_URL names another")
    async with open_database(database) as conninfo:
        yield conninfo


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
    await serve_front(make_app(node), partial(admit, node, ROUTES), front, stop=stop, task_status=task_status)
    stopped.set()


def _local_node(settings: Settings) -> LocalNode:
    """An embedded database has one server. One that takes any free port has another name, and no address, each time."""
    server = settings.server
    usual = f"{gethostname()}:{server.port or uuid4()}" if settings.database.url else "embedded"
    url = server.public_url or (server.url if server.port else "")
    return LocalNode(server.node or usual, url, server.lease_s)


def _transcriber(stt: Stt) -> WhisperTranscriber | None:
    if not stt.model:
        return None
    language = None if stt.language == "auto" else stt.language
    return WhisperTranscriber(
        WhisperSettings(
            Path(stt.model), language=language, threads=stt.threads, parallel=stt.parallel, waiting=stt.waiting
        )
    )


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
