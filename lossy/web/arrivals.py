"""Connections of which nobody knows yet what they are for. None has a task, so one that says nothing costs little."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

import structlog
import trio
from attrs import define, field

from lossy.web.poller import Poller

# Is given its socket, whose it is from now on, with the address of the peer and what that said. Must not raise.
Welcome = Callable[[socket.socket, str, bytes], None]

log = structlog.get_logger()

# Whose first request begins like this, and goes on with a query or with nothing more, wants a WebSocket.
SOCKET_REQUEST = b"GET /socket/websocket"
END_OF_HEAD = b"\r\n\r\n"
MOST_HEAD = 16_384

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

# When accept(2) fails that is mostly for want of descriptors or memory: who comes waits until there are some.
AGAIN_S = 0.1

# Connections that are accepted before others have their turn: some milliseconds.
AT_ONCE = 64
SWEEP_S = 1.0


@define(eq=False)
class Arrivals:
    """From the accept until as much has been said as tells who is to serve the connection: the head of a request for a
    WebSocket, or what came first. One that has not said it within `deadline_s` is cut by `sweep`, which must be
    running.
    """

    _poller: Poller
    _deadline_s: float
    _has_room: Callable[[], bool]  # for one more; or else that is answered 503
    _welcome: Welcome
    _silent: dict[socket.socket, _Arrival] = field(factory=dict, init=False)  # who came first comes first

    def __len__(self) -> int:
        return len(self._silent)

    async def accept(self, listener: socket.socket) -> NoReturn:
        """`listener` must not block."""
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                self._accept_some(listener)
            except OSError as error:
                log.error("accept_failed", why=str(error))
                await trio.sleep(AGAIN_S)

    def _accept_some(self, listener: socket.socket) -> None:
        now = trio.current_time()
        for _ in range(AT_ONCE):
            try:
                sock, (address, *_) = listener.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # it is gone again
            try:
                self._take(sock, address, now)
            except Exception:  # as where the system watches no more sockets; it is this connection's alone
                log.exception("connection_failed")
                sock.close()

    def _take(self, sock: socket.socket, address: str, now: float) -> None:
        if not self._has_room():
            return answer(sock, UNAVAILABLE)
        sock.setblocking(False)
        self._poller.watch(sock, partial(self._hear, sock))
        self._silent[sock] = _Arrival(address, now + self._deadline_s)

    def _hear(self, sock: socket.socket) -> None:
        arrival = self._silent.get(sock)
        if arrival is None:
            return  # it was cut just now
        try:
            data = sock.recv(2 * MOST_HEAD)  # what is not read resets the connection at its end
        except BlockingIOError:
            return
        except OSError:
            data = b""
        arrival.said += data
        if not data or has_said_enough(arrival.said):
            self._let_go(sock)
            self._welcome(sock, arrival.address, arrival.said)

    def _let_go(self, sock: socket.socket) -> None:
        self._poller.let_go(sock)
        del self._silent[sock]

    async def sweep(self) -> NoReturn:
        while True:
            await trio.sleep(SWEEP_S)
            now = trio.current_time()
            for sock, arrival in [*self._silent.items()]:
                if arrival.deadline > now:
                    break
                self._cut(sock)

    def close(self) -> None:
        """Cuts all of them."""
        for sock in [*self._silent]:
            self._cut(sock)

    def _cut(self, sock: socket.socket) -> None:
        self._let_go(sock)
        sock.close()


@define(eq=False)
class _Arrival:
    address: str
    deadline: float
    said: bytes = b""


def is_for_socket(said: bytes) -> bool:
    """As far as can be told."""
    size = len(SOCKET_REQUEST)
    return said[:size] == SOCKET_REQUEST[: len(said)] and said[size : size + 1] in (b"", b"?", b" ")


def has_said_enough(said: bytes) -> bool:
    return END_OF_HEAD in said or len(said) >= MOST_HEAD or not is_for_socket(said)


def answer(sock: socket.socket, said: bytes) -> None:
    """The one thing that is said on a new connection, and its end. Some hundred bytes are always taken."""
    with suppress(OSError):
        sock.send(said)
    sock.close()
