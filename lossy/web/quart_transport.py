"""The socket on Quart's WebSocket, behind the interface that our own transport will have."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog
import trio
from attrs import define, field

from lossy.channels.wire import Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Frames a client may be behind: some seconds of the busiest session. One that is further behind does not read; it is
# closed with 1013 (try again later), and comes back for what it missed.
OUTBOX = 512
# And characters: a full picture with all that is replayed, or a page of notes, is a megabyte at its very longest.
OUTBOX_SIZE = 4_000_000
GOING_AWAY, INTERNAL_ERROR, TRY_AGAIN_LATER = 1001, 1011, 1013
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

    async def receive(self) -> Frame | None:
        if self._close_code is None:
            with trio.CancelScope() as self._receiving:
                frame: Frame | None = await self._websocket.receive()
                return b"" if frame is None else frame  # so Quart gives an empty binary frame
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

    def close(self, code: int) -> None:
        self._close_code = self._close_code or code
        self._receiving.cancel()

    async def _write(self) -> None:
        async for frame in self._receive:
            await self._websocket.send(frame)
            self._unsent -= len(frame)
