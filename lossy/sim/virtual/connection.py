"""A WebSocket without a wire: what the server has of it and what the client has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import trio
from attrs import define, field
from trio_websocket import CloseReason, ConnectionClosed

from lossy.channels.wire import Frame
from lossy.sim.virtual.pipe import Ended, Pipe
from lossy.sim.virtual.scheduling import JumpingClock, jumping_clock
from lossy.web.transport import GOING_AWAY, IDLE_S, OUTBOX, OUTBOX_SIZE, TRY_AGAIN_LATER

if TYPE_CHECKING:
    from lossy.channels.frames import Shared
    from lossy.web.transport import Take


class Way(Protocol):
    """What is between a device and the server."""

    def carry(self, pipe: Pipe[Frame], frame: Frame, connection: Connection, *, up: bool) -> None:
        """Puts the frame into the pipe: late, twice, not at all, or the connection is cut with it."""

    def end_at(self) -> float:
        """When the other side hears of an end, on trio's clock."""


@define(eq=False)
class Connection:
    """Both sides of it. As a `Transport` it is the server's; `send_message` and `get_message` are the client's."""

    way: Way
    ended: Callable[[Connection], None]
    silent: bool = field(default=False, init=False)  # half open: neither side hears of the other any more
    up: Pipe[Frame] = field(factory=Pipe, init=False)
    down: Pipe[Frame] = field(init=False)
    _clock: JumpingClock = field(factory=jumping_clock, init=False)
    _heard_at: float = field(default=0.0, init=False)
    _unread: int = field(default=0, init=False)  # characters that the client has not taken
    _closing: int | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.down = Pipe(self._taken)

    # -- the server's side ----------------------------------------------------------------------------------------

    async def serve(self, take: Take) -> None:
        self._heard()
        self._look_out()
        try:
            while self._closing is None:
                frame = await self.up.get()
                self._heard()
                rest = take(frame)
                if rest is not None:
                    await rest
        except Ended:
            return
        finally:
            self.ended(self)

    def _heard(self) -> None:
        self._heard_at = self._clock.now

    def _look_out(self) -> None:
        """Whether it is idle; as soon as it may be, once more."""
        if self.up.is_over:
            return
        if self._clock.now >= self._heard_at + IDLE_S:
            return self.close(GOING_AWAY)
        self._clock.call_at(self._heard_at + IDLE_S, self._look_out)

    def send(self, frame: Frame) -> None:
        if self._closing is not None:
            return
        if self._unread + len(frame) > OUTBOX_SIZE or len(self.down.frames) >= OUTBOX:
            return self.close(TRY_AGAIN_LATER)
        self._unread += len(frame)
        self.way.carry(self.down, frame, self, up=False)

    def share(self, shared: Shared) -> None:
        self.send(shared.message)

    def close(self, code: int) -> None:
        if self._closing is None:
            self._closing = code
            self.up.end(None, trio.current_time())
            if not self.silent:
                self.down.end(code, self.way.end_at())

    def _taken(self, frame: Frame) -> None:
        self._unread -= len(frame)

    # -- the client's side ----------------------------------------------------------------------------------------

    async def send_message(self, message: Any) -> None:
        """Never waits: its client is as fast as it speaks."""
        if self.down.is_over:
            raise ConnectionClosed(CloseReason(1006, None))
        self.way.carry(self.up, message, self, up=True)

    async def get_message(self) -> Any:
        try:
            return await self.down.get()
        except Ended as ended:
            raise ConnectionClosed(CloseReason(ended.code or 1006, None)) from None

    async def aclose(self) -> None:
        """By the client, without a word."""
        self.hang_up()
        await trio.lowlevel.checkpoint()

    def hang_up(self) -> None:
        self.down.end(None, trio.current_time(), at_once=True)
        if not self.silent:
            self.up.end(None, self.way.end_at())

    # -- neither's ------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Both sides see it, each in its time; what is on its way is lost."""
        if not self.silent:
            self.up.end(None, self.way.end_at(), at_once=True)
            self.down.end(None, self.way.end_at(), at_once=True)

    def break_at(self, at: float) -> None:
        """What is on its way arrives, nothing after it does, and then both sides see that it is cut."""
        self.up.end(None, at)
        self.down.end(None, at)
