"""The sessions of this node: each in a nursery of its own, behind a guard that keeps its failure from the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from itertools import islice
from uuid import UUID, uuid4

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.errors import Refusal, forbidden, internal, not_found, rate_limited, session_ended
from lossy.channels.replay import Outbound
from lossy.charts.model import Data, Event
from lossy.charts.together import Charts
from lossy.clock import Clock
from lossy.domain.access import Action
from lossy.inference.llm import Drafter
from lossy.keyed_lock import KeyedLock
from lossy.sessions.audience import Audience
from lossy.sessions.hearing import Ears
from lossy.sessions.inbox import Happened
from lossy.sessions.last_entries import LastEntries
from lossy.sessions.links import CLOSE, LINK
from lossy.sessions.owners import Owners
from lossy.sessions.restore import VOICE, Restored, first_snapshot
from lossy.sessions.revive import Reviver
from lossy.sessions.session import Session
from lossy.sessions.takeover import take_for
from lossy.sessions.turnstile import Turnstile
from lossy.sessions.user_settings import news
from lossy.sessions.watchers import Watchers
from lossy.store.ledger import AnotherSession, Fenced, Ledger, Stored
from lossy.store.pool import PoolClosed, PoolExhausted, StoreError, StoreUnavailable
from lossy.store.videos import Reach, Video

# Beyond this a node is too full, and says so to whoever opens one more.
SESSIONS = 20_000
# A reviewer has one in each tab they talk in; nobody may fill the node for the others. Those of earlier are put away.
SESSIONS_OF_USER = 100
FULL_RETRY_MS = 5_000
# What had no answer when a session went to another node is asked again there.
MOVED_RETRY_MS = 250
# Sessions that are brought to life side by side. After a restart that is all of them, and each asks the database again
# and again; what is said in those that are back waits behind so many queries.
AT_ONCE = 16
# Of these at a start, or from a node that is gone: nobody waits for them, and those who join or speak meanwhile do.
BESIDE = 4
# What the database says of every session, and not of one.
AWAY = (StoreUnavailable, PoolExhausted, PoolClosed)

FindReach = Callable[[UUID, UUID], Awaitable[Reach | None]]  # (video, user)
log = structlog.get_logger()


def _everybody(user_id: UUID) -> bool:
    return True


@define(eq=False)
class Roster:
    charts: Charts
    ledger: Ledger
    clock: Clock
    bus: Bus
    data: Callable[[UUID], Awaitable[Mapping[str, Data]]]  # what a new session of this user starts with
    find_reach: FindReach
    _nursery: trio.Nursery
    ears: Ears = field(factory=Ears, kw_only=True)
    drafter: Drafter | None = field(default=None, kw_only=True)
    has_drafter: Callable[[UUID], bool] = field(default=_everybody, kw_only=True)  # whether this user's notes are its
    watchers: Watchers = field(factory=Watchers, kw_only=True)
    owners: Owners | None = field(default=None, kw_only=True)  # they are told what comes to life and what ends
    _turnstile: Turnstile = field(factory=Turnstile, init=False)
    _live: dict[UUID, Session] = field(factory=dict, init=False)
    _ended: dict[UUID, trio.Event] = field(factory=dict, init=False)
    _of_user: dict[UUID, list[Session]] = field(factory=dict, init=False)  # the live ones, the oldest first
    _fences: dict[UUID, trio.CancelScope] = field(factory=dict, init=False)  # of the live ones
    # With whose they are: the database went away when they were taken up.
    _unresumed: dict[UUID, UUID] = field(factory=dict, init=False)
    _last: LastEntries = field(init=False)
    _draining: bool = field(default=False, init=False)
    # One at a time of each user: two clients that open the same session get the same one, and its epoch is raised once.
    _opening: KeyedLock[UUID] = field(factory=KeyedLock, init=False)
    _turns: trio.CapacityLimiter = field(factory=partial(trio.CapacityLimiter, AT_ONCE), init=False)  # of all users
    _beside: trio.CapacityLimiter = field(factory=partial(trio.CapacityLimiter, BESIDE), init=False)
    _coming: dict[object, UUID] = field(factory=dict, init=False)  # the turns, with the sessions whose they are
    _came: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot, init=False)

    def __attrs_post_init__(self) -> None:
        self._last = LastEntries(self.ledger, self.clock, self.bus)

    async def open(
        self, session_id: UUID, user_id: UUID, video_id: UUID, device_id: UUID, tab: str | None = None
    ) -> Session:
        """The user's session on that video, for a tab of one of their devices; brought to life where it is not.

        Raises Refusal: not_found when the session is not this user's or they do not reach the video, forbidden when
        they may not review it, rate_limited when the node is full or another one has the session.
        """
        async with self._open_alone(session_id, user_id):
            session = self._live.get(session_id)
            if session is None:
                return await self._bring_to_life(session_id, user_id, video_id, device_id, tab)
            if (session.user_id, session.video.id) != (user_id, video_id):
                raise not_found()
            if session.video.owner_id != user_id:  # what was shared may be withdrawn meanwhile
                await self._reviewable(video_id, user_id)
            return session

    @asynccontextmanager
    async def _open_alone(self, session_id: UUID, user_id: UUID) -> AsyncIterator[None]:
        """While nobody else opens one of the user's, and the session is not one that is being laid to rest."""
        while True:
            if self._is_going(session_id):
                await self._ended[session_id].wait()
            async with self._opening.of(user_id):
                if not self._is_going(session_id):
                    yield
                    return

    def _is_going(self, session_id: UUID) -> bool:
        """It has failed or was stopped, and its last entry is still being written."""
        return session_id in self._ended and session_id not in self._live

    @contextmanager
    def _turn_of(self, session_id: UUID) -> Iterator[None]:
        """To be brought to life, by who holds one of `_turns`. Raises Refusal (rate_limited) where there is no room, or
        no more are.
        """
        coming = sum(coming not in self._live for coming in self._coming.values())
        if self._draining or len(self._live) + coming >= SESSIONS:
            raise rate_limited(FULL_RETRY_MS)
        turn = object()
        self._coming[turn] = session_id
        try:
            yield
        finally:
            del self._coming[turn]
            self._came.unpark_all()

    async def recover(self) -> int:
        """Brings back every session that had not ended and is nobody's, so that what was said is finished though nobody
        joins. The number of those brought back.
        """
        await self._recover(await self.ledger.unfinished(SESSIONS))
        return len(self._live)

    async def adopt(self, limit: int) -> None:
        """Brings back sessions of nodes that are gone."""
        room = 0 if self._draining else SESSIONS - len(self._live)
        if room > 0:
            await self._recover({**await self.ledger.orphaned(min(limit, room)), **self._unresumed})

    async def _recover(self, found: Mapping[UUID, UUID]) -> None:
        """Raises StoreError while the database is away; those that were not tried then are found again."""
        rest, failures = iter(found.items()), list[StoreError]()

        async def recover() -> None:
            for session_id, user_id in rest:
                try:
                    await self._recover_one(session_id, user_id)
                except StoreError as failure:
                    if isinstance(failure, AWAY):
                        failures.append(failure)
                    else:
                        log.warning("session not recovered yet", session=str(session_id), reason=str(failure))
                if failures or self._draining:
                    break

        async with trio.open_nursery() as nursery:
            for _ in range(BESIDE):
                nursery.start_soon(recover)
        if failures:
            raise failures[0]

    async def _recover_one(self, session_id: UUID, user_id: UUID) -> None:
        try:
            async with self._open_alone(session_id, user_id):
                if session_id not in self._live:
                    async with self._beside, self._turns:
                        with self._turn_of(session_id):
                            await self._resume(session_id, await self.ledger.take(session_id))
        except Refusal:  # there is no room for it
            self._unresumed[session_id] = user_id
            return
        except StoreError:
            self._unresumed[session_id] = user_id
            raise
        except Fenced:
            log.info("session taken up by another node", session=str(session_id))
        except Exception:  # one that cannot be read does not keep the others from coming back
            log.exception("session not recovered", session=str(session_id))
        self._unresumed.pop(session_id, None)

    def give_up(self, session_id: UUID, epoch: int) -> None:
        """Stops a session that another node holds in that epoch."""
        session = self._live.get(session_id)
        if session is not None and session.epoch < epoch:
            self._fences[session_id].cancel()

    async def write_again(self) -> None:
        """What could not be written when a session stopped. Raises StoreError when it still cannot."""
        await self._last.write_again()

    async def drain(self, deadline_s: float) -> None:
        """Tells every client to come back elsewhere and lets each session finish what it has in hand.

        From then on no session is brought to life here.
        """
        self._draining = True
        for session in self._live.values():
            self._send_on(session)
        with trio.move_on_after(deadline_s):
            while self._coming:
                await self._came.park()
            for ended in [*self._ended.values()]:
                await ended.wait()

    def _send_on(self, session: Session) -> None:
        session.audience.aside("moving", {})
        session.finish()

    def live(self, session_id: UUID, user_id: UUID) -> Session | None:
        """The user's session, where it is live here."""
        session = self._live.get(session_id)
        return session if session is not None and session.user_id == user_id else None

    def latest(self, most: int) -> tuple[Session, ...]:
        """Of all that are live here those that came to life last, the latest first."""
        return tuple(islice(reversed(self._live.values()), most))

    def any(self, session_id: UUID) -> Session | None:
        """Whoever's it is, for an admin; None where it is not live here."""
        return self._live.get(session_id)

    def of_user(self, user_id: UUID) -> tuple[Session, ...]:
        """The user's sessions that are live here."""
        return tuple(self._of_user.get(user_id, ()))

    async def tell_user(self, user_id: UUID, event: Event) -> None:
        """Offers an event to every live session of the user; to one that is being opened, once it is live."""
        async with self._opening.of(user_id):
            for session in self.of_user(user_id):
                self._offer(session, event)

    async def close_reviews(self, user_id: UUID, video_id: UUID) -> None:
        """The user may not review that video any more: their clients are let go, and what was said is finished."""
        async with self._opening.of(user_id):
            for session in self.of_user(user_id):
                if session.video.id == video_id:
                    self._offer(session, Event(CLOSE, self.clock.now_ms()))
                    session.audience.send_away()

    async def _reviewable(self, video_id: UUID, user_id: UUID) -> Reach:
        """Raises Refusal: not_found, forbidden."""
        reach = await self.find_reach(video_id, user_id)
        if reach is None:
            raise not_found()
        if not reach.may(Action.REVIEW):
            raise forbidden("This video was not shared with you for review.")
        return reach

    def _offer(self, session: Session, event: Event) -> None:
        with suppress(Refusal):  # it has ended, or is so far behind that it will hear when it is brought to life again
            session.offer(Happened(VOICE, event), own=True)

    async def _bring_to_life(
        self, session_id: UUID, user_id: UUID, video_id: UUID, device_id: UUID, tab: str | None
    ) -> Session:
        if len(self.of_user(user_id)) >= SESSIONS_OF_USER:
            await self._put_away_one(user_id)
        async with self._turns:
            with self._turn_of(session_id):
                return await self._begin(session_id, user_id, video_id, device_id, tab)

    async def _begin(
        self, session_id: UUID, user_id: UUID, video_id: UUID, device_id: UUID, tab: str | None
    ) -> Session:
        reach = await self._reviewable(video_id, user_id)
        initial = await self.data(user_id)
        first = first_snapshot(self.charts, initial, self.clock.now_ms())
        try:
            stored = await self.ledger.begin(session_id, user_id, video_id, first)
        except AnotherSession:
            raise not_found() from None
        if stored is None:
            stored = await take_for(device_id, tab, session_id, self.ledger, self.charts, initial)
        if stored is None or stored.ended:
            raise session_ended()
        try:
            session = await self._revive(session_id, stored, reach.video, initial)
        except Fenced:
            raise rate_limited(MOVED_RETRY_MS) from None
        if self._draining:
            raise rate_limited(MOVED_RETRY_MS)
        return session

    async def _put_away_one(self, user_id: UUID) -> None:
        """Lets the oldest session of this user that nobody watches rest in the ledger, until somebody joins it again.

        Raises Refusal (rate_limited) when each is watched, or has something in hand for too long.
        """
        mine = self.of_user(user_id)
        unwatched = next((session for session in mine if not session.audience.is_watched), None)
        if unwatched is not None:
            unwatched.finish()
            with trio.move_on_after(FULL_RETRY_MS / 1000):
                return await self._ended[unwatched.id].wait()
        raise rate_limited(FULL_RETRY_MS)

    async def _resume(self, session_id: UUID, stored: Stored | None) -> None:
        """Unless it cannot go on: it has ended, or this user may not review its video any more."""
        if stored is None or stored.ended:
            return
        reach = await self.find_reach(stored.video_id, stored.user_id)
        if reach is not None and reach.may(Action.REVIEW):
            await self._revive(session_id, stored, reach.video, await self.data(stored.user_id))

    async def _revive(self, session_id: UUID, stored: Stored, video: Video, initial: Mapping[str, Data]) -> Session:
        reviver = Reviver(self.charts, self.ledger, self.clock)
        restored = await reviver.revive(session_id, stored, initial)
        session = self._session(session_id, stored, restored, video, initial[LINK])
        self._live[session_id], self._ended[session_id] = session, trio.Event()
        self._fences[session_id] = trio.CancelScope()
        self._of_user.setdefault(session.user_id, []).append(session)
        await self._nursery.start(self._guard, session, restored.at)
        if self._draining:  # which has begun meanwhile
            self._send_on(session)
        changed = news(initial, restored.states, self.clock.now_ms())
        if changed is not None:
            self._offer(session, changed)
        if self.owners is not None:
            await self.owners.reconcile(session)
        return session

    def _session(self, session_id: UUID, stored: Stored, restored: Restored, video: Video, fresh_link: Data) -> Session:
        return Session(
            id=session_id,
            user_id=stored.user_id,
            video=video,
            kinds=self.charts,
            fresh_link=fresh_link,
            ledger=self.ledger,
            clock=self.clock,
            bus=self.bus,
            audience=Audience(Outbound(stored.epoch, fresh_link["limits"]["ring"])),
            states=restored.states,
            n=restored.n,
            ears=self.ears,
            drafter=partial(self._drafter_of, stored.user_id),
            watchers=self.watchers,
            turnstile=self._turnstile,
        )

    def _drafter_of(self, user_id: UUID) -> Drafter | None:
        return self.drafter if self.drafter is not None and self.has_drafter(user_id) else None

    async def _guard(self, session: Session, stopped_at: int, *, task_status: trio.TaskStatus[None]) -> None:
        """Whatever a session raises ends that session: it is logged under an id, and its clients are told that id.

        One that another node took up is no failure: its clients are sent there.
        """
        running = session.run(stopped_at, task_status)
        del task_status  # as there
        try:
            with self._fences[session.id] as fence:
                await running
            if fence.cancelled_caught:
                if not session.is_up:
                    raise Fenced("taken up by another node while it came to life")
                return self._move(session)
            if self._draining:  # stopped is not ended: its clients come back, and say again what has no answer
                session.rest(partial(rate_limited, MOVED_RETRY_MS))
            else:
                session.end(session_ended, failed=False)
            await self._lay_to_rest(session)
            if session.ended and self.owners is not None:
                await self.owners.ended(session.user_id, session.id)
        except Exception as error:  # whatever a bug here may raise, the sessions beside it go on
            if not session.is_up:
                raise  # to whoever brings it to life
            if _is_fenced(error):
                return self._move(session)
            await self._fail(session)
        except BaseExceptionGroup as errors:  # it was stopped, and may have failed as well
            failed, stopped = errors.split(Exception)
            if failed is not None:
                log.error("session failed", session=str(session.id), user=str(session.user_id), exc_info=failed)
            assert stopped is not None, "it would be an ExceptionGroup"
            raise stopped from None
        finally:
            session.hearing.close()
            self._take_off(session)
            del self._fences[session.id]
            self._ended.pop(session.id).set()

    def _take_off(self, session: Session) -> None:
        """It is live no more."""
        if self._live.pop(session.id, None) is not None:
            mine = self._of_user[session.user_id]
            mine.remove(session)
            if not mine:
                del self._of_user[session.user_id]

    def _move(self, session: Session) -> None:
        log.info("session taken up by another node", session=str(session.id), epoch=session.epoch)
        session.audience.aside("moving", {})
        session.end(partial(rate_limited, MOVED_RETRY_MS), failed=True)  # a client joins again after a failure only

    async def _fail(self, session: Session) -> None:
        incident = str(uuid4())
        log.exception("session failed", session=str(session.id), user=str(session.user_id), incident=incident)
        session.audience.aside("session_failed", internal(incident).as_response())
        session.end(partial(internal, incident), failed=True)
        self._take_off(session)  # whoever joins now waits for the last entry and gets it alive again
        await self._last.failed(session, incident)

    async def _lay_to_rest(self, session: Session) -> None:
        if session.ended:
            return
        self._take_off(session)  # whoever joins now waits for that and gets it alive again
        await self._last.rested(session)


def _is_fenced(error: Exception) -> bool:
    """What a session raises comes out of its nursery."""
    return isinstance(error, ExceptionGroup) and error.subgroup(Fenced) is not None
