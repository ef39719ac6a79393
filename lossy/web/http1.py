"""What makes a Hypercorn connection safe for a server that must not stall: HTTP/1 only, and no send without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import h11
import trio
from attrs import define
from hypercorn.events import RawData
from hypercorn.trio.tcp_server import TCPServer

if TYPE_CHECKING:
    from hypercorn.events import Event
    from hypercorn.protocol.h11 import H11Protocol

Bytes = bytes | bytearray | memoryview

# A websocket's frames as a server sends them (RFC 6455, 5.2 and 7.4.1).
CLOSE_FRAME, MESSAGE_TOO_BIG = b"\x88", (1009).to_bytes(2)

# A peer has the whole send deadline for each piece, so a long answer over a slow line is not cut while it moves: at the
# default deadline the slowest line we serve is 13 kB/s.
SEND_PIECE = 65_536

# Closing a connection or restarting its timer never waits for the peer: no shield of ours is without a limit.
SHIELD_S = 1


@define(eq=False)
class DeadlineStream(trio.abc.HalfCloseableStream):
    """A TCP stream whose peer has `deadline_s` seconds to take each piece we send.

    Past that the socket is closed, `connection` is cancelled, and the send raises trio.BrokenResourceError. What was
    read of it before is `unread`, and comes first.
    """

    _stream: trio.SocketStream
    _deadline_s: float
    _connection: trio.CancelScope
    unread: bytes = b""

    @property
    def socket(self) -> trio.socket.SocketType:
        return self._stream.socket

    async def send_all(self, data: Bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(view), SEND_PIECE):
            await self._send_piece(view[start : start + SEND_PIECE])

    async def _send_piece(self, piece: memoryview) -> None:
        with trio.move_on_after(self._deadline_s) as deadline:
            await self._stream.send_all(piece)
        if deadline.cancelled_caught:
            self.socket.close()  # or the next shielded send would wait as long again
            self._connection.cancel()
            raise trio.BrokenResourceError("the peer does not read")

    def end(self) -> None:
        """Cancels what serves the connection, which closes it."""
        self._connection.cancel()

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if not self.unread:
            return await self._stream.receive_some(max_bytes)
        await trio.lowlevel.checkpoint()
        unread, self.unread = self.unread, b""
        return unread

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()


class Http1Server(TCPServer):
    """Hypercorn's connection with two changes that it has no settings for."""

    async def _read_data(self) -> None:
        protocol = cast("H11Protocol", self.protocol.protocol)
        protocol.connection = _Http1Connection(h11.SERVER, self.config.h11_max_incomplete_size)
        await super()._read_data()

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, RawData):
            await super().protocol_send(event)
            if event.data[:1] == CLOSE_FRAME and event.data[2:4] == MESSAGE_TOO_BIG:
                # Hypercorn would go on to read, and to keep what it reads of the message that was too big already.
                cast("DeadlineStream", self.stream).end()
            return
        # Quart-trio cancels a request's task once its answer is out, and in that very task Hypercorn closes the
        # connection or restarts its idle timer. Unshielded, it does neither, and the connection stays for ever.
        with trio.move_on_after(SHIELD_S, shield=True):
            await super().protocol_send(event)


class _Http1Connection(h11.Connection):
    """Hypercorn turns to HTTP/2 when a request asks for it, on a plain port too. This one lets no such request out."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        event = super().next_event()
        if not isinstance(event, h11.Request):
            return event
        if event.http_version >= b"2":  # the preface of HTTP/2 is a request by its form
            raise h11.RemoteProtocolError("only HTTP/1 is spoken here", error_status_hint=505)
        return _without_offers(event)


def _without_offers(request: h11.Request) -> h11.Request:
    """The request without what it offers and a server may ignore: to upgrade to HTTP/2 (RFC 9110, 7.8), and to
    compress a websocket, because Hypercorn inflates whatever it is sent, without a limit."""
    headers = [(name, value) for name, value in request.headers if not _is_offer(name, value)]
    if len(headers) == len(request.headers):
        return request
    return h11.Request(method=request.method, target=request.target, headers=headers, http_version=request.http_version)


def _is_offer(name: bytes, value: bytes) -> bool:
    return name == b"sec-websocket-extensions" or (name == b"upgrade" and value.lower() == b"h2c")
