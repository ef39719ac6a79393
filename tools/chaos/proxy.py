"""The network between a client and its server: it can go down, cut a frame in its middle, be slow, and hold back."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import trio
from attrs import define, field, frozen

from tools.chaos.frames import Frames

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Awaitable

UP, DOWN = "to the server", "to the client"
CHUNK = 65_536
# A receiver that does not read fills this, and then its sender waits.
RECEIVE_BUFFER = 4096
WEBSOCKET = b"/socket/websocket"

Broken = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)


@frozen
class Cut:
    """The socket goes within that frame of a direction, counted from when the cut was ordered."""

    direction: str
    frame: int
    share: float  # of the frame's bytes that still arrive, above 0 and below 1


@define(eq=False)
class Link:
    """One connection through the proxy."""

    client: trio.SocketStream
    server: trio.SocketStream
    is_websocket: bool = field(default=False, init=False)

    async def end(self) -> None:
        """At once, on both sides: whatever waits in a buffer is gone."""
        for stream in (self.client, self.server):
            with suppress(*Broken):
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            await trio.aclose_forcefully(stream)


@define(eq=False)
class Proxy:
    """`is_up` says whether there is a network at all; `delay_s` is what each frame takes in each direction."""

    server_port: int
    port: int = field(default=0, init=False)
    is_up: bool = field(default=True, init=False)
    delay_s: Callable[[], float] = field(default=lambda: 0.0, init=False)
    ends: int = field(default=0, init=False)  # of WebSockets, from either side
    _cut: Cut | None = field(default=None, init=False)
    _was_cut: trio.Event = field(factory=trio.Event, init=False)
    _flows: trio.Event = field(factory=trio.Event, init=False)  # unless it is held back
    _links: set[Link] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._flows.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # -- what may befall it -------------------------------------------------------------------------------------

    async def cut(self, cut: Cut) -> None:
        """Returns when it has happened; the network is down from then on."""
        self._cut, self._was_cut = cut, trio.Event()
        await self._was_cut.wait()

    async def go_down(self) -> None:
        self.is_up = False
        for link in [*self._links]:
            await link.end()

    def come_back(self) -> None:
        self.is_up = True

    def hold(self) -> None:
        """The client reads nothing more until `release`."""
        self._flows = trio.Event()

    def release(self) -> None:
        self._flows.set()

    # -- its work -----------------------------------------------------------------------------------------------

    async def serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        (listener,) = await trio.open_tcp_listeners(self.port, host="127.0.0.1")
        self.port = listener.socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._pass_guarded, [listener])

    async def _pass_guarded(self, client: trio.SocketStream) -> None:
        with suppress(*Broken):
            async with client:
                if self.is_up:
                    await self._pass(client)

    async def _pass(self, client: trio.SocketStream) -> None:
        link = Link(client, await self._reach_server())
        self._links.add(link)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._pump, link, UP, nursery.cancel_scope)
                nursery.start_soon(self._pump, link, DOWN, nursery.cancel_scope)
        finally:
            self._links.discard(link)
            self.ends += link.is_websocket
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(link.server)

    async def _reach_server(self) -> trio.SocketStream:
        to_server = trio.socket.socket()
        try:
            to_server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            await to_server.connect(("127.0.0.1", self.server_port))
        except BaseException:
            to_server.close()
            raise
        return trio.SocketStream(to_server)

    async def _pump(self, link: Link, direction: str, both: trio.CancelScope) -> None:
        here, there = (link.client, link.server) if direction is UP else (link.server, link.client)
        frames, pass_on = Frames(), self._sender(link, direction, there)
        with suppress(*Broken):
            while chunk := await here.receive_some(CHUNK):
                if direction is UP and frames.in_head and WEBSOCKET in chunk:
                    link.is_websocket = True
                for piece in frames.feed(chunk) if link.is_websocket else [chunk]:
                    await pass_on(piece, frames.in_head)
        both.cancel()

    def _sender(self, link: Link, direction: str, there: trio.SocketStream) -> Callable[[bytes, bool], Awaitable[None]]:
        async def pass_on(piece: bytes, is_head: bool) -> None:
            if direction is DOWN and link.is_websocket:
                await self._flows.wait()
            if link.is_websocket and not is_head:
                await trio.sleep(self.delay_s())
                piece = await self._cut_where_ordered(link, direction, there, piece)
            await there.send_all(piece)

        return pass_on

    async def _cut_where_ordered(self, link: Link, direction: str, there: trio.SocketStream, frame: bytes) -> bytes:
        """The frame, unless it is the one to be cut. Raises BrokenResourceError then."""
        cut = self._cut
        if cut is None or cut.direction != direction:
            return frame
        if cut.frame > 1:
            self._cut = Cut(direction, cut.frame - 1, cut.share)
            return frame
        self._cut = None
        await there.send_all(frame[: max(1, min(len(frame) - 1, round(cut.share * len(frame))))])
        await trio.sleep(0.002)  # the part is there before the end is
        self._was_cut.set()
        await self.go_down()
        raise trio.BrokenResourceError


def any_cut(random: random.Random) -> Cut:
    return Cut(random.choice((UP, DOWN)), random.randint(1, 12), random.uniform(0.01, 0.99))


@asynccontextmanager
async def open_proxy(server_port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(server_port)
    async with trio.open_nursery() as nursery:
        await nursery.start(proxy.serve)
        yield proxy
        nursery.cancel_scope.cancel()
