"""One server of a world: the product as `lossy.app` composes it, on the twins of its database."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.bus.memory import Bus
from lossy.channels.handshake import Opening
from lossy.domain.capabilities import Capability
from lossy.inference.breaker import Breaker
from lossy.inference.llm import LanguageModel, Writer
from lossy.resources import folder
from lossy.sessions.catalog import OF_SESSION, initial_data, load_all
from lossy.sessions.flag_watch import FlagWatch
from lossy.sessions.flags import Flags
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
from lossy.settings import Llm, Settings
from lossy.sim.virtual.database import EverybodyWelcome, Gate, NothingAudited, NothingWithdrawn
from lossy.store.memory_note_book import MemoryNoteBook
from lossy.web.admission import admit
from lossy.web.app import ROUTES
from lossy.web.join_audit import JoinAudit
from lossy.web.limits import Limits
from lossy.web.metrics import Metrics
from lossy.web.node import Node
from lossy.web.presence import Lobby

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    import trio

    from lossy.charts.together import Charts
    from lossy.clock import Clock
    from lossy.sim.virtual.database import Database
    from lossy.store.lease import LocalNode
    from lossy.web.transport import Transport

ADDRESS = "192.0.2.1"
OPENING = Opening("vsn=2.0.0", None, (), ())
SECRET = b"of a world that is not there at all"
LLM = Llm(url="http://model.invalid/v1", model="the world's")
SETTINGS = Settings()


@cache
def charts() -> Charts:
    return load_all(folder("statecharts"))


def _nothing(name: str) -> Any:
    """In the place of what no channel of a world asks for."""

    def touched(*_: object) -> Any:
        raise AssertionError(f"a world has no {name}")

    return Gate(touched, touched)


async def _lost_nothing(_: UUID) -> frozenset[UUID]:
    """No share of a world is ever withdrawn."""
    return frozenset()


@frozen(eq=False)
class Running:
    """A node whose parts run."""

    node: Node
    keeper: Keeper

    async def serve(self, transport: Transport) -> None:
        """Until the client is gone."""
        await admit(self.node, ROUTES, OPENING, ADDRESS).serve(transport)


async def start_node(
    database: Database,
    ledger: Any,
    local: LocalNode,
    clock: Clock,
    opened: Callable[[str], Awaitable[None]],
    writer: Writer | None,
    nursery: trio.Nursery,
) -> Running:
    """Runs its parts in the nursery, whose end is the node's death. Every call of the database waits for `opened`;
    `ledger` is this node's own, behind a gate already.

    Raises StoreError where the database is away.
    """
    port = partial(Gate, opened=opened)
    every, bus = charts(), Bus()
    library: Any = port(database.library)
    book: Any = Gate(MemoryNoteBook(database.ledger), opened)
    flags = Flags()
    in_force = SettingsInForce(port(database.settings), SETTINGS, flags.cohort_defaults)
    owners = Owners(
        every["ownership"],
        port(database.ownership),
        clock,
        bus,
        initial_data(SETTINGS)["ownership"],
        lambda user_id: roster.of_user(user_id),
        nursery,
    )
    roster = Roster(
        {name: every[name] for name in OF_SESSION},
        ledger,
        clock,
        bus,
        in_force.initial_data,
        library.reach,
        nursery,
        drafter=None if writer is None else LanguageModel(LLM, Breaker("the language model", clock), writer),
        has_drafter=partial(flags.is_on, Capability.LANGUAGE_MODEL),
        owners=owners,
    )
    await nursery.start(owners.run)
    letting_go = LettingGo(NothingWithdrawn(), bus, roster.close_reviews)
    user_settings = SettingsChange(in_force, roster, clock, bus)
    flag_watch = FlagWatch(port(database.flags), flags, user_settings, clock)
    await nursery.start(flag_watch.run)
    access, summaries = NoteAccess(book, library.reach, _lost_nothing), Summaries(book, bus)
    nursery.start_soon(summaries.run)
    node = Node(
        settings=SETTINGS,
        charts=every,
        chart_notes=_nothing("chart_notes"),
        chart_heat=_nothing("chart_heat"),
        journal=_nothing("journal"),
        clock=clock,
        pool=_nothing("pool"),
        accounts=Gate(EverybodyWelcome(), opened),  # type: ignore[arg-type]
        people=_nothing("people"),
        devices=_nothing("devices"),
        invitations=_nothing("invitations"),
        attempts=_nothing("attempts"),
        passwords=_nothing("passwords"),
        letting_go=letting_go,
        videos=_nothing("videos"),
        shares=_nothing("shares"),
        attendances=_nothing("attendances"),
        notes=book,
        reading=NotesReading(access),
        desk=NotesDesk(access, clock, bus, roster.live),
        summaries=summaries,
        roster=roster,
        owners=owners,
        user_settings=user_settings,
        flags=flags,
        flag_watch=flag_watch,
        library=Librarian(library, bus),
        tabs=Tabs(port(database.contexts), owners, clock, bus),
        bus=bus,
        limits=Limits(clock),
        metrics=Metrics(),
        join_audit=JoinAudit(NothingAudited(), clock, timedelta(days=1)),
        telemetry=_nothing("telemetry"),
        lobby=Lobby(),
        secret=SECRET,
        origins=set(),
        sockets=set(),
    )
    keeper = Keeper(ledger, roster, local.lease_s)
    await keeper.start(nursery)
    return Running(node, keeper)
