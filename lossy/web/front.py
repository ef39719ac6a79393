"""Our listener. It owns the TCP sockets, and serves each connection by Hypercorn behind a guard and a send deadline.

Hypercorn's own `serve` is not used: one bad connection can end it, and one client that does not read can keep it from
stopping.
"""

from __future__ import annotations

import errno
import logging
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

import structlog
import trio
from attrs import Factory, define, frozen
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState, LifespanState

from lossy.web.http1 import DeadlineStream, Http1Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope

log = structlog.get_logger()

Address = tuple[str, int]

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class AddressInUse(Exception):
    """Somebody else listens on this host and port."""


@frozen
class FrontSettings:
    """Where we listen, and what one client may cost us. Every `_s` is in seconds.

    `host` may resolve to several addresses, each gets a listener; `port` 0 lets the kernel choose one for each.
    `send_deadline_s`: a peer that takes nothing for so long is cut.
    `head_deadline_s`: from the accept, or from the end of the last answer, to the end of a request's head. So it is
    the keep-alive time too.
    `max_connections`: one more is answered 503. The process needs that many file descriptors, and some of its own.
    `max_message_bytes`: a longer websocket message closes its socket with 1009.
    `graceful_s`: what requests in flight have when we stop. `lifespan_s`: what the app has to start, and to shut down.
    """

    host: str = "127.0.0.1"
    port: int = 4000
    send_deadline_s: float = 5
    head_deadline_s: float = 10
    max_connections: int = 2000
    max_message_bytes: int = 131_072  # ours: 32 kB of sound, or 4,000 characters; 20 of them may wait on one socket
    graceful_s: float = 2
    lifespan_s: float = 10


async def serve_front(
    app: ASGIFramework,
    settings: FrontSettings,
    *,
    stop: trio.Event,
    task_status: trio.TaskStatus[tuple[Address, ...]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves `app` until `stop` is set: then accepts no more, lets requests in flight end, cuts the rest, returns.

    `task_status` gets the address of every listener, when the app has started and a client can connect. Raises
    AddressInUse, or a group with Hypercorn's LifespanFailureError or LifespanTimeoutError. Cancelling it cuts every
    connection at once and leaves out the app's own shutdown.
    """
    front = _Front(app, settings, _hypercorn_config(settings))
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
    settings: FrontSettings
    config: Config
    state: LifespanState = Factory(dict)
    context: WorkerContext = Factory(partial(WorkerContext, None))
    open_streams: set[trio.SocketStream] = Factory(set)

    async def serve(self, listeners: Iterable[trio.SocketListener], stop: trio.Event) -> None:
        """Returns when `stop` is set and every connection has ended."""
        async with trio.open_nursery() as cutting:
            async with trio.open_nursery() as connections:
                cutting.start_soon(self._cut_after_grace, stop, connections.cancel_scope)
                await self._accept_until(stop, listeners, connections)
                await self.context.terminated.set()  # Hypercorn now closes what is idle, and the rest after its answer
            cutting.cancel_scope.cancel()

    async def _accept_until(
        self, stop: trio.Event, listeners: Iterable[trio.SocketListener], connections: trio.Nursery
    ) -> None:
        async with trio.open_nursery() as accepting:
            accepting.start_soon(
                partial(trio.serve_listeners, self._guarded, [*listeners], handler_nursery=connections)
            )
            await stop.wait()
            accepting.cancel_scope.cancel()

    async def _cut_after_grace(self, stop: trio.Event, connections: trio.CancelScope) -> None:
        try:
            await stop.wait()
            await trio.sleep(self.settings.graceful_s)
        finally:
            # Hypercorn shields its sends: to a peer that does not read, only closing the socket ends them.
            for stream in self.open_streams:
                stream.socket.close()
            connections.cancel()

    async def _guarded(self, stream: trio.SocketStream) -> None:
        try:
            await self._admit(stream)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the peer left, or we cut it
        except* Exception as failure:
            log.error("connection_failed", exc_info=failure)

    async def _admit(self, stream: trio.SocketStream) -> None:
        with trio.CancelScope() as connection:
            timed = DeadlineStream(stream, self.settings.send_deadline_s, connection)
            if len(self.open_streams) >= self.settings.max_connections:
                await timed.send_all(UNAVAILABLE)
                return
            self.open_streams.add(stream)
            try:
                await self._serve_hypercorn(timed, connection)
            finally:
                self.open_streams.discard(stream)

    async def _serve_hypercorn(self, stream: DeadlineStream, connection: trio.CancelScope) -> None:
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

        plain = cast("trio.SSLStream[trio.SocketStream]", stream)  # so annotated, but it knows a plain stream from TLS
        state = ConnectionState(self.state.copy())
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
async def _open_listeners(settings: FrontSettings) -> AsyncIterator[list[trio.SocketListener]]:
    try:
        listeners = await trio.open_tcp_listeners(settings.port, host=settings.host)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise AddressInUse(f"{settings.host} port {settings.port} is already in use") from error
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.socket.close()


def _address(listener: trio.SocketListener) -> Address:
    host, port, *_ = listener.socket.getsockname()
    return host, port
