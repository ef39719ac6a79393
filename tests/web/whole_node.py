"""A whole node in memory, in virtual time: every channel of the product over the twins of what it keeps."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import trio

from lossy.domain.library import SHELF, Entry, Sighting, Status
from lossy.sessions.catalog import initial_data
from lossy.sessions.librarian import Librarian
from lossy.sessions.note_access import NoteAccess
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.notes_reading import NotesReading
from lossy.sessions.owners import Owners
from lossy.sessions.summaries import Summaries
from lossy.sessions.tabs import Tabs
from lossy.store.library import ALL, Known, Library, Shelf, Wanted
from lossy.store.memory_contexts import MemoryContexts
from lossy.store.memory_note_book import MemoryNoteBook
from lossy.store.memory_ownership import MemoryOwnership
from tests.notes import loses_nothing
from tests.sessions.node import ANN, SETTINGS, VIDEO, open_node, reach
from tests.sessions.tabs import OWNERSHIP
from tests.web.peers import DEVICE, Peer, make_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.sessions.session import Session
    from lossy.web.node import Node

SESSION = UUID(int=100)
VOICE, AUDIO, NOTES, USER_TOPIC = f"voice:{SESSION}", f"audio:{SESSION}", f"notes:video:{VIDEO.id}", f"user:{ANN}"


class OneBook(Library):
    """Whatever is seen or queued is the one video that there is."""

    def __init__(self) -> None:
        pass

    async def see(self, owner_id: UUID, sighting: Sighting, id: UUID) -> Known:
        await trio.lowlevel.checkpoint()
        found, rate = sighting.detected, sighting.rate or VIDEO.rate
        about = found.platform, found.canonical_id, found.kind, None, VIDEO.url, sighting.page_url
        return Known(Entry(VIDEO.id, owner_id, *about, sighting.title, rate, sighting.duration_ms, Status.ACTIVE), None)

    async def queue(self, owner_id: UUID, named: Sighting, id: UUID) -> Known:
        return await self.see(owner_id, named, id)

    async def set_status(self, owner_id: UUID, id: UUID, status: Status) -> Known | None:
        await trio.lowlevel.checkpoint()
        return None

    async def shelf(self, owner_id: UUID, wanted: Wanted = ALL, cursor: str | None = None, limit: int = SHELF) -> Shelf:
        await trio.lowlevel.checkpoint()
        return Shelf((), None)


@asynccontextmanager
async def open_whole_node() -> AsyncIterator[Node]:
    async with open_node() as sessions, trio.open_nursery() as nursery:
        roster, clock = sessions.roster, sessions.clock
        initial = initial_data(SETTINGS)["ownership"]
        ownership = MemoryOwnership()
        ownership.videos[SESSION, ANN] = VIDEO.id
        owners = Owners(OWNERSHIP, ownership, clock, roster.bus, initial, roster.of_user, nursery)
        roster.owners = owners
        await nursery.start(owners.run)
        book = MemoryNoteBook(sessions.ledger)
        access, summaries = NoteAccess(book, reach, loses_nothing), Summaries(book, roster.bus)
        nursery.start_soon(summaries.run)
        yield attrs.evolve(
            make_node(clock=clock),
            notes=book,
            reading=NotesReading(access),
            desk=NotesDesk(access, clock, roster.bus, roster.live),
            summaries=summaries,
            library=Librarian(OneBook(), roster.bus),
            tabs=Tabs(MemoryContexts(), owners, clock, roster.bus),
            roster=roster,
            owners=owners,
            user_settings=sessions.settings,
            bus=roster.bus,
        )
        nursery.cancel_scope.cancel()


async def enter_voice(peer: Peer, ref: str = "1", device: UUID = DEVICE, **changes: object) -> list[object]:
    """Joins Ann's session, and returns the answer."""
    asked = {"video_id": str(VIDEO.id), "device_id": str(device), "requested_version": 2, **changes}
    peer.say(ref, ref, VOICE, "phx_join", asked)
    (answer,) = [frame for frame in await peer.heard() if frame[3] == "phx_reply"]
    return list(answer)


def session_of(node: Node) -> Session:
    live = node.roster.live(SESSION, ANN)
    assert live is not None, "somebody has joined it"
    return live
