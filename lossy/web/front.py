"""Our listener. It owns the TCP sockets, serves WebSockets by itself, and each other connection by Hypercorn behind a
guard and a send deadline.

Hypercorn's own `serve` is not used: one bad connection can end it, and one client that does not read can keep it from
stopping.
"""

from __future__ import annotations

import errno
import logging
import socket
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import structlog
import trio
from attrs import Factory, define, field, frozen
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState, LifespanState

from lossy.channels import handshake
from lossy.channels.handshake import NotOpened, Opening
from lossy.web.arrivals import END_OF_HEAD, MOST_HEAD, Arrivals, answer, is_for_socket
from lossy.web.http1 import DeadlineStream, Http1Server
from lossy.web.line import Passes
from lossy.web.websocket import WebSockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope

    from lossy.web.admission import Admitted

    Admit = Callable[[Opening, str], Admitted]  # the address of the peer is with it; raises NotOpened

log = structlog.get_logger()

Address = tuple[str, int]


class AddressInUse(Exception):
    """Somebody else listens on this host and port."""


@frozen
class FrontSettings:
    """Where we listen, and what one client may cost us. Every `_s` is in seconds.

    `host` may resolve to several addresses, each gets a listener; `port` 0 lets the kernel choose one for each.
    `send_deadline_s`: a peer that takes nothing for so long is cut.
    `head_deadline_s`: from the accept, or from the end of the last answer, to the end of a request's head. So it is
    the keep-alive time too.
    `max_connections`: one more is answered 503. The process needs that many file descriptors, and some of its own:
    `lossy serve` takes as many as its hard limit allows. Where that is less, new ones wait until others have gone.
    `max_message_bytes`: a longer websocket message closes its socket with 1009.
    `graceful_s`: what requests in flight have when we stop. `lifespan_s`: what the app has to start, and to shut down.
    """

    host: str = "127.0.0.1"
    port: int = 4000
    send_deadline_s: float = 5
    head_deadline_s: float = 10
    max_connections: int = 20_000  # one server is to hold 5,000 reviewers, who may have several tabs
    max_message_bytes: int = 131_072  # ours: 32 kB of sound, or 4,000 characters; 20 of them may wait on one socket
    graceful_s: float = 2
    lifespan_s: float = 10


async def serve_front(
    app: ASGIFramework,
    admit: Admit,
    settings: FrontSettings,
    *,
    stop: trio.Event,
    task_status: trio.TaskStatus[tuple[Address, ...]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves `app`, and WebSockets as `admit` says, until `stop` is set: then accepts no more, lets requests in flight
    end, cuts the rest, returns.

    `task_status` gets the address of every listener, when the app has started and a client can connect. Raises
    AddressInUse, or a group with Hypercorn's LifespanFailureError or LifespanTimeoutError. Cancelling it cuts every
    connection at once and leaves out the app's own shutdown.
    """
    websockets = WebSockets(settings.max_message_bytes, Passes(settings.send_deadline_s))
    front = _Front(app, admit, settings, _hypercorn_config(settings), websockets)
    lifespan = Lifespan(ASGIWrapper(app), front.config, front.state)
    async with _open_listeners(settings) as listeners, trio.open_nursery() as nursery:
        await nursery.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        task_status.started(tuple(_address(listener) for listener in listeners))
        await front.serve(listeners, stop)
        await lifespan.wait_for_shutdown()
        nursery.cancel_scope.cancel()


@define(eq=False)
class _Front:
    app: ASGIFramework
    admit: Admit
    settings: FrontSettings
    config: Config
    websockets: WebSockets
    state: LifespanState = Factory(dict)
    context: WorkerContext = Factory(partial(WorkerContext, None))
    arrivals: Arrivals = field(init=False)
    open_streams: set[trio.SocketStream] = Factory(set)
    _connections: trio.Nursery = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.arrivals = Arrivals(self.websockets.poller, self.settings.head_deadline_s, self._has_room, self._welcome)

    def _has_room(self) -> bool:
        connections = len(self.arrivals) + len(self.open_streams) + len(self.websockets.open)
        return connections < self.settings.max_connections

    async def serve(self, listeners: Iterable[socket.socket], stop: trio.Event) -> None:
        """Returns when `stop` is set and every connection has ended."""
        async with trio.open_nursery() as cutting:
            await cutting.start(self.websockets.run)
            cutting.start_soon(self.arrivals.sweep)
            async with trio.open_nursery() as self._connections:
                cutting.start_soon(self._cut_after_grace, stop, self._connections.cancel_scope)
                await self._accept_until(stop, listeners)
                await self.context.terminated.set()  # Hypercorn now closes what is idle, and the rest after its answer
            cutting.cancel_scope.cancel()

    async def _accept_until(self, stop: trio.Event, listeners: Iterable[socket.socket]) -> None:
        try:
            async with trio.open_nursery() as accepting:
                for listener in listeners:
                    accepting.start_soon(self.arrivals.accept, listener)
                await stop.wait()
                accepting.cancel_scope.cancel()
            for listener in listeners:
                listener.close()  # who comes now is refused at once
        finally:
            self.arrivals.close()

    async def _cut_after_grace(self, stop: trio.Event, connections: trio.CancelScope) -> None:
        try:
            await stop.wait()
            await trio.sleep(self.settings.graceful_s)
        finally:
            # Hypercorn shields its sends: to a peer that does not read, only closing the socket ends them.
            for stream in self.open_streams:
                stream.socket.close()
            connections.cancel()

    def _welcome(self, sock: socket.socket, address: str, said: bytes) -> None:
        try:
            if not said:
                sock.close()
            elif is_for_socket(said):
                self._open(sock, address, said)
            else:
                stream = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
                self.open_streams.add(stream)
                self._connections.start_soon(self._guarded, stream, said)
        except Exception:
            log.exception("connection_failed")
            sock.close()

    def _open(self, sock: socket.socket, address: str, said: bytes) -> None:
        """Answers the request for a WebSocket. If it opens, it goes on in a task that holds nothing of all this."""
        head, end, frames = said.partition(END_OF_HEAD)
        try:
            opening = _opening(head + end)
            admitted = self.admit(opening, address)
        except NotOpened as refused:
            return answer(sock, handshake.refuse(refused.status))
        accepted = handshake.accept(opening, admitted.protocol)
        websocket = self.websockets.begin(sock, accepted, frames)
        self._connections.start_soon(self.websockets.serve, websocket, admitted.serve)

    async def _guarded(self, stream: trio.SocketStream, said: bytes) -> None:
        try:
            await self._serve_hypercorn(stream, said)
        except* (trio.BrokenResourceError, trio.ClosedResourceError, ConnectionError):
            pass  # the peer left, or we cut it
        except* Exception as failure:
            log.error("connection_failed", exc_info=failure)
        finally:
            self.open_streams.discard(stream)
            stream.socket.close()

    async def _serve_hypercorn(self, stream: trio.SocketStream, beginning: bytes) -> None:
        connection = trio.CancelScope()

        async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            async def yielding_send(message: ASGISendEvent) -> None:
                # To a socket that is gone Hypercorn sends without a checkpoint: a handler that does nothing else
                # would never yield, and the whole process would stand still.
                await trio.lowlevel.checkpoint()
                await send(message)

            await self.app(scope, receive, yielding_send)
            if scope["type"] == "websocket":
                # All is sent. Hypercorn would go on to queue what the client says to nobody, ten messages, then stall.
                connection.cancel()

        timed = DeadlineStream(stream, self.settings.send_deadline_s, connection, beginning)
        plain = cast("trio.SSLStream[trio.SocketStream]", timed)  # so annotated, but it knows a plain stream from TLS
        state = ConnectionState(self.state.copy())
        with connection:
            await Http1Server(ASGIWrapper(app), self.config, self.context, state, plain)


def _hypercorn_config(settings: FrontSettings) -> Config:
    config = Config()
    config.errorlog = logging.getLogger("hypercorn.error")  # no handler of its own: the process decides where logs go
    # Hypercorn's idle timer runs until a head is complete, so its keep-alive time is also the deadline for a slow head.
    config.keep_alive_timeout = settings.head_deadline_s
    config.websocket_max_message_size = settings.max_message_bytes
    config.startup_timeout = config.shutdown_timeout = settings.lifespan_s
    return config


@asynccontextmanager
async def _open_listeners(settings: FrontSettings) -> AsyncIterator[list[socket.socket]]:
    try:
        opened = await trio.open_tcp_listeners(settings.port, host=settings.host)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise AddressInUse(f"{settings.host} port {settings.port} is already in use") from error
    listeners = [_listening(listener) for listener in opened]
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


def _listening(listener: trio.SocketListener) -> socket.socket:
    """What its connections inherit from it (tcp(7)) is what a `trio.SocketStream` would set on each."""
    sock = socket.socket(fileno=listener.socket.detach())
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2**14)
    return sock


def _address(listener: socket.socket) -> Address:
    host, port, *_ = listener.getsockname()
    return host, port


def _opening(head: bytes) -> Opening:
    """Raises NotOpened, also where this is not the whole head."""
    if len(head) >= MOST_HEAD:
        raise NotOpened(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    return handshake.read(head)
