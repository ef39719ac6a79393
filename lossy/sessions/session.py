"""One review session: a task that takes one event at a time through its charts, and keeps what it decides.

The rule of durability: an event's entry in the journal and its durable effects commit together; only then are the
pushes sent and the reply given. What a crash cuts off before the commit never happened, and the client sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import inf
from typing import Any, Protocol
from uuid import UUID

import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.errors import Refusal, gap, rate_limited, session_ended
from lossy.channels.replay import Gap, Inbound, NumberedPush, Outbound, Repeat
from lossy.channels.topics import VideoNotes
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.domain.agent import in_hand
from lossy.domain.notes import Note, as_payload
from lossy.sessions.effects import EFFECTS, Position
from lossy.sessions.machines import Charts, Moved, States, advance, next_due, resume_all
from lossy.sessions.restore import Restored, entered, snapshot
from lossy.sessions.work import WORK, WorkFailed
from lossy.store.ledger import Commit, Entry, Ledger, Write
from lossy.store.pool import StoreError
from lossy.store.videos import Video

# A reviewer makes a few events a second. When the inbox is full the sender is told to come back, and nothing is lost.
INBOX = 64
FULL_RETRY_MS = 250
# When the database cannot be asked: about the time in which it restarts.
AWAY_RETRY_MS = 1000
# A client says a remark again with each new connection, and a remark is in hand for seconds; beyond this it is told to
# come back, and finds the outcome.
REPEATS = 16
# Replaying takes some 50 us an entry, so a session is back within 10 ms of its snapshot.
SNAPSHOT_EVERY = 100

VOICE, AGENT, TRANSCRIPT = "voice", "agent", "transcript_final"

Answer = Mapping[str, Any] | Refusal
Reply = Callable[[Answer], None]


class Listener(Protocol):
    """A client that watches the session. Neither may block."""

    def deliver(self, push: NumberedPush) -> None: ...
    def ended(self, *, failed: bool) -> None: ...


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
class Session:
    id: UUID
    user_id: UUID
    video: Video
    charts: Charts
    ledger: Ledger
    clock: Clock
    bus: Bus
    outbound: Outbound
    states: States
    inbound: Mapping[UUID, Inbound]
    n: int  # of the latest journal entry
    listeners: set[Listener] = field(factory=set, init=False)
    _status: Mapping[str, Any] = field(factory=dict, init=False)
    _held: Happened | None = field(default=None, init=False)  # taken from the inbox; a timer may go before it
    _handled: Happened | None = field(default=None, init=False)
    _wait: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _finishing: bool = field(default=False, init=False)
    _working: dict[tuple[str, str], trio.CancelScope] = field(factory=dict, init=False)  # by chart and state
    _waiting: dict[str, list[Happened]] = field(factory=dict, init=False)  # by remark, REPEATS of each at most
    _ended: Callable[[], Refusal] | None = field(default=None, init=False)
    _send: trio.MemorySendChannel[Happened] = field(init=False)
    _receive: trio.MemoryReceiveChannel[Happened] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(INBOX)

    # -- the loop -----------------------------------------------------------------------------------------------

    async def run(self, restored: Restored, task_status: trio.TaskStatus[None]) -> None:
        """Ends with the session. An error in any effect or work is the caller's to see."""
        async with trio.open_nursery() as nursery:
            resumed = resume_all(self.charts, self.states, stopped_at=restored.at, at=self.clock.now_ms())
            self.states = resumed.states
            self._perform(nursery, resumed)
            self.offer(Happened(VOICE, Event("drop", self.clock.now_ms())))  # whoever was attached is not any more
            task_status.started()
            while (happened := await self._next()) is not None:
                self._handled = happened
                await self._handle(nursery, happened)
            nursery.cancel_scope.cancel()

    async def _next(self) -> Happened | None:
        """The next event by its own time: one from the inbox, or a timer due before it. None at the end."""
        while not self.over:
            due = next_due(self.states)
            if self._held is None:
                await self._receive_until(due[0] if due else None)
            if due and due[0] <= (self._held.event.at if self._held else self.clock.now_ms()):
                return Happened(due[1], Event(due[2], due[0]))
            if self._held is not None:
                happened, self._held = self._held, None
                return happened
        return None

    async def _receive_until(self, deadline_ms: int | None) -> None:
        """What is there already goes before a deadline that has passed: it may have happened before it."""
        with suppress(trio.WouldBlock):
            self._held = self._receive.receive_nowait()
            return
        deadline = inf if deadline_ms is None else self.clock.trio_time(deadline_ms)
        with trio.CancelScope(deadline=deadline) as self._wait:
            self._held = await self._receive.receive()

    async def _handle(self, nursery: trio.Nursery, happened: Happened) -> None:
        if happened.scope is not None and happened.scope not in self._working.values():
            return  # the state that wanted this answer has been left
        try:
            inbound = self._accept(happened)
        except Refusal as refusal:
            return happened.answer(refusal)
        if inbound is None or await self._is_known(happened):
            return
        event = entered(happened.event, self.n + 1, happened.device_id)
        moved = advance(self.charts, self.states, happened.chart, event)
        if moved.changed or happened.seq is not None:
            await self._commit(happened, moved, inbound)
        self._answer(happened, moved)
        self._perform(nursery, moved)

    async def _commit(self, happened: Happened, moved: Moved, inbound: Mapping[UUID, Inbound]) -> None:
        n, event, device_id, seq = self.n + 1, happened.event, happened.device_id, happened.seq
        entry = Entry(self.id, n, event.at, happened.chart, event.name, event.payload, device_id, seq, moved.taken)
        taken = snapshot(self.charts, moved.states, inbound, event.at) if n % SNAPSHOT_EVERY == 0 else None
        await self.ledger.commit(Commit(entry, self._writes(moved, n), taken))
        self.n, self.states, self.inbound = n, moved.states, inbound

    def _writes(self, moved: Moved, n: int) -> tuple[Write, ...]:
        return tuple(
            write
            for index, performed in enumerate(moved.effects)
            if performed.effect.name in EFFECTS
            for write in EFFECTS[performed.effect.name].write(self, performed.effect, Position(n, index))
        )

    def _perform(self, nursery: trio.Nursery, moved: Moved) -> None:
        for index, performed in enumerate(moved.effects):
            chart, effect = performed.chart, performed.effect
            match effect.name:
                case "start_work":
                    key, scope = (chart, effect.args["state"]), trio.CancelScope()
                    self._working[key] = scope
                    nursery.start_soon(self._work, key, scope, effect.args["work"], effect.data)
                case "stop_work":
                    self._working.pop((chart, effect.args["state"])).cancel()
                case "start_timer" | "stop_timer":
                    pass  # `_next` waits for the deadlines in the states
                case name:
                    EFFECTS[name].tell(self, effect, Position(self.n, index))

    async def _work(self, key: tuple[str, str], scope: trio.CancelScope, work: str, data: Mapping[str, Any]) -> None:
        chart, state = key
        with scope:
            try:
                name, payload = f"done.{state}", await WORK[work](data)
            except WorkFailed as failure:
                name, payload = f"failed.{state}", {"reason": str(failure)}
            await self._send.send(Happened(chart, Event(name, self.clock.now_ms(), payload), scope=scope))

    @property
    def over(self) -> bool:
        """Ended, or told to finish; and nothing left in hand."""
        ended = self._finishing or all(chart.ended(self.states[name].active) for name, chart in self.charts.items())
        return ended and not (self._working or self._held or self._receive.statistics().current_buffer_used)

    def finish(self) -> None:
        """Lets `run` return once nothing is in hand. What is stored can go on elsewhere."""
        self._finishing = True
        self._wait.cancel()

    # -- what comes in ------------------------------------------------------------------------------------------

    def offer(self, happened: Happened) -> None:
        """Raises Refusal: rate_limited when the inbox is full, or why the session has ended."""
        if self._ended is not None:
            raise self._ended()
        try:
            self._send.send_nowait(happened)
        except trio.WouldBlock:
            raise rate_limited(FULL_RETRY_MS) from None

    def _accept(self, happened: Happened) -> Mapping[UUID, Inbound] | None:
        """What is accepted from each device with this event; None for a repeat, which is answered. Raises Refusal."""
        if happened.seq is None or happened.device_id is None:
            return self.inbound
        inbound, verdict = self.inbound.get(happened.device_id, Inbound()).receive(happened.seq)
        match verdict:
            case Repeat():
                happened.answer({"accepted_through": inbound.accepted_through})
                return None
            case Gap(expected):
                raise gap(expected)
        return {**self.inbound, happened.device_id: inbound}

    async def _is_known(self, happened: Happened) -> bool:
        """Whether this transcript came before: it changes nothing, and gets its remark's outcome, now or in time."""
        if happened.event.name != TRANSCRIPT:
            return False
        remark_id = happened.event.payload["id"]
        if in_hand(self.states[AGENT].data, remark_id):
            self._await_outcome(happened)
            return True
        try:
            outcome = await self.ledger.outcome(self.user_id, UUID(remark_id))
        except StoreError:
            happened.answer(rate_limited(AWAY_RETRY_MS))
            return True
        if outcome is not None:
            happened.answer(outcome)
        return outcome is not None

    def _answer(self, happened: Happened, moved: Moved) -> None:
        """Acknowledges what was accepted; a transcript is answered when its remark is settled."""
        if happened.event.name != TRANSCRIPT:
            accepted = self.inbound.get(happened.device_id) if happened.device_id else None
            happened.answer({"accepted_through": accepted.accepted_through} if accepted else {})
        elif not moved.taken:
            happened.answer(session_ended())
        else:
            self._await_outcome(happened)

    def _await_outcome(self, happened: Happened) -> None:
        waiting = self._waiting.setdefault(happened.event.payload["id"], [])
        if len(waiting) < REPEATS:
            waiting.append(happened)
        else:
            happened.answer(rate_limited(FULL_RETRY_MS))

    # -- what goes out ------------------------------------------------------------------------------------------

    def settle(self, remark_id: str, answer: Answer) -> None:
        for happened in self._waiting.pop(remark_id, ()):
            happened.answer(answer)

    def push(self, event: str, payload: Mapping[str, Any]) -> None:
        self.outbound, numbered = self.outbound.push(event, payload)
        for listener in tuple(self.listeners):
            listener.deliver(numbered)

    def push_status(self, decision: Mapping[str, Any]) -> None:
        """Tells the state in words, unless it is the one told last and there is no decision to tell."""
        status = self.status()
        if decision or status != self._status:
            self._status = status
            self.push("voice_status", {**status, **decision})

    def status(self) -> dict[str, Any]:
        voice, agent = self.states[VOICE], self.states[AGENT]
        return {
            "active": [id for id in self.charts[VOICE].in_order(voice.active) if self.charts[VOICE].is_atomic(id)],
            "agent": list(self.charts[AGENT].in_order(agent.active)),
            "owner": voice.data["owner"],
            "paused": voice.data["paused"],
            "kept": voice.data["kept"],
            "ignored": voice.data["ignored"],
        }

    def announce(self, note: Note) -> None:
        self.bus.publish(str(VideoNotes(note.video_id)), "note_created", as_payload(note))

    def end(self, why: Callable[[], Refusal], *, failed: bool) -> None:
        """Answers everybody who still waits, and lets the listeners go. What is offered later is refused too."""
        self._ended = why
        waiting = [happened for said in self._waiting.values() for happened in said]
        for happened in (*waiting, self._handled, self._held, *self._unread()):
            if happened is not None:
                happened.answer(why())
        for listener in tuple(self.listeners):
            listener.ended(failed=failed)

    def _unread(self) -> Iterator[Happened]:
        with suppress(trio.WouldBlock):
            while True:
                yield self._receive.receive_nowait()
