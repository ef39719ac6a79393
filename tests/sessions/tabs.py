"""A reviewer's tabs on nodes that share what is kept of who has the microphone, in virtual time.

As with `open_node`, leaving the block is the death of the node; what it kept outlives it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.bus.memory import Bus, Published
from lossy.channels.errors import Refusal
from lossy.channels.topics import User
from lossy.resources import folder
from lossy.sessions.catalog import initial_data, load_all
from lossy.sessions.owners import Joined, Owners, Place
from lossy.sessions.restore import VOICE
from tests.sessions.client import LAPTOP, NOON, Client
from tests.sessions.node import ANN, SETTINGS, VIDEO, Node, open_node, settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lossy.sessions.session import Session
    from lossy.store.memory import MemoryLedger
    from lossy.store.ownership import Ownership

OWNERSHIP = load_all(folder("statecharts"))["ownership"]
S, HOUR_S = 1_000, 3_600


@define(eq=False)
class Tab:
    """A tab of Ann's on one node. Its clock is `ahead_ms` ahead of ours, and `measured_ms` is what is known of that."""

    desk: Desk
    client: Client
    id: str
    ahead_ms: int = 0
    measured_ms: int = 0
    seq: int = field(default=0, init=False)
    joined: Joined | None = field(default=None, init=False)

    @property
    def session(self) -> Session:
        return self.client.session

    @property
    def place(self) -> Place:
        return Place(ANN, self.id, self.client.device_id, self.session.id, self.session.video.id)

    async def join(self) -> None:
        """Joins its session: its channel does this, and then attaches the socket."""
        self.joined = await self.desk.owners.joined(self.place, self._clock(), -self.ahead_ms)
        self.client.join()
        await settled()

    async def leave(self) -> None:
        """Its socket is gone."""
        assert self.joined is not None
        self.client.leave()
        self.desk.owners.left(self.joined)
        await settled()

    async def claim(self, made_ms_ago: int = 0, seq: int | None = None) -> Mapping[str, Any]:
        """The answer, or the response of the refusal."""
        self.seq = self.seq + 1 if seq is None else seq
        try:
            return await self.desk.owners.claim(self.place, self._clock() - made_ms_ago, -self.measured_ms, self.seq)
        except Refusal as refusal:
            return refusal.as_response()
        finally:
            await settled()

    async def release(self) -> Mapping[str, Any]:
        self.seq += 1
        answer = await self.desk.owners.release(ANN, self.id, self.client.device_id, self._clock(), self.seq)
        await settled()
        return answer

    def _clock(self) -> int:
        return self.client.clock.now_ms() + self.ahead_ms

    @property
    def owner(self) -> Mapping[str, Any] | None:
        """Who has the microphone of its session, as the session sees it."""
        owner: Mapping[str, Any] | None = self.session.states[VOICE].data["owner"]
        return owner

    @property
    def has_it(self) -> bool:
        return self.owner == {"tab": self.id, "device": str(self.client.device_id)}

    @property
    def told(self) -> list[str | None]:
        """The news of the microphone that it was pushed: the tab that took it, None for nobody."""
        news = ("context_taken", "context_available")
        return [
            push.payload["by"]["tab"] if "by" in push.payload else None
            for push in self.client.pushes
            if push.event in news
        ]


@define(eq=False)
class Desk:
    """One node, as Ann sees it."""

    node: Node
    owners: Owners
    published: list[str]  # on her own topic, in order

    async def tab(self, id: str, session: int = 1, *, device: UUID = LAPTOP, **clock: int) -> Tab:
        """A tab that has joined the session of that number, which is brought to life where it is not."""
        tab = await self.away(id, session, device=device, **clock)
        await tab.join()
        return tab

    async def away(self, id: str, session: int = 1, *, device: UUID = LAPTOP, **clock: int) -> Tab:
        """The same tab without a socket on its session."""
        known = {each.id for each in self.node.roster.of_user(ANN)}
        live = await self.node.open(UUID(int=100 + session), video=VIDEO)
        if live.id not in known:
            await self.owners.reconcile(live)
        return Tab(self, Client(live, self.node.clock, device), id, **clock)


@asynccontextmanager
async def open_desk(store: Ownership, ledger: MemoryLedger | None = None) -> AsyncIterator[Desk]:
    published = list[str]()

    def deliver(news: Published) -> None:
        published.append(news.broadcast.event)

    bus = Bus()
    with bus.subscribe(str(User(ANN)), deliver):
        async with open_node(ledger) as node, trio.open_nursery() as nursery:
            initial = initial_data(SETTINGS)["ownership"]
            owners = Owners(OWNERSHIP, store, node.clock, bus, initial, node.roster.of_user, nursery)
            await nursery.start(owners.run)
            yield Desk(node, owners, published)
            nursery.cancel_scope.cancel()


async def pass_s(seconds: float) -> None:
    await trio.sleep_until(round(trio.current_time() + seconds, 3))
    await settled()


def ms(at: float) -> int:
    """Seconds since the start of the test as the calendar has them."""
    return NOON + round(at * S)
