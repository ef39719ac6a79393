"""What waits for a session, and the order in which it is taken: by the events' own times, timers among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels.errors import Refusal, rate_limited
from lossy.charts.model import Event
from lossy.clock import Clock

if TYPE_CHECKING:
    from lossy.charts.together import Due

# A reviewer makes a few events a second. When the inbox is full the sender is told to come back, and nothing is lost.
INBOX = 64
FULL_RETRY_MS = 250

Answer = Mapping[str, Any] | Refusal
Reply = Callable[[Answer], None]


@define(eq=False)
class Happened:
    """An event for a chart; `seq` is dense per device. `scope` is that of the work whose answer it is, if it is one."""

    chart: str
    event: Event
    device_id: UUID | None = None
    seq: int | None = None
    reply: Reply | None = None
    scope: trio.CancelScope | None = None

    def answer(self, answer: Answer) -> None:
        """The first answer is the reply; there is no second one."""
        reply, self.reply = self.reply, None
        if reply is not None:
            reply(answer)


@define(eq=False)
class Inbox:
    _clock: Clock
    _held: Happened | None = field(default=None, init=False)  # received; a timer may go before it
    _wait: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _send: trio.MemorySendChannel[Happened] = field(init=False)
    _receive: trio.MemoryReceiveChannel[Happened] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(INBOX)

    def offer(self, happened: Happened) -> None:
        """Raises Refusal (rate_limited) when the inbox is full."""
        try:
            self._send.send_nowait(happened)
        except trio.WouldBlock:
            raise rate_limited(FULL_RETRY_MS) from None

    async def put(self, happened: Happened) -> None:
        """Waits for room."""
        await self._send.send(happened)

    async def next(self, due: Due | None) -> Happened | None:
        """The next event: one that was put in, or the timer that is due, when that was before it. None when woken."""
        if self._held is None:
            await self._receive_until(None if due is None else due.at)
        if due is not None and due.at <= (self._held.event.at if self._held else self._clock.now_ms()):
            return Happened(due.chart, Event(due.event, due.at))
        happened, self._held = self._held, None
        return happened

    async def _receive_until(self, deadline_ms: int | None) -> None:
        """What is there already goes before a deadline that has passed: it may have happened before it."""
        with suppress(trio.WouldBlock):
            self._held = self._receive.receive_nowait()
            return
        deadline = inf if deadline_ms is None else self._clock.trio_time(deadline_ms)
        with trio.CancelScope(deadline=deadline) as self._wait:
            self._held = await self._receive.receive()

    def wake(self) -> None:
        self._wait.cancel()

    @property
    def is_empty(self) -> bool:
        return self._held is None and not self._receive.statistics().current_buffer_used

    def unread(self) -> Iterator[Happened]:
        """Takes out all that is left."""
        held, self._held = self._held, None
        if held is not None:
            yield held
        with suppress(trio.WouldBlock):
            while True:
                yield self._receive.receive_nowait()
