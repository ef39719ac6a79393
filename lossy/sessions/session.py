"""One review session: a task that takes one event at a time through its charts, and keeps what it decides.

The rule of durability: an event's entry in the journal and its durable effects commit together; only then are the
pushes sent and the reply given. What a crash cuts off before the commit never happened, and the client sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
import trio
from attrs import define, evolve, field

from lossy.bus.memory import Bus
from lossy.channels.errors import Refusal, context_taken, rate_limited, session_ended
from lossy.charts.model import Data, Effect, Event
from lossy.charts.together import Charts, Moved, States, next_due, resume_all
from lossy.clock import Clock
from lossy.inference.llm import Drafter
from lossy.sessions.audience import Audience, Listener
from lossy.sessions.deeds import (
    START_WORK,
    TRANSCRIPT,
    WORKING,
    Deed,
    commit,
    goes_along,
    goes_on,
    make_deed,
    settles,
)
from lossy.sessions.effects import EFFECTS, NOTHING, Written
from lossy.sessions.hearing import Ears, Hearing
from lossy.sessions.inbox import Answer, Happened, Inbox
from lossy.sessions.links import (
    ATTACH,
    CLOSE,
    DROP,
    PUSHED,
    TAKEN_OVER,
    awaited,
    device_of,
    entered,
    link_of,
    links,
    running,
    told,
)
from lossy.sessions.links import step_together as step
from lossy.sessions.note_moves import CLICK
from lossy.sessions.note_news import announce
from lossy.sessions.repeats import AWAY_RETRY_MS, is_in_hand, is_known
from lossy.sessions.restore import AGENT, VOICE, entry_of_its_own, snapshot
from lossy.sessions.turnstile import Turnstile
from lossy.sessions.view import status
from lossy.sessions.watchers import Watchers
from lossy.sessions.work import AT_ONCE, WORK, Working
from lossy.sessions.works import Works
from lossy.store.ledger import Commit, Ledger, Noted, NoteWrite, RemarkKnown
from lossy.store.pool import StoreError
from lossy.store.videos import Video

if TYPE_CHECKING:
    from lossy.domain.notes import Note

log = structlog.get_logger()

ACK = "ack"


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
    watchers: Watchers = field(factory=Watchers, kw_only=True)
    turnstile: Turnstile = field(factory=Turnstile, kw_only=True)  # the node's
    hearing: Hearing = field(init=False)
    _inbox: Inbox = field(init=False)
    _in_hand: tuple[Happened, ...] = field(default=(), init=False)  # stepped through and kept together
    _handled: Happened | None = field(default=None, init=False)  # the one of these that is told now
    _works: Works = field(init=False)
    _gone: tuple[Happened, ...] = field(default=(), init=False)  # sockets that ended; as many as there were
    _told: Mapping[str, Any] = field(factory=dict, init=False)  # the status, the last time
    _unheard: int = field(default=0, init=False)  # pushes that no link has heard of
    unsure: Sequence[Commit] = field(default=(), init=False)  # the database may have them, and has not said so
    is_up: bool = field(default=False, init=False)  # it runs, or has run
    _finishing: bool = field(default=False, init=False)
    _ended: Callable[[], Refusal] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._inbox = Inbox(self.clock, self.turnstile)
        self._works = Works(self.id, self._inbox, self.clock)
        self.hearing = Hearing(self.id, self.ears, self.clock, self.offer)

    # -- the loop -----------------------------------------------------------------------------------------------

    async def run(self, stopped_at: int, task_status: trio.TaskStatus[None]) -> None:
        """Ends with the session, which was last alive at `stopped_at`.

        An error in any effect is the caller's to see; one in work is its failure.
        """
        resumed = await self._resume(stopped_at)
        async with trio.open_nursery() as nursery:
            self._set_to_work(nursery, [each for each in resumed.effects if each.effect.name in WORKING])
            self.is_up = True
            task_status.started()
            del task_status  # it knows the task that has opened the session, which would be kept as long as this runs
            while not self.over:
                first = await self._inbox.next(next_due(self.states))
                if first is not None:
                    await self._take(nursery, first)
                    self._tell_who_is_gone()
            nursery.cancel_scope.cancel()

    async def _take(self, nursery: trio.Nursery, first: Happened) -> None:
        """Steps through what happened and what goes with it, keeps all of that, and then tells it in order."""
        self._in_hand = (first,)
        if not (self._works.is_stale(first) or self._is_read_only(first) or await self._is_repeat(first)):
            kept = await self._keep_new(self._deeds(first))
            for deed, noted in kept:
                self._handled = deed.happened
                self._answer(deed)
                self._tell(deed, noted)
                if deed.has_entry and self.is_followed:
                    self.watchers.tell(self.id, self.kinds, deed)
            self.tell_pushes()
            self._set_to_work(nursery, [work for deed, _ in kept for work in deed.work])
            if not awaited(self.states):
                self.audience.let_go()
        for happened in self._in_hand:
            self.hearing.settle(self.states, happened)
        self._in_hand, self._handled = (), None

    async def _is_repeat(self, first: Happened) -> bool:
        """Words with an outcome are found out when they are kept."""
        return is_in_hand(self, first, self.states) or (CLICK in first.event.payload and await is_known(self, first))

    def _deeds(self, first: Happened) -> list[Deed]:
        """Of an event, of what a device said after it that is there already, up to the words of a remark, and of the
        draft that the rules make of those at once. In one commit they take a third of the time of one for each.
        """
        deeds: list[Deed] = []
        happened: Happened | None = first
        n, states = self.n, self.states
        while happened is not None:
            moved = self._step(states, happened, n + 1)
            if moved is None:
                happened.answer(rate_limited(AWAY_RETRY_MS))  # a device too many
                break
            deeds.append(make_deed(self, happened, moved, n))
            n, states = deeds[-1].n, moved.states
            happened = self._done_at_once(deeds[-1]) or self._next_with(happened, states)
        return deeds

    def _step(self, states: States, happened: Happened, n: int) -> Moved | None:
        if happened.event.name == ATTACH:
            happened.event = self._with_count(happened.event)
        event = entered(happened.event, happened.chart, n, happened.device_id)
        moved = step(self.kinds, states, happened.chart, event, self.fresh_link)
        if moved is not None and moved.broken:
            self._report(moved.broken, event.name)
        return moved

    def _report(self, broken: Iterable[str], sent: str) -> None:
        for invariant in broken:
            log.error("invariant broken", session=str(self.id), invariant=invariant, sent=sent)

    def _done_at_once(self, deed: Deed) -> Happened | None:
        """The answer of work that this step begins, where that takes no time."""
        for chart, effect in deed.work:
            if effect.name == START_WORK and (at_once := AT_ONCE.get(WORK[effect.args["work"]])) is not None:
                return self._works.done_at_once(chart, effect.args["state"], partial(at_once, self._working(effect)))
        return None

    def _next_with(self, happened: Happened, states: States) -> Happened | None:
        """What a device said next, where that is there already and no timer goes before it."""
        if self._inbox.is_empty or not goes_on(happened):
            return None
        due = next_due(states)
        while (following := self._inbox.peek(due)) is not None and goes_along(following):
            self._in_hand += (self._inbox.take(),)
            if not is_in_hand(self, following, states):
                return following
        return None

    async def _keep_new(self, deeds: Sequence[Deed]) -> list[tuple[Deed, Sequence[Noted]]]:
        """All of them; but only those before the words of a remark that has its outcome, which are answered with it.

        Where the remark is settled at once it is the ledger that finds that out, and nobody has to ask before.
        """
        names = [deed.happened.event.name for deed in deeds]
        words = names.index(TRANSCRIPT) if TRANSCRIPT in names else None
        if words is not None and not settles(deeds[words:]) and await is_known(self, deeds[words].happened):
            deeds = deeds[:words]
        try:
            return await self._keep(deeds)
        except RemarkKnown:
            if words is None or not await is_known(self, deeds[words].happened):
                raise
            return await self._keep(deeds[:words])

    async def _keep(self, deeds: Sequence[Deed]) -> list[tuple[Deed, Sequence[Noted]]]:
        now, epoch = self.clock.now_ms(), self.epoch
        commits = [commit(self, epoch, deed, now) for deed in deeds if deed.has_entry]
        try:
            noted = iter(await self.ledger.commit_together(commits) if commits else ())
        except StoreError:
            self.unsure = commits
            raise
        if commits:
            self.n, self.states = deeds[-1].n, deeds[-1].states
        return [(deed, next(noted) if deed.has_entry else ()) for deed in deeds]

    def _tell(self, deed: Deed, noted: Iterable[Noted]) -> None:
        """Its effects in the order of the charts, now that it is kept; `noted` is what its note writes left behind."""
        left = iter(noted)
        for effect, row, writes in deed.acts:
            written = NOTHING
            if writes:
                written = Written(writes, tuple([next(left) for write in writes if isinstance(write, NoteWrite)]))
            row.tell(self, effect, written)

    def _set_to_work(self, nursery: trio.Nursery, work: Iterable[tuple[str, Effect]]) -> None:
        """What ends within these has been done at once. The inbox waits for the timers."""
        begun: dict[tuple[str, str], Effect] = {}
        for chart, effect in work:
            if effect.name == START_WORK:
                begun[chart, effect.args["state"]] = effect
            elif begun.pop((chart, effect.args["state"]), None) is None:
                self._works.stop(chart, effect.args["state"])
        for (chart, state), effect in begun.items():
            self._works.start(nursery, chart, state, partial(WORK[effect.args["work"]], self._working(effect)))

    def _working(self, effect: Effect) -> Working:
        return Working(effect.data, self.hearing, self.drafter(), self.audience.aside)

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
    def is_followed(self) -> bool:
        return self.watchers.follows(self.id)

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
        kinds, states = self.kinds, self.states
        return kinds[VOICE].ended(states[VOICE].active) and kinds[AGENT].ended(states[AGENT].active)

    def finish(self) -> None:
        """Lets `run` return once nothing is in hand. What is stored can go on elsewhere."""
        self._finishing = True
        self._inbox.wake()

    def rest(self, why: Callable[[], Refusal]) -> None:
        """It goes on elsewhere: its listeners stay until their sockets are closed. What is offered later is refused."""
        self._ended = why

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
        self._gone += (Happened(link_of(device_id), drop, device_id),)
        self._tell_who_is_gone()

    def _tell_who_is_gone(self) -> None:
        if not self._gone:
            return
        with suppress(Refusal):  # no room yet, or nobody is told any more
            while self._gone:
                self.offer(self._gone[0], own=True)
                self._gone = self._gone[1:]

    def _is_read_only(self, happened: Happened) -> bool:
        """Whether another tab has the microphone than the one that gives this command; it is told which."""
        owner = self.states[VOICE].data["owner"]
        if happened.tab is None or owner == {"tab": happened.tab, "device": str(happened.device_id)}:
            return False
        happened.answer(context_taken(owner or self.states[VOICE].data["taken_by"]))
        return True

    def _answer(self, deed: Deed) -> None:
        """A transcript is answered when its remark is settled. A link has answered what it heard, where it does."""
        happened = deed.happened
        if happened.chart not in self.kinds:  # a link
            if happened.event.name == ATTACH and not deed.taken:
                happened.answer(session_ended())  # the link is closed
            elif happened.event.name == ACK:
                happened.answer({})
            return
        if happened.event.name != TRANSCRIPT:
            happened.answer({})
        elif not deed.taken:
            happened.answer(session_ended())
        else:
            self._tell_heard("asr_final", happened.event.payload["text"], happened.event.payload["id"])
            self.audience.await_outcome(happened.event.payload["id"], happened)

    # -- what goes out ------------------------------------------------------------------------------------------

    def push(self, event: str, payload: Mapping[str, Any]) -> None:
        """Numbered, and held for whoever is away. Each link sees to its own device, once all of the commit is told; or
        before, where more would not be held.
        """
        if self._unheard == self.audience.outbound.ring:
            self.tell_pushes()
        self.audience.number(event, payload)
        self._unheard += 1

    def tell_partial(self, text: str, remark_id: UUID | None) -> None:
        """What is understood so far of what somebody says. It is of this moment and not kept."""
        self._tell_heard("asr_partial", text, None if remark_id is None else str(remark_id))

    def _tell_heard(self, type: str, text: str, remark_id: str | None) -> None:
        self.audience.aside("agent_event", {"type": type, "text": text, "remark_id": remark_id})

    def close_links(self) -> None:
        self.tell_pushes()
        self._tell_links(CLOSE)

    def tell_pushes(self) -> None:
        """All that was pushed since the last time is one event of each link: a step is dearer than a push."""
        if self._unheard:
            count, self._unheard = self._unheard, 0
            self._tell_links(PUSHED, count=count)

    def _tell_links(self, name: str, **facts: int) -> None:
        """What moves a link and is not journaled: what it changes is known from the session itself."""
        now = self.clock.now_ms()
        for link in links(self.states):
            after, effects, broken = told(
                self.kinds, self.states, link, Event(name, now, {"device": device_of(link), **facts})
            )
            if broken:
                self._report(broken, name)
            self.states = {**self.states, link: after}
            for effect in effects:
                if effect.name in EFFECTS:
                    EFFECTS[effect.name].tell(self, effect, NOTHING)

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
        ring_from = outbound.seq + 1 - outbound.held
        pushes = {"push_epoch": outbound.epoch, "pushed_through": outbound.seq, "ring_from": ring_from}
        return evolve(attach, payload={**attach.payload, "pushes": pushes})

    def end(self, why: Callable[[], Refusal], *, failed: bool) -> None:
        """Answers everybody who still waits, and lets the listeners go. What is offered later is refused too."""
        self._ended = why
        for happened in self._in_hand:
            happened.answer(why())
        self.audience.dismiss(self._inbox.unread(), why, failed=failed)
