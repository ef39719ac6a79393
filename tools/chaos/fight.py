"""A rival: another device of the same person in the same session, that wants the microphone and never gets it for long.

Its clock is an hour ahead. Before each line of the script it takes the microphone, as it may, and the speaker takes it
back; while the speaker speaks it claims by a moment that is past, gives commands, and speaks too. All of that is
refused, so that what is noted is what the speaker said.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels import topics
from lossy.sim.client import Client, Refused, connect
from lossy.sim.reviewer import Reviewer
from tools.chaos.outcome import Difference
from tools.chaos.stage import HOUR_MS, VIDEO, Stage, clock_ms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


# As long as a claim may take to reach the session.
HEARD_S = 5.0
POLL_S = 0.005
STALE_MS = 50
META = str(topics.VideoMeta())


@define(eq=False)
class Claimant:
    """Claims the microphone for the tab of a device."""

    device: Reviewer
    _client: Client
    _numbers: count[int] = field(factory=lambda: count(1), init=False)

    async def claim(self, at_ms: int) -> bool:
        """Whether it is this tab's now. `at_ms` is by the device's own clock."""
        device = self.device
        where = {"session_id": str(device.session_id), "video_id": device.video_id, "tab_id": device.tab_id}
        asked = await self._client.push(META, "claim", {**where, "at": at_ms, "seq": next(self._numbers)})
        try:
            await asked.response()
        except Refused as refused:
            if refused.response["code"] != "context_taken":
                raise
            return False
        return True

    async def until_heard(self) -> None:
        """The session knows whose the microphone is, and so does this device."""
        with trio.fail_after(HEARD_S):
            while (self.device.session.get("owner") or {}).get("tab") != self.device.tab_id:  # noqa: ASYNC110
                await trio.sleep(POLL_S)


@asynccontextmanager
async def open_claimant(device: Reviewer) -> AsyncIterator[Claimant]:
    token = await device.account.token(device.device_id)
    async with connect(device.account.url) as client:
        await client.join(META, {"token": token, "at": device.now_ms()})
        yield Claimant(device, client)


@define(eq=False)
class Fight:
    _stage: Stage
    _random: Random
    _speaker: Claimant
    _rival: Claimant
    _won_at: int = field(default=0, init=False)  # by the speaker's claim, of its own clock; 0 while hands change

    async def before_a_line(self) -> None:
        """The microphone changes hands twice."""
        self._won_at = 0
        await self._take(self._rival)
        await trio.sleep(self._random.uniform(0.002, 0.05))
        won_at = self._speaker.device.now_ms()
        await self._take(self._speaker)
        self._won_at = won_at
        said = await self._speaker.device.say("command", {"name": "start", "at": won_at})
        await said.settled.wait()
        self._stage.counts["changed hands"] += 2

    async def _take(self, claimant: Claimant) -> None:
        if not await claimant.claim(claimant.device.now_ms()):
            raise Difference(f"{claimant.device.tab_id} claimed last, and was refused")
        await claimant.until_heard()

    async def go_on(self) -> None:
        """What a rival does that has not understood that it lost."""
        while True:
            await trio.sleep(self._random.uniform(0.02, 0.2))
            if self._won_at:
                await self._random.choice((self._claim_late, self._command, self._talk))()

    async def _claim_late(self) -> None:
        """By the moment before the speaker's claim."""
        won_at = self._won_at
        if await self._rival.claim(won_at - STALE_MS + HOUR_MS) and won_at == self._won_at:
            raise Difference("a claim of an earlier moment won")
        self._stage.counts["late claims"] += 1

    async def _command(self) -> None:
        said = await self._rival.device.say("command", {"name": "pause", "at": self._rival.device.now_ms()})
        await said.settled.wait()
        self._stage.counts["rival's commands"] += 1

    async def _talk(self) -> None:
        rival = self._rival.device
        await rival.hear("speech_start", rival.now_ms(), media_ms=0)
        await trio.sleep(0.02)
        await rival.hear("speech_end", rival.now_ms())
        self._stage.counts["rival's segments"] += 1


@asynccontextmanager
async def open_fight(stage: Stage, random: Random) -> AsyncIterator[Fight]:
    """The two devices have joined."""
    speaker, ids = stage.reviewer, random
    device = UUID(int=ids.getrandbits(128), version=4)
    ahead: Callable[[], int] = clock_ms(HOUR_MS)
    rival = Reviewer(speaker.account, device, speaker.session_id, VIDEO, ahead, tab_id="the rival's")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rival.run)
        nursery.start_soon(_read, rival)
        while not (speaker.connections and rival.connections):  # noqa: ASYNC110 (it happens once)
            await trio.sleep(0.01)
        async with open_claimant(speaker) as one, open_claimant(rival) as other:
            yield Fight(stage, random, one, other)
        nursery.cancel_scope.cancel()


async def _read(device: Reviewer) -> None:
    async for _ in device.pushes:
        pass
