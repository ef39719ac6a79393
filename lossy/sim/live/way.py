"""The way from a device to a server that is there: real sockets, and what a story does to them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.sim.account import Account, Unreachable
from lossy.sim.client import Client, Disconnected, connect

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

# Before each message and each answer, where the line is `slow`.
SLOW_S = (0.4, 1.5)


@define(eq=False)
class Way:
    """One device's. Each of these holds until that time, on trio's clock."""

    random: Random
    down_until: float = field(default=0.0, init=False)
    silent_until: float = field(default=0.0, init=False)
    slow_until: float = field(default=0.0, init=False)
    _streams: dict[Stream, None] = field(factory=dict, init=False)
    _left: list[trio.abc.Stream] = field(factory=list, init=False)  # half open: the server has not heard of their end

    async def go_down(self, lasts_s: float) -> None:
        """What is open is cut, and nothing opens."""
        self.down_until = max(self.down_until, trio.current_time() + lasts_s)
        for stream in [*self._streams]:
            stream.is_silent = False
            await trio.aclose_forcefully(stream)
        await self.close()

    def fall_silent(self, lasts_s: float) -> None:
        """What is open stays so, and carries nothing any more."""
        self.silent_until = max(self.silent_until, trio.current_time() + lasts_s)
        for stream in self._streams:
            stream.is_silent = True

    def slow_down(self, lasts_s: float) -> None:
        self.slow_until = max(self.slow_until, trio.current_time() + lasts_s)

    def heal(self) -> None:
        """What is half open stays so: nobody is told, and each side has to find out."""
        self.down_until = self.silent_until = self.slow_until = 0.0

    async def close(self) -> None:
        for stream in self._left:
            await trio.aclose_forcefully(stream)
        self._left.clear()

    # -- for the device ---------------------------------------------------------------------------------------------

    def connect(self, url: str) -> AbstractAsyncContextManager[Client]:
        """As `lossy.sim.client.connect`. Raises Disconnected."""
        if self.is_cut:
            raise Disconnected("the network is down")
        return connect(url, self._through)

    @property
    def is_cut(self) -> bool:
        return trio.current_time() < max(self.down_until, self.silent_until)

    def _through(self, stream: trio.abc.Stream) -> trio.abc.Stream:
        through = Stream(self, stream)
        self._streams[through] = None
        return through

    async def delay(self) -> None:
        if trio.current_time() < self.slow_until:
            await trio.sleep(self.random.uniform(*SLOW_S))

    def forget(self, stream: Stream) -> None:
        self._streams.pop(stream, None)

    def leave_half_open(self, stream: trio.abc.Stream) -> None:
        self._left.append(stream)


@define(eq=False)
class Stream(trio.abc.Stream):
    """Once it `is_silent` it stays so: TCP gives nothing that comes after what was lost."""

    _way: Way
    _stream: trio.abc.Stream
    is_silent: bool = field(default=False, init=False)
    _receiving: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _closed: bool = field(default=False, init=False)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._way.delay()
        if not self.is_silent:
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        while True:
            received: bytes | bytearray | None = None
            with trio.CancelScope() as self._receiving:
                received = await self._stream.receive_some(max_bytes)
            if received is None or self._closed:
                raise trio.ClosedResourceError
            if not received or not self.is_silent:
                await self._way.delay()
                return received

    async def aclose(self) -> None:
        """The server does not hear of the end of a silent one."""
        if self._closed:
            return await trio.lowlevel.checkpoint()
        self._closed = True
        self._way.forget(self)
        if not self.is_silent:
            return await self._stream.aclose()
        self._way.leave_half_open(self._stream)
        self._receiving.cancel()
        await trio.lowlevel.checkpoint()


@define(eq=False)
class AccountBehind(Account):
    """Somebody's account, as a device reaches it whose network may be down."""

    way: Way
    _person: Account

    async def token(self, device_id: UUID) -> str:
        if self.way.is_cut:
            raise Unreachable("the network is down")
        return await self._person.token(device_id)

    async def is_up(self) -> bool:
        return not self.way.is_cut and await self._person.is_up()
