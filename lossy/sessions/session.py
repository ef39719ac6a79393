"""One review session: a task that takes one event at a time through its charts, and keeps what it decides.

The rule of durability: an event's entry in the journal and its durable effects commit together; only then are the
pushes sent and the reply given. What a crash cuts off before the commit never happened, and the client sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
import trio
from attrs import define, evolve, field

from lossy.bus.memory import Bus
from lossy.channels.errors import Refusal, context_taken, rate_limited, session_ended
from lossy.charts.model import Data, Event
from lossy.charts.together import Charts, Moved, States, next_due, resume_all
from lossy.clock import Clock
from lossy.domain.agent import in_hand
from lossy.inference.llm import Drafter
from lossy.sessions.audience import Audience, Listener
from lossy.sessions.effects import EFFECTS, Position
from lossy.sessions.hearing import Ears, Hearing
from lossy.sessions.inbox import Answer, Happened, Inbox
from lossy.sessions.links import (
    ATTACH,
    CLOSE,
    DROP,
    PUSH,
    TAKEN_OVER,
    awaited,
    device_of,
    entered,
    link_of,
    links,
    running,
)
from lossy.sessions.links import step_together as step
from lossy.sessions.note_moves import CLICK
from lossy.sessions.note_news import announce
from lossy.sessions.restore import AGENT, VOICE, entry_of_its_own, snapshot
from lossy.sessions.view import status
from lossy.sessions.work import WORK, Working
from lossy.sessions.works import Works
from lossy.store.ledger import Commit, Entry, Ledger, Noted, NoteWrite, Write
from lossy.store.pool import StoreError
from lossy.store.videos import Video

if TYPE_CHECKING:
    from lossy.domain.notes import Note

# When the database cannot be asked: about the time in which it restarts.
AWAY_RETRY_MS = 1000
# Replaying takes some 50 us an entry, so a session is back within 10 ms of its snapshot.
SNAPSHOT_EVERY = 100

log = structlog.get_logger()

TRANSCRIPT, ACK = "transcript_final", "ack"

Left = Mapping[int, tuple[Noted, ...]]  # what the note writes of a step left behind, by the place of their effect


@define(eq=False)
class Session:
    id: UUID
    user_id: UUID
    video: Video
    kinds: Charts  # one of each kind; `charts` are those that run
    fresh_link: Data  # what a new link starts with
    ledger: Ledger
    clock: Clock
    bus: Bus
    audience: Audience
    states: States
    n: int  # of the latest journal entry
    ears: Ears
    drafter: Callable[[], Drafter | None]  # the node's language model, while the user has it
    hearing: Hearing = field(init=False)
    _inbox: Inbox = field(init=False)
    _handled: Happened | None = field(default=None, init=False)
    _works: Works = field(init=False)
    _gone: list[Happened] = field(factory=list, init=False)  # sockets that ended; as many as there were
    _told: Mapping[str, Any] = field(factory=dict, init=False)  # the status, the last time
    is_up: bool = field(default=False, init=False)  # it runs, or has run
    _finishing: bool = field(default=False, init=False)
    _ended: Callable[[], Refusal] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._inbox = Inbox(self.clock)
        self._works = Works(self.id, self._inbox, self.clock)
        self.hearing = Hearing(self.id, self.ears, self.clock, self.offer)

    # -- the loop -----------------------------------------------------------------------------------------------

    async def run(self, stopped_at: int, task_status: trio.TaskStatus[None]) -> None:
        """Ends with the session, which was last alive at `stopped_at`.

        An error in any effect is the caller's to see; one in work is its failure.
        """
        resumed = await self._resume(stopped_at)
        async with trio.open_nursery() as nursery:
            self._perform(nursery, resumed, {})
            self.is_up = True
            task_status.started()
            del task_status  # it knows the task that has opened the session, which would be kept as long as this runs
            while not self.over:
                self._handled = await self._inbox.next(next_due(self.states))
                if self._handled is not None:
                    await self._handle(nursery, self._handled)
                    self._tell_who_is_gone()
                    self.hearing.settle(self.states, self._handled)
            nursery.cancel_scope.cancel()

    async def _handle(self, nursery: trio.Nursery, happened: Happened) -> None:
        if self._works.is_stale(happened) or self._is_read_only(happened) or await self._is_known(happened):
            return
        if happened.event.name == ATTACH:
            happened.event = self._with_count(happened.event)
        moved = self._step(happened.chart, entered(happened.event, happened.chart, self.n + 1, happened.device_id))
        if moved is None:
            return happened.answer(rate_limited(AWAY_RETRY_MS))  # a device too many
        writes = self._writes(moved, self.n + 1)
        noted = await self._commit(happened, moved, writes) if moved.changed or any(writes.values()) else {}
        self._answer(happened, moved)
        self._perform(nursery, moved, noted)
        if not awaited(self.states):
            self.audience.let_go()

    def _step(self, to: str, event: Event) -> Moved | None:
        moved = step(self.kinds, self.states, to, event, self.fresh_link)
        for invariant in () if moved is None else moved.broken:
            log.error("invariant broken", session=str(self.id), invariant=invariant, sent=event.name)
        return moved

    async def _commit(self, happened: Happened, moved: Moved, writes: Mapping[int, tuple[Write, ...]]) -> Left:
        n, event = self.n + 1, happened.event
        device = device_of(happened.chart)
        whose = happened.device_id if device is None else UUID(device)
        entry = Entry(self.id, n, event.at, happened.chart, event.name, event.payload, whose, happened.seq, moved.taken)
        taken = snapshot(self.kinds, moved.states, self.clock.now_ms()) if n % SNAPSHOT_EVERY == 0 else None
        left = iter(await self.ledger.commit(Commit(self.epoch, entry, (*chain(*writes.values()),), taken)))
        self.n, self.states = n, moved.states
        return {i: tuple(next(left) for write in row if isinstance(write, NoteWrite)) for i, row in writes.items()}

    def _writes(self, moved: Moved, n: int) -> Mapping[int, tuple[Write, ...]]:
        """By the place of the effect in the step."""
        return {
            index: EFFECTS[performed.effect.name].write(self, performed.effect, Position(n, index))
            for index, performed in enumerate(moved.effects)
            if performed.effect.name in EFFECTS
        }

    def _perform(self, nursery: trio.Nursery, moved: Moved, noted: Left) -> None:
        for index, performed in enumerate(moved.effects):
            chart, effect = performed.chart, performed.effect
            match effect.name:
                case "start_work":
                    working = Working(effect.data, self.hearing, self.drafter(), self.audience.aside)
                    job = partial(WORK[effect.args["work"]], working)
                    self._works.start(nursery, chart, effect.args["state"], job)
                case "stop_work":
                    self._works.stop(chart, effect.args["state"])
                case "start_timer" | "stop_timer":
                    pass  # the inbox waits for the deadlines in the states
                case name:
                    EFFECTS[name].tell(self, effect, Position(self.n, index, noted.get(index, ())))

    async def _resume(self, stopped_at: int) -> Moved:
        """Timers run again. Where that moved one it is kept, or the time away would count at the next restart.

        Whoever was attached is not any more.
        """
        now = self.clock.now_ms()
        resumed = resume_all(self.charts, self.states, stopped_at=stopped_at, at=now)
        if resumed.states != self.states:
            entry = entry_of_its_own(self.id, self.n + 1, now, "resumed", {})
            await self.ledger.commit(Commit(self.epoch, entry, snapshot=snapshot(self.kinds, resumed.states, now)))
            self.n, self.states = self.n + 1, resumed.states
        for link in links(self.states):
            self.offer(Happened(link, Event(TAKEN_OVER, now, {"push_epoch": self.epoch})), own=True)
        return resumed

    @property
    def charts(self) -> Charts:
        return running(self.kinds, self.states)

    @property
    def epoch(self) -> int:
        """In which this node holds the session."""
        return self.audience.outbound.epoch

    @property
    def over(self) -> bool:
        """Ended, or told to finish; and nothing left in hand."""
        return (self._finishing or self.ended) and self._works.is_idle and self._inbox.is_empty

    @property
    def ended(self) -> bool:
        return all(self.kinds[name].ended(self.states[name].active) for name in (VOICE, AGENT))

    def finish(self) -> None:
        """Lets `run` return once nothing is in hand. What is stored can go on elsewhere."""
        self._finishing = True
        self._inbox.wake()

    # -- what comes in ------------------------------------------------------------------------------------------

    def offer(self, happened: Happened, *, own: bool = False) -> None:
        """`own` is what the server says itself. Raises Refusal: rate_limited when the inbox is full, or why the session
        has ended.
        """
        if self._ended is not None:
            raise self._ended()
        self._inbox.offer(happened, own=own)
        self.hearing.observe(happened, self.states)

    def attach(self, listener: Listener, device_id: UUID, facts: Data, reply: Callable[[Answer], None]) -> int:
        """A device on a new socket, whose number it returns. It is answered with what it missed, or the whole picture.

        Raises Refusal as `offer` does.
        """
        socket = self.audience.arrive(listener)
        attach = Event(ATTACH, self.clock.now_ms(), {**facts, "socket": socket})
        try:
            self.offer(Happened(link_of(device_id), attach, device_id, reply=reply), own=True)
        except Refusal:
            self.audience.leave(str(device_id), socket)
            raise
        return socket

    def detach(self, device_id: UUID, socket: int) -> None:
        """The socket is gone. Its link hears it after what is in the inbox, however full that is."""
        self.audience.leave(str(device_id), socket)
        drop = Event(DROP, self.clock.now_ms(), {"socket": socket})
        self._gone.append(Happened(link_of(device_id), drop, device_id))
        self._tell_who_is_gone()

    def _tell_who_is_gone(self) -> None:
        with suppress(Refusal):  # no room yet, or nobody is told any more
            while self._gone:
                self.offer(self._gone[0], own=True)
                del self._gone[0]

    def _is_read_only(self, happened: Happened) -> bool:
        """Whether another tab has the microphone than the one that gives this command; it is told which."""
        owner = self.states[VOICE].data["owner"]
        if happened.tab is None or owner == {"tab": happened.tab, "device": str(happened.device_id)}:
            return False
        happened.answer(context_taken(owner or self.states[VOICE].data["taken_by"]))
        return True

    async def _is_known(self, happened: Happened) -> bool:
        """Whether this came before and is answered: a click that was obeyed, or a transcript, which gets its remark's
        outcome, now or in time.
        """
        if CLICK in happened.event.payload:
            return await self._was_clicked(happened)
        if happened.event.name != TRANSCRIPT:
            return False
        remark_id = happened.event.payload["id"]
        if in_hand(self.states[AGENT].data, remark_id):
            self.audience.await_outcome(remark_id, happened)
            return True
        try:
            outcome = await self.ledger.outcome(self.user_id, UUID(remark_id))
        except StoreError:
            happened.answer(rate_limited(AWAY_RETRY_MS))
            return True
        if outcome is not None:
            happened.answer(outcome)
        return outcome is not None

    async def _was_clicked(self, happened: Happened) -> bool:
        try:
            known = await self.ledger.was_clicked(self.id, UUID(happened.event.payload[CLICK]))
        except StoreError:
            happened.answer(rate_limited(AWAY_RETRY_MS))
            return True
        if known:
            happened.answer({})
        return known

    def _answer(self, happened: Happened, moved: Moved) -> None:
        """A transcript is answered when its remark is settled. A link has answered what it heard, where it does."""
        if device_of(happened.chart) is not None:
            if happened.event.name == ATTACH and not moved.taken:
                happened.answer(session_ended())  # the link is closed
            elif happened.event.name == ACK:
                happened.answer({})
            return
        if happened.event.name != TRANSCRIPT:
            happened.answer({})
        elif not moved.taken:
            happened.answer(session_ended())
        else:
            self.audience.await_outcome(happened.event.payload["id"], happened)

    # -- what goes out ------------------------------------------------------------------------------------------

    def push(self, event: str, payload: Mapping[str, Any]) -> None:
        """Numbered, and held for whoever is away. Each link sees to its own device."""
        self.audience.number(event, payload)
        self._tell_links(PUSH)

    def close_links(self) -> None:
        self._tell_links(CLOSE)

    def _tell_links(self, name: str) -> None:
        """What moves a link and is not journaled: what it changes is known from the session itself."""
        for link in links(self.states):
            moved = self._step(link, Event(name, self.clock.now_ms(), {"device": device_of(link)}))
            assert moved is not None, "the link is there"
            self.states = moved.states
            for index, performed in enumerate(moved.effects):
                if performed.effect.name in EFFECTS:
                    EFFECTS[performed.effect.name].tell(self, performed.effect, Position(self.n, index))

    def announce(self, event: str, note: Note) -> None:
        announce(self.bus, event, note)

    def push_status(self, decision: Mapping[str, Any]) -> None:
        """Tells the state in words, unless it is the one told last and there is no decision to tell."""
        status = self.status()
        if decision or status != self._told:
            self._told = status
            self.push("voice_status", {**status, **decision})

    def status(self) -> dict[str, Any]:
        return status(self.kinds, self.states)

    def reply(self, answer: Answer) -> None:
        """To whoever sent what is being handled."""
        if self._handled is not None:
            self._handled.answer(answer)

    def _with_count(self, attach: Event) -> Event:
        """With the count of the pushes, by which the link judges what the device has missed."""
        outbound = self.audience.outbound
        ring_from = outbound.seq + 1 - len(outbound.kept)
        pushes = {"push_epoch": outbound.epoch, "pushed_through": outbound.seq, "ring_from": ring_from}
        return evolve(attach, payload={**attach.payload, "pushes": pushes})

    def end(self, why: Callable[[], Refusal], *, failed: bool) -> None:
        """Answers everybody who still waits, and lets the listeners go. What is offered later is refused too."""
        self._ended = why
        if self._handled is not None:
            self._handled.answer(why())
        self.audience.dismiss(self._inbox.unread(), why, failed=failed)
