"""The socket on Quart's WebSocket, for a connection that asked for something else before: a proxy may reuse one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog
import trio
from attrs import define, field

from lossy.channels.wire import Frame
from lossy.web.transport import GOING_AWAY, IDLE_S, INTERNAL_ERROR, OUTBOX, OUTBOX_SIZE, TRY_AGAIN_LATER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.channels.frames import Shared
    from lossy.web.transport import Take

log = structlog.get_logger()


@define(eq=False)
class QuartTransport:
    _websocket: Any  # quart's proxy, which is of no use to a type checker
    _close_code: int | None = field(default=None, init=False)
    _unsent: int = field(default=0, init=False)  # characters or bytes
    _receiving: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _send: trio.MemorySendChannel[Frame] = field(init=False)
    _receive: trio.MemoryReceiveChannel[Frame] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(OUTBOX)

    @classmethod
    @asynccontextmanager
    async def over(cls, websocket: Any) -> AsyncIterator[QuartTransport]:
        """Closes the WebSocket after what is in the outbox. Never with 1000: older clients stay away then."""
        transport = cls(websocket)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transport._write)
            try:
                yield transport
            except Exception:  # our fault must close the socket as such; Hypercorn would say 1000
                log.exception("socket failed")
                transport.close(INTERNAL_ERROR)
            finally:
                transport._send.close()
        await websocket.close(transport._close_code or GOING_AWAY)

    async def serve(self, take: Take) -> None:
        while self._close_code is None:
            frame = await self._receive_one()
            rest = None if frame is None else take(frame)
            if rest is not None:
                await rest

    async def _receive_one(self) -> Frame | None:
        with trio.move_on_after(IDLE_S) as self._receiving:
            frame: Frame | None = await self._websocket.receive()
            return b"" if frame is None else frame  # so Quart gives an empty binary frame
        self.close(GOING_AWAY)  # unless it was closed with another code
        return None

    def send(self, frame: Frame) -> None:
        if self._unsent + len(frame) > OUTBOX_SIZE:
            return self.close(TRY_AGAIN_LATER)
        try:
            self._send.send_nowait(frame)
            self._unsent += len(frame)
        except trio.WouldBlock:
            self.close(TRY_AGAIN_LATER)
        except trio.ClosedResourceError:
            pass  # a reply that comes after the end has nobody to hear it

    def share(self, shared: Shared) -> None:
        self.send(shared.message)

    def close(self, code: int) -> None:
        self._close_code = self._close_code or code
        self._receiving.cancel()

    async def _write(self) -> None:
        async for frame in self._receive:
            await self._websocket.send(frame)
            self._unsent -= len(frame)
