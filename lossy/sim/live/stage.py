"""A story on a server that is there: real people of it, real sockets, and time as it goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import trio
from attrs import define, field

from lossy.clock import Clock
from lossy.sim.cast import Cast
from lossy.sim.live.people import Door, Person
from lossy.sim.live.way import AccountBehind, Way
from lossy.sim.on_cast import OnCast
from lossy.sim.panel import META
from lossy.sim.script import steps
from lossy.sim.script.pace import Pace
from lossy.sim.script.story import Story

if TYPE_CHECKING:
    from lossy.sim.account import Account
    from lossy.sim.client import Client

# What goes on in a server or between it and others is not a client's to say.
NOT_LIVE = (steps.Deploy, steps.Rollback, steps.Crash, steps.Model, steps.Store)
# A device finds out of a half-open socket within two beats, and a session waits for words and a model.
HEALED_S = 90.0
LOOK_S = 0.1
STOPPED_S = 0.5  # until the browser starts an extension's worker again


@define(eq=False)
class LiveStage(OnCast):
    """A `Stage` and the ground of its cast. `left_out` is told of what cannot be done here."""

    story: Story
    door: Door
    people: Mapping[str, Person]
    pace: Pace
    left_out: Callable[[steps.Deed], None]
    random: Random = field(factory=Random, init=False)
    clock: Clock = field(factory=Clock, init=False)
    cast: Cast = field(init=False)
    _ways: dict[str, Way] = field(factory=dict, init=False)
    _device_ids: dict[str, UUID] = field(factory=dict, init=False)
    _changed: trio.Event = field(factory=trio.Event, init=False)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, story: Story, door: Door, pace: Pace, left_out: Callable[[steps.Deed], None]
    ) -> AsyncIterator[LiveStage]:
        """Raises NotAdmin, Refused, SignInFailed, Unreachable."""
        people = {name: await door.let_in(name) for name in story.people}
        stage = cls(story, door, people, pace, left_out)
        try:
            async with trio.open_nursery() as nursery:
                stage.cast = Cast(story, stage, stage.random, nursery, stage.note_change)
                await stage._share()
                yield stage
                nursery.cancel_scope.cancel()
        finally:
            for way in stage._ways.values():
                await way.close()

    async def _share(self) -> None:
        """The videos that are shared are there before anybody looks at them."""
        for name, video in self.story.videos.items():
            if not video.shared:
                continue
            seen = {"url": video.url, "title": name, "rate": video.rate}
            video_id = (await self.cast.panel(video.of).ask(META, "video_detected", seen))["video_id"]
            self.cast.video_ids[name] = video_id
            for person in video.shared:
                asked = {"email": self.people[person].email, "role": self.story.people[person].role}
                await self.people[video.of].account.ask("POST", f"/api/videos/{video_id}/shares", asked)

    # -- the stage --------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        return self.clock.now_ms()

    async def perform(self, deed: steps.Deed) -> None:
        match deed:
            case steps.Sleep(device, lasts):
                await self._put_to_sleep(device, lasts / 1_000)
            case steps.Evict(tab):
                await self._evict(self.cast.tab(tab))
            case steps.Network(device, fault, lasts):
                await self._disturb(device, fault, lasts / 1_000 / self.pace.speed)
            case steps.Flag(name, on):
                await self.door.flip(name, on=on)
            case _ if isinstance(deed, NOT_LIVE):
                self.left_out(deed)
                await trio.lowlevel.checkpoint()
            case _:
                await self.cast.perform(deed)

    async def heal(self) -> None:
        """Raises trio.TooSlowError."""
        for way in self._ways.values():
            way.heal()
        with trio.move_on_after(HEALED_S) as patience:
            while self.waiting():  # noqa: ASYNC110 (nobody tells)
                await trio.sleep(LOOK_S)
        if patience.cancelled_caught:
            raise trio.TooSlowError(self.what_waits())
        with trio.fail_after(HEALED_S):
            await self.look_everywhere()

    # -- the ground -------------------------------------------------------------------------------------------------

    def account(self, device: str) -> Account:
        return AccountBehind(self.door.admin.url, self._way(device), self.people[self._owner(device)].account)

    def connect(self, device: str) -> Callable[[str], AbstractAsyncContextManager[Client]]:
        return self._way(device).connect

    def user_id(self, person: str) -> UUID:
        return self.people[person].id

    def device_id(self, device: str) -> UUID:
        return self._device_ids.setdefault(device, uuid4())

    def clock_for(self, device: str) -> Callable[[], int]:
        known = self.story.devices.get(device)
        return partial(self._clock_of, 0 if known is None else known.clock_ms)

    def _clock_of(self, ahead_ms: int) -> int:
        return self.clock.now_ms() + ahead_ms

    def url(self, video: str) -> str:
        return self.story.videos[video].url

    def hears(self, words: str) -> str:
        return words

    def back(self, device: str, gone_at: float) -> None:
        """How long that took is nothing that a story asks."""

    def _owner(self, device: str) -> str:
        known = self.story.devices.get(device)
        return device.removesuffix("'s") if known is None else known.of

    def _way(self, device: str) -> Way:
        if device not in self._ways:
            self._ways[device] = Way(self.random)
        return self._ways[device]

    # -- what befalls devices ---------------------------------------------------------------------------------------

    async def _put_to_sleep(self, device: str, lasts_s: float) -> None:
        self._way(device).fall_silent(lasts_s / self.pace.speed)
        asleep = self.cast.reviews_on(device)
        for review in asleep:
            review.stop()
        try:
            await self.pace.sleep(lasts_s)
        finally:
            for review in asleep:
                review.wake()

    async def _evict(self, tab: str) -> None:
        review = self.cast.review(tab)
        review.stop()
        try:
            await self.pace.sleep(STOPPED_S)
        finally:
            review.wake()

    async def _disturb(self, device: str, fault: str, lasts_s: float) -> None:
        way = self._way(device)
        match fault:
            case "down":
                await way.go_down(lasts_s)
            case "half_open":
                way.fall_silent(lasts_s)
            case _:
                way.slow_down(lasts_s)
        await trio.lowlevel.checkpoint()
