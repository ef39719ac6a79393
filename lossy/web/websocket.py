"""Our own WebSockets: the loop that every frame of a review goes through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import structlog
import trio
from attrs import define, field

from lossy.channels import frames
from lossy.channels.frames import Close, Ping, Reader, Received, Shared, Violation
from lossy.waiter import Waiter
from lossy.web.line import Line, Passes
from lossy.web.poller import Poller
from lossy.web.transport import GOING_AWAY, IDLE_S, INTERNAL_ERROR, OUTBOX, OUTBOX_SIZE, TRY_AGAIN_LATER, Take

if TYPE_CHECKING:
    import socket

    from lossy.channels.wire import Frame

    Handle = Callable[["WebSocket"], Awaitable[None]]

# What a closed socket has to take what is in its outbox, and to close its side.
LINGER_S = 5.0
SWEEP_S = 1.0
NOTHING: Iterator[Received] = iter(())

log = structlog.get_logger()


@define(eq=False)
class WebSockets:
    """All of a listener. `run` must be running. `max_message_bytes`: a longer message closes its socket with 1009."""

    max_message_bytes: int
    passes: Passes
    poller: Poller = field(factory=Poller, init=False)
    open: set[WebSocket] = field(factory=set, init=False)
    now: float = field(default=0.0, init=False)  # as of the last sweep, which is exact enough for silence

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until it is cancelled."""
        self.now = trio.current_time()
        async with trio.open_nursery() as nursery:
            await nursery.start(self.passes.run)
            await nursery.start(self.poller.run)
            task_status.started()
            while True:
                await trio.sleep(SWEEP_S)
                self._sweep()

    def _sweep(self) -> None:
        """A deadline for each message would cost more than the message."""
        self.now = trio.current_time()
        for websocket in [*self.open]:
            if self.now - websocket.heard_at >= IDLE_S:
                websocket.close(GOING_AWAY)

    def begin(self, sock: socket.socket, answer: bytes, unread: bytes) -> WebSocket:
        """Opens it with `answer`; `serve` has to follow. `unread` is what the client sent behind its request, and comes
        first.
        """
        line = Line(sock, self.passes, OUTBOX, OUTBOX_SIZE)
        line.put(answer)
        websocket = WebSocket(line, self, Reader(self.max_message_bytes), unread)
        self.open.add(websocket)
        return websocket

    async def serve(self, websocket: WebSocket, handle: Handle) -> None:
        """Runs `handle`, closes it, and raises nothing.

        An error of `handle` closes with 1011, its end with 1001: never with 1000, because older clients stay away then.
        """
        try:
            await websocket.run(handle)
        finally:
            self.open.discard(websocket)
            websocket.cut()


@define(eq=False)
class WebSocket:
    """One client's, as `lossy.web.transport.Transport` has it.

    Its task sleeps. Messages are taken in the poller's, as they come; only when one has to wait for something does its
    own task wake up, wait, and take those behind it.
    """

    _line: Line
    _all: WebSockets
    _reader: Reader
    _unread: bytes
    heard_at: float = field(init=False)
    _take: Take = field(init=False)
    _received: Iterator[Received] = field(init=False)  # of what was read last, and not taken yet
    _rest: Awaitable[None] | None = field(default=None, init=False)  # of the last that was taken
    _failure: Exception | None = field(default=None, init=False)
    _ended: bool = field(default=False, init=False)  # nothing more is received or sent
    _sleeper: Waiter = field(factory=Waiter, init=False)
    _watched: bool = field(default=False, init=False)  # by the poller

    def __attrs_post_init__(self) -> None:
        self.heard_at = self._all.now
        self._line.lost = self._lose

    async def run(self, handle: Handle) -> None:
        try:
            await handle(self)
        except Exception:  # our fault must close the socket as such
            log.exception("socket failed")
            self.close(INTERNAL_ERROR)
        self.close(GOING_AWAY)
        with trio.move_on_after(LINGER_S):
            await self._line.finish()

    def cut(self) -> None:
        """Closes the socket at once."""
        self._line.cut()

    # -- receiving ----------------------------------------------------------------------------------------------

    async def serve(self, take: Take) -> None:
        self._take = take
        unread, self._unread = self._unread, b""
        self._hear(unread)
        await self._catch_up()
        try:
            while not self._ended:
                self._watch()
                await self._sleeper.wait()  # while the poller does the work
                await self._catch_up()
        finally:
            self._let_go()

    def _watch(self) -> None:
        if not self._watched:
            self._all.poller.watch(self._line.socket, self._ready)
            self._watched = True

    def _let_go(self) -> None:
        if self._watched:
            self._watched = False
            self._all.poller.let_go(self._line.socket)

    async def _catch_up(self) -> None:
        """Waits for what the last message has to wait for, and takes those behind it."""
        while self._rest is not None:
            rest, self._rest = self._rest, None
            await rest
            if not self._ended:
                self._take_on()
        if self._failure is not None:
            raise self._failure

    def _ready(self) -> None:
        if not self._sleeper.is_waiting:
            return self._let_go()  # what comes now has to wait; mostly nothing does
        data = self._line.read()
        if data:
            self._hear(data)
        elif data is not None:
            self._lose()
        if self._rest is not None or self._failure is not None:
            self._sleeper.wake()

    def _lose(self) -> None:
        """The client is gone."""
        self._ended = True
        self._let_go()
        self._sleeper.wake()

    def _hear(self, data: bytes) -> None:
        self.heard_at = self._all.now
        self._received = self._reader.feed(data)
        self._take_on()

    def _take_on(self) -> None:
        """Takes one message after the other, until one has to wait. Their answers leave in one piece."""
        try:
            for received in self._received:
                self._rest = self._take_one(received)
                if self._rest is not None or self._ended:
                    break
        except Violation as violation:
            log.info("undecodable frame", error=str(violation))
            self.close(violation.code)
        except Exception as failure:  # it is its own task's, and not the poller's
            self._failure = failure
        if self._rest is None:
            self._received = NOTHING
        self._line.flush()

    def _take_one(self, received: Received) -> Awaitable[None] | None:
        if isinstance(received, Ping):
            self._put(frames.pong(received.payload))
        elif isinstance(received, Close):
            self._end(frames.close(received.code))
        else:
            return self._take(received)
        return None

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        self._put(frames.encode(frame))

    def share(self, shared: Shared) -> None:
        if not self._ended and not self._line.put(shared.encoded):
            self.close(TRY_AGAIN_LATER)

    def close(self, code: int) -> None:
        self._end(frames.close(code))

    def _put(self, encoded: bytes) -> None:
        """What comes after the end has nobody to hear it."""
        if not self._ended and not self._line.put(encoded):
            self.close(TRY_AGAIN_LATER)

    def _end(self, farewell: bytes) -> None:
        if not self._ended:
            self._ended = True
            self._line.put_last(farewell)
            self._sleeper.wake()
