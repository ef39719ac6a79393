"""One review session: a task that takes one event at a time through its charts, and keeps what it decides.

The rule of durability: an event's entry in the journal and its durable effects commit together; only then are the
pushes sent and the reply given. What a crash cuts off before the commit never happened, and the client sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.errors import Refusal, gap, rate_limited, session_ended
from lossy.channels.replay import Gap, Inbound, Repeat
from lossy.channels.topics import VideoNotes
from lossy.charts.model import Event
from lossy.charts.together import Charts, Moved, States, advance, next_due, resume_all
from lossy.clock import Clock
from lossy.domain.agent import in_hand
from lossy.domain.notes import Note, as_payload
from lossy.sessions.audience import Audience
from lossy.sessions.effects import EFFECTS, Position
from lossy.sessions.inbox import Happened, Inbox
from lossy.sessions.restore import Restored, entered, snapshot
from lossy.sessions.work import WORK, WorkFailed
from lossy.store.ledger import Commit, Entry, Ledger, Write
from lossy.store.pool import StoreError
from lossy.store.videos import Video

# When the database cannot be asked: about the time in which it restarts.
AWAY_RETRY_MS = 1000
# Replaying takes some 50 us an entry, so a session is back within 10 ms of its snapshot.
SNAPSHOT_EVERY = 100

log = structlog.get_logger()

VOICE, AGENT, TRANSCRIPT = "voice", "agent", "transcript_final"


@define(eq=False)
class Session:
    id: UUID
    user_id: UUID
    video: Video
    charts: Charts
    ledger: Ledger
    clock: Clock
    bus: Bus
    audience: Audience
    states: States
    inbound: Mapping[UUID, Inbound]
    n: int  # of the latest journal entry
    _inbox: Inbox = field(init=False)
    _handled: Happened | None = field(default=None, init=False)
    _working: dict[tuple[str, str], trio.CancelScope] = field(factory=dict, init=False)  # by chart and state
    _told: Mapping[str, Any] = field(factory=dict, init=False)  # the status, the last time
    _finishing: bool = field(default=False, init=False)
    _ended: Callable[[], Refusal] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._inbox = Inbox(self.clock)

    # -- the loop -----------------------------------------------------------------------------------------------

    async def run(self, restored: Restored, task_status: trio.TaskStatus[None]) -> None:
        """Ends with the session. An error in any effect is the caller's to see; one in work is its failure."""
        async with trio.open_nursery() as nursery:
            resumed = resume_all(self.charts, self.states, stopped_at=restored.at, at=self.clock.now_ms())
            self.states = resumed.states
            self._perform(nursery, resumed)
            self.offer(Happened(VOICE, Event("drop", self.clock.now_ms())))  # whoever was attached is not any more
            task_status.started()
            while not self.over:
                self._handled = await self._inbox.next(next_due(self.states))
                if self._handled is not None:
                    await self._handle(nursery, self._handled)
            nursery.cancel_scope.cancel()

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
        for invariant in moved.broken:
            log.error("invariant broken", session=str(self.id), invariant=invariant, taken=moved.taken)
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
                    pass  # the inbox waits for the deadlines in the states
                case name:
                    EFFECTS[name].tell(self, effect, Position(self.n, index))

    async def _work(self, key: tuple[str, str], scope: trio.CancelScope, work: str, data: Mapping[str, Any]) -> None:
        chart, state = key
        with scope:
            try:
                name, payload = f"done.{state}", await WORK[work](data)
            except WorkFailed as failure:
                name, payload = f"failed.{state}", {"reason": str(failure)}
            except Exception:  # a bug in it would fail the session again at each reopening, which runs it again
                log.exception("work failed", session=str(self.id), work=work)
                name, payload = f"failed.{state}", {"reason": "internal"}
            await self._inbox.put(Happened(chart, Event(name, self.clock.now_ms(), payload), scope=scope))

    @property
    def over(self) -> bool:
        """Ended, or told to finish; and nothing left in hand."""
        ended = self._finishing or all(chart.ended(self.states[name].active) for name, chart in self.charts.items())
        return ended and not self._working and self._inbox.is_empty

    def finish(self) -> None:
        """Lets `run` return once nothing is in hand. What is stored can go on elsewhere."""
        self._finishing = True
        self._inbox.wake()

    # -- what comes in ------------------------------------------------------------------------------------------

    def offer(self, happened: Happened) -> None:
        """Raises Refusal: rate_limited when the inbox is full, or why the session has ended."""
        if self._ended is not None:
            raise self._ended()
        self._inbox.offer(happened)

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

    def _answer(self, happened: Happened, moved: Moved) -> None:
        """Acknowledges what was accepted; a transcript is answered when its remark is settled."""
        if happened.event.name != TRANSCRIPT:
            accepted = self.inbound.get(happened.device_id) if happened.device_id else None
            happened.answer({"accepted_through": accepted.accepted_through} if accepted else {})
        elif not moved.taken:
            happened.answer(session_ended())
        else:
            self.audience.await_outcome(happened.event.payload["id"], happened)

    # -- what goes out ------------------------------------------------------------------------------------------

    def push_status(self, decision: Mapping[str, Any]) -> None:
        """Tells the state in words, unless it is the one told last and there is no decision to tell."""
        status = self.status()
        if decision or status != self._told:
            self._told = status
            self.audience.push("voice_status", {**status, **decision})

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
        if self._handled is not None:
            self._handled.answer(why())
        self.audience.dismiss(self._inbox.unread(), why, failed=failed)
