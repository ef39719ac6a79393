"""A client whose events arrive twice, late and out of order. What it is asked to send it sends, sooner or later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from random import Random
from typing import TYPE_CHECKING, Any

import trio
from attrs import define

from lossy.sim.client import Asked, Client, Disconnected, Pushed, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Of a hundred events; the rest go as they should.
TWICE, LATE = 25, 25
LATEST_S = 0.08
# Heartbeats and joins are not what is meant.
EVENTS = frozenset({"voice_event", "transcript_final"})


@define(eq=False)
class Unruly:
    """`client` is the one that really sends."""

    _client: Client
    _nursery: trio.Nursery
    _random: Random
    _count: Callable[[str], None]

    @property
    def pushes(self) -> trio.MemoryReceiveChannel[Pushed]:
        return self._client.pushes

    async def join(self, topic: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._client.join(topic, payload)

    async def push(self, topic: str, event: str, payload: Mapping[str, Any]) -> Asked:
        fate = self._random.randrange(100) if event in EVENTS else 100
        if fate < TWICE:
            self._count("duplicated")
            self._nursery.start_soon(self._again, topic, event, payload)
        elif fate < TWICE + LATE:
            self._count("delayed")
            return await self._later(topic, event, payload)
        return await self._client.push(topic, event, payload)

    async def _again(self, topic: str, event: str, payload: Mapping[str, Any]) -> None:
        """The same event once more, perhaps after others; nobody looks at its answer."""
        with suppress(Disconnected):
            await trio.sleep(self._random.uniform(0, LATEST_S))
            await self._client.push(topic, event, payload)

    async def _later(self, topic: str, event: str, payload: Mapping[str, Any]) -> Asked:
        """What is sent next overtakes it."""
        await trio.lowlevel.checkpoint()
        asked = Asked()
        self._nursery.start_soon(self._send_late, asked, topic, event, payload)
        return asked

    async def _send_late(self, asked: Asked, topic: str, event: str, payload: Mapping[str, Any]) -> None:
        with suppress(Disconnected):
            await trio.sleep(self._random.uniform(0, LATEST_S))
            real = await self._client.push(topic, event, payload)
            await real.answered.wait()
            asked.reply = real.reply
        asked.answered.set()


def unruly(random: Random, count: Callable[[str], None]) -> Callable[[str], AbstractAsyncContextManager[Unruly]]:
    """What takes the place of `connect`."""

    @asynccontextmanager
    async def connect_unruly(url: str) -> AsyncIterator[Unruly]:
        async with connect(url) as client, trio.open_nursery() as nursery:
            yield Unruly(client, nursery, random, count)
            nursery.cancel_scope.cancel()

    return connect_unruly
