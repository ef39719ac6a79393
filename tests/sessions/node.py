"""One node's sessions over the twins, in virtual time.

Leaving `open_node` is the death of the server: nothing is drained. The ledger outlives it; opening a node on it
again is the restart. The calendar is NOON at the start of `trio.run` and follows trio's clock.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import trio
from attrs import frozen
from trio.testing import wait_all_tasks_blocked

from lossy.bus.memory import Bus, Published
from lossy.channels.errors import Code, Refusal
from lossy.channels.topics import VideoNotes
from lossy.channels.wire import Broadcast
from lossy.clock import Clock
from lossy.domain.access import Role
from lossy.domain.capabilities import Capability
from lossy.domain.timecode import Rate
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_charts
from lossy.sessions.flags import Flags
from lossy.sessions.hearing import Ears
from lossy.sessions.restore import Restored, restore
from lossy.sessions.roster import Roster
from lossy.sessions.settings_change import SettingsChange
from lossy.sessions.user_settings import SettingsInForce
from lossy.settings import Settings
from lossy.store.memory import MemoryLedger
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.videos import Reach, Video
from tests.flags import everything_on
from tests.sessions.client import LAPTOP, NOON, Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.inference.llm import Drafter
    from lossy.sessions.session import Session


ANN, BEN, SESSION, OTHER_SESSION = (UUID(int=i) for i in range(1, 5))
VIDEO = Video(UUID(int=10), ANN, "https://example.com/cut.mp4", "cut", Rate(24_000, 1001))
OTHER_VIDEO = Video(UUID(int=11), ANN, "https://example.com/other.mp4", "other", Rate(24_000, 1001))
BENS_VIDEO = Video(UUID(int=12), BEN, "https://example.com/his.mp4", "his", Rate(25))
VIDEOS = {video.id: video for video in (VIDEO, OTHER_VIDEO, BENS_VIDEO)}

CHARTS = load_charts(folder("statecharts"))
SETTINGS = Settings()


# With whom a video is shared, by video and user; a test puts in what it needs, and takes it out again.
SHARED: dict[tuple[UUID, UUID], Role] = {}


async def reach(video_id: UUID, user_id: UUID) -> Reach | None:
    await trio.lowlevel.checkpoint()
    video = VIDEOS.get(video_id)
    if video is None:
        return None
    role = Role.OWNER if video.owner_id == user_id else SHARED.get((video_id, user_id))
    return Reach(video, role) if role else None


@frozen(eq=False)
class Node:
    roster: Roster
    ledger: MemoryLedger
    clock: Clock
    published: list[Broadcast]  # on Ann's video, in order
    settings: SettingsChange

    async def open(
        self, session_id: UUID = SESSION, *, user: UUID = ANN, video: Video = VIDEO, device: UUID = LAPTOP
    ) -> Session:
        return await self.roster.open(session_id, user, video.id, device)

    async def refusal(self, session_id: UUID = SESSION, *, user: UUID = ANN, video: Video = VIDEO) -> Code:
        """Why the session is not opened."""
        with pytest.raises(Refusal) as refused:
            await self.open(session_id, user=user, video=video)
        return refused.value.code

    async def join(self, session_id: UUID = SESSION, *, device: UUID = LAPTOP) -> Client:
        client = Client(await self.open(session_id, device=device), self.clock, device)
        client.join()
        client.own()
        await settled()
        return client

    async def listen(self) -> Client:
        """Ann on her laptop, with the microphone on."""
        ann = await self.join()
        await ann.tell("start").answer()
        return ann


async def restored(ledger: MemoryLedger) -> Restored:
    """What the ledger would give a node that starts now."""
    stored = await ledger.read(SESSION)
    assert stored is not None
    return restore(CHARTS, stored, initial_data(SETTINGS))


async def until(ms: int) -> None:
    """Sleeps to an instant, in ms since NOON, and lets everything happen that does at it."""
    await trio.sleep_until(ms / 1000)
    await settled()


async def settled() -> None:
    """Returns when every session has done what it can at this instant."""
    await wait_all_tasks_blocked()


@asynccontextmanager
async def open_node(
    ledger: MemoryLedger | None = None,
    choices: MemoryUserSettings | None = None,
    ears: Ears | None = None,
    drafter: Drafter | None = None,
    flags: Flags | None = None,
) -> AsyncIterator[Node]:
    clock, bus, published = Clock(NOON + round(trio.current_time() * 1000)), Bus(), list[Broadcast]()
    ledger = MemoryLedger() if ledger is None else ledger
    flags = flags or Flags(everything_on())
    has_drafter = partial(flags.is_on, Capability.LANGUAGE_MODEL)

    def deliver(note: Published) -> None:
        published.append(note.broadcast)

    with bus.subscribe(str(VideoNotes(VIDEO.id)), deliver):
        async with trio.open_nursery() as nursery:
            in_force = SettingsInForce(choices or MemoryUserSettings(), SETTINGS, flags.cohort_defaults)
            initial, heard = in_force.initial_data, ears or Ears()
            roster = Roster(
                CHARTS,
                ledger,
                clock,
                bus,
                initial,
                reach,
                nursery,
                ears=heard,
                drafter=drafter,
                has_drafter=has_drafter,
            )
            yield Node(roster, ledger, clock, published, SettingsChange(in_force, roster, clock, bus))
            nursery.cancel_scope.cancel()
