"""What waits for a session, and the order in which it is taken: by the events' own times, timers among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels.errors import Refusal, rate_limited
from lossy.charts.model import AFTER, Event
from lossy.clock import Clock
from lossy.sessions.turnstile import Turnstile

if TYPE_CHECKING:
    from lossy.charts.together import Due

# A reviewer makes a few events a second. When the inbox is full the sender is told to come back, and nothing is lost.
INBOX = 64
# Beyond that there is room for what the server says itself, of sockets that come and go and of the microphone.
OWN = 64
FULL_RETRY_MS = 250
# How long after it is due a timer may be taken, in ms, where nothing comes meanwhile: as long as nobody can see that.
# It is an event of the time at which it was due, and what was said before that may be on its way still. Whoever
# dictates speaks on within it, and both are kept by one commit (decision 46).
PATIENCE_MS: Mapping[str, int] = {f"{AFTER}cooldown": 250}

# What only shows what is going on: a server that is full hears it after all else. By its kind where a device says it.
PATIENT = frozenset({"speech_start", "speech_end", "heartbeat", "metrics"})

Answer = Mapping[str, Any] | Refusal
Reply = Callable[[Answer], None]


@define(eq=False)
class Happened:
    """An event for a chart; `seq` is dense per device.

    `scope` is that of the work whose answer it is, if it is one. `tab` is the one that gives a command, which only the
    tab that has the microphone may.
    """

    chart: str
    event: Event
    device_id: UUID | None = None
    seq: int | None = None
    reply: Reply | None = None
    scope: trio.CancelScope | None = None
    tab: str | None = None

    def answer(self, answer: Answer) -> None:
        """The first answer is the reply; there is no second one."""
        reply, self.reply = self.reply, None
        if reply is not None:
            reply(answer)


@define(eq=False)
class Inbox:
    """A list, and its reader while that waits: a memory channel takes 2 KB more in each session that has nothing, and a
    `Waiter` 0.2 KB.
    """

    _clock: Clock
    _turnstile: Turnstile
    _unread: list[Happened] = field(factory=list, init=False)
    _held: Happened | None = field(default=None, init=False)  # received; a timer may go before it
    _reader: trio.lowlevel.Task | None = field(default=None, init=False)  # while it waits
    _let_through: bool = field(default=False, init=False)  # by the turnstile, and does not run yet

    def offer(self, happened: Happened, *, own: bool = False) -> None:
        """`own` is the server's word. Raises Refusal (rate_limited) when the inbox is full."""
        if len(self._unread) >= INBOX + OWN * own:
            raise rate_limited(FULL_RETRY_MS)
        self.put(happened)

    def put(self, happened: Happened) -> None:
        """The answer of work always has room: an event that was taken in begins a few at most."""
        self._unread.append(happened)
        if self._reader is not None:
            event = happened.event
            self._turnstile.ask(self, soon=event.payload.get("kind", event.name) not in PATIENT)

    def go(self) -> bool:
        """Whether its reader waited, and there is something to read."""
        if self._reader is None or not self._unread:
            return False
        self._let_through = True
        self.wake()
        return True

    async def next(self, due: Due | None) -> Happened | None:
        """The next event: one that was put in, or the timer that is due, when that was before it. None when woken."""
        if self._held is None:
            await self._receive_until(None if due is None else due.at + PATIENCE_MS.get(due.event, 0))
        if due is not None and due.at <= (self._held.event.at if self._held else self._clock.now_ms()):
            return Happened(due.chart, Event(due.event, due.at))
        happened, self._held = self._held, None
        return happened

    def peek(self, due: Due | None) -> Happened | None:
        """The next event that was put in, where it is there already and goes before the timer that is due."""
        following = self._held or (self._unread[0] if self._unread else None)
        return following if following is None or due is None or following.event.at < due.at else None

    def take(self) -> Happened:
        """What `peek` has shown."""
        happened, self._held = self._held or self._unread.pop(0), None
        return happened

    async def _receive_until(self, deadline_ms: int | None) -> None:
        """What is there already goes before a deadline that has passed: it may have happened before it."""
        if not self._unread:
            with trio.CancelScope(deadline=inf if deadline_ms is None else self._clock.trio_time(deadline_ms)):
                self._reader = trio.lowlevel.current_task()
                await trio.lowlevel.wait_task_rescheduled(self._give_up)
            if self._let_through:
                self._let_through = False
                self._turnstile.gone_on()
            elif self._unread:
                self._turnstile.leave(self)
        self._held = self._unread.pop(0) if self._unread else None

    def _give_up(self, _: object) -> trio.lowlevel.Abort:
        """The wait is cancelled. A closure would be kept by each idle session."""
        self._reader = None
        return trio.lowlevel.Abort.SUCCEEDED

    def wake(self) -> None:
        if self._reader is not None:
            trio.lowlevel.reschedule(self._reader)
            self._reader = None

    @property
    def is_empty(self) -> bool:
        return self._held is None and not self._unread

    def unread(self) -> Iterator[Happened]:
        """Takes out all that is left."""
        held, self._held = self._held, None
        if held is not None:
            yield held
        while self._unread:
            yield self._unread.pop(0)
