"""A story in virtual time: the cast's clients, the ways between, the servers and their database, in one process."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import trio
from attrs import define, field

from lossy.clock import Clock
from lossy.domain.access import Role
from lossy.domain.flag_change import Change, Kind
from lossy.domain.library import sighting
from lossy.domain.timecode import Rate
from lossy.sim.account import Account, Unreachable
from lossy.sim.cast import Cast
from lossy.sim.client import PUSHES, Client, Pushed
from lossy.sim.on_cast import OnCast
from lossy.sim.script import steps
from lossy.sim.script.pace import Pace
from lossy.sim.script.story import Story
from lossy.sim.virtual.crash import crash_after
from lossy.sim.virtual.database import Database
from lossy.sim.virtual.faults import Chance
from lossy.sim.virtual.model import Model
from lossy.sim.virtual.network import Line
from lossy.sim.virtual.servers import Servers
from lossy.sim.virtual.trace import Trace
from lossy.store.flags import By
from lossy.store.pool import StoreError
from lossy.web.auth import Identity, make_token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


# Whatever went wrong: a device finds out within two missed beats, its session may wait for a model or for words, and
# the end of it all is a minute away.
HEALED_S = 300.0
URL = "http://world.invalid"
PEOPLE = UUID(int=0x10551)  # ids of people, devices and videos follow from their names
SKEW_MS = 3_600_000


@cache
def _id(name: str) -> UUID:
    return uuid5(PEOPLE, name)


@define(eq=False)
class WorldAccount(Account):
    """Somebody who is signed in, on one of their devices."""

    servers: Servers
    line: Line
    user_id: UUID

    async def token(self, device_id: UUID) -> str:
        if not await self.line.ask() or self.servers.newest is None or self.servers.newest.running is None:
            raise Unreachable
        node = self.servers.newest.running.node
        return make_token(node, Identity(self.user_id, device_id))[0]

    async def is_up(self) -> bool:
        return await self.line.ask() and self.servers.newest is not None


@define(eq=False)
class World(OnCast):
    """A `Stage` and the ground of its cast."""

    story: Story
    random: Random
    clock: Clock
    database: Database
    servers: Servers
    model: Model
    chance: Chance
    trace: Trace
    pace: Pace = field(factory=Pace, init=False)
    cast: Cast = field(init=False)
    lines: dict[str, Line] = field(factory=dict, init=False)
    recoveries: list[float] = field(factory=list, init=False)
    _changed: trio.Event = field(factory=trio.Event, init=False)
    _skews: dict[str, int] = field(factory=dict, init=False)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        story: Story,
        random: Random,
        chance: Chance,
        database: Database,
        trace: Trace,
        *,
        model: bool,
        lease_s: float,
    ) -> AsyncIterator[World]:
        """With one server that is up. Leaving it ends everything at once."""
        clock = Clock(trace.began_ms)
        writer = Model(chance)
        async with trio.open_nursery() as nursery:
            servers = Servers(database, clock, chance, trace, writer if model else None, nursery, lease_s)
            world = cls(story, random, clock, database, servers, writer, chance, trace)
            world.cast = Cast(story, world, random, nursery, world.note_change)
            await servers.start()
            await world._prepare()
            yield world
            nursery.cancel_scope.cancel()

    async def _prepare(self) -> None:
        """The videos that are shared are there before anybody looks at them."""
        for name, video in self.story.videos.items():
            seen = sighting(self.url(name), name, Rate.parse(video.rate))
            assert seen is not None, "it is an address of the web"
            entry = (await self.database.library.see(self.user_id(video.of), seen, _id(f"video {name}"))).entry
            self.cast.video_ids[name] = str(entry.id)
            for person in video.shared:
                self.database.library.share(entry.id, self.user_id(person), Role(self.story.people[person].role))

    # -- the stage --------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        return self.clock.now_ms()

    async def perform(self, deed: steps.Deed) -> None:
        lasts_s = getattr(deed, "lasts", 0) / 1_000
        match deed:
            case steps.Sleep(device):
                await self.put_to_sleep(device, lasts_s)
            case steps.Evict(tab):
                await self.evict(self.cast.tab(tab))
            case steps.Network(device, fault):
                self.disturb(device, fault, lasts_s)
            case steps.Deploy() | steps.Rollback():
                await self.servers.deploy()
            case steps.Crash(_, 0):
                await self.servers.crash(lasts_s)
            case steps.Crash(_, awaits):
                await crash_after(self.servers, awaits, lasts_s)
            case steps.Model(fault):
                self.model.fault, self.model.until = fault, trio.current_time() + lasts_s
            case steps.Store("away"):
                self.servers.away_until = trio.current_time() + lasts_s
            case steps.Store():
                self.servers.slow_until = trio.current_time() + lasts_s
            case steps.Flag(name, on):
                await self._flip(name, on=on)
            case _:
                await self.cast.perform(deed)

    async def heal(self, look: Callable[[], None] = lambda: None) -> None:
        """Calls `look` now and then meanwhile: what waits may wait for what that finds. Raises trio.TooSlowError."""
        self.chance.rests = True
        self.servers.heal()
        for line in self.lines.values():
            line.heal()
        if await self.servers.leave_one():
            for line in self.lines.values():
                line.go_down(0)
        with trio.move_on_after(HEALED_S) as patience:
            while not self.servers.up or self.waiting():
                look()
                await trio.sleep(0.5)
        if patience.cancelled_caught:
            raise trio.TooSlowError(self.what_waits())
        with trio.fail_after(HEALED_S):
            await self.look_everywhere()
        await trio.sleep(5)

    # -- the ground -------------------------------------------------------------------------------------------------

    def account(self, device: str) -> Account:
        return WorldAccount(URL, self.servers, self.line(device), self.user_id(self._owner(device)))

    def connect(self, device: str) -> Callable[[str], AbstractAsyncContextManager[Client]]:
        return partial(self._connect, self.line(device))

    @asynccontextmanager
    async def _connect(self, line: Line, url: str) -> AsyncIterator[Client]:
        connection: Any = await line.connect(self.servers.accept)
        out, pushes = trio.open_memory_channel[Pushed](PUSHES)
        client = Client(pushes, connection, out)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.read)
            nursery.start_soon(client.beat, connection)
            try:
                yield client
            finally:
                connection.hang_up()
                nursery.cancel_scope.cancel()

    def line(self, device: str) -> Line:
        if device not in self.lines:
            self.lines[device] = Line(self.random, self.chance)
        return self.lines[device]

    def user_id(self, person: str) -> UUID:
        return _id(f"person {person}")

    def device_id(self, device: str) -> UUID:
        return _id(f"device {device}")

    def clock_for(self, device: str) -> Callable[[], int]:
        if device not in self._skews:
            known = self.story.devices.get(device)
            wrong = self.random.randint(-SKEW_MS, SKEW_MS) if self.chance.strikes("clock_skew") else 0
            self._skews[device] = wrong + (0 if known is None else known.clock_ms)
        return partial(self._clock_of, device)

    def _clock_of(self, device: str) -> int:
        return self.clock.now_ms() + self._skews[device]

    def url(self, video: str) -> str:
        return self.story.videos[video].url

    def hears(self, words: str) -> str:
        return "Thanks for watching!" if self.chance.strikes("hallucination") else words

    def back(self, device: str, gone_at: float) -> None:
        """How long it took, once there was a way and a server again."""
        line = self.lines[device]
        free_at = max(gone_at, line.down_until, line.silent_until, self.servers.up_since)
        self.recoveries.append(round(trio.current_time() - free_at, 3))

    def _owner(self, device: str) -> str:
        known = self.story.devices.get(device)
        return device.removesuffix("'s") if known is None else known.of

    # -- what befalls devices and servers ---------------------------------------------------------------------------

    async def put_to_sleep(self, device: str, lasts_s: float) -> None:
        line = self.line(device)
        line.fall_silent(lasts_s)
        asleep = self.cast.reviews_on(device)
        for review in asleep:
            review.stop()
        try:
            await trio.sleep(lasts_s)
        finally:
            for review in asleep:
                review.wake()

    async def evict(self, tab: str) -> None:
        review = self.cast.review(tab)
        review.stop()
        try:
            await trio.sleep(self.random.random())
        finally:
            review.wake()

    def disturb(self, device: str, fault: str, lasts_s: float) -> None:
        line = self.line(device)
        match fault:
            case "down":
                line.go_down(lasts_s)
            case "half_open":
                line.fall_silent(lasts_s)
            case _:
                line.slow_down(lasts_s)

    async def _flip(self, name: str, *, on: bool) -> None:
        """By an admin, at whatever server is up, again and again until it is done."""
        while True:
            newest = self.servers.newest
            if newest is not None and newest.running is not None:
                with suppress(StoreError):
                    watch = newest.running.node.flag_watch
                    await watch.change([Change(Kind.FLAG, name, {"boolean": on})], By("story"))
                    return
            await trio.sleep(0.1)
