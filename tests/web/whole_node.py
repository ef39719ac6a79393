"""A whole node in memory, in virtual time: every channel of the product over the twins of what it keeps."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import trio

from lossy.sessions.catalog import initial_data
from lossy.sessions.owners import Owners
from lossy.store.memory_ownership import MemoryOwnership
from lossy.store.notes import FIRST_PAGE, Notes, Page
from lossy.store.videos import Reach, Video, Videos
from tests.sessions.node import ANN, SETTINGS, VIDEO, open_node, reach
from tests.sessions.tabs import OWNERSHIP
from tests.web.peers import DEVICE, Peer, make_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.sessions.session import Session
    from lossy.web.node import Node

SESSION = UUID(int=100)
VOICE, AUDIO, NOTES, USER_TOPIC = f"voice:{SESSION}", f"audio:{SESSION}", f"notes:video:{VIDEO.id}", f"user:{ANN}"


class FewVideos(Videos):
    """Those of `tests.sessions.node`; whatever is detected is Ann's."""

    def __init__(self) -> None:
        pass

    async def reach(self, video_id: UUID, user_id: UUID) -> Reach | None:
        return await reach(video_id, user_id)

    async def detect(self, video: Video) -> Video:
        await trio.lowlevel.checkpoint()
        return VIDEO


class NoNotes(Notes):
    def __init__(self) -> None:
        pass

    async def first_page(self, video_id: UUID, limit: int = FIRST_PAGE) -> Page:
        await trio.lowlevel.checkpoint()
        return Page((), None, 0)


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
        node = make_node(clock=clock)
        yield attrs.evolve(
            node,
            videos=FewVideos(),
            notes=NoNotes(),
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
