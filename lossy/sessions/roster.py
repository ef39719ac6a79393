"""The sessions of this node: each in a nursery of its own, behind a guard that keeps its failure from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from uuid import UUID, uuid4

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.errors import internal, not_found, rate_limited, session_ended
from lossy.channels.replay import Outbound
from lossy.charts.model import Data
from lossy.charts.together import Charts
from lossy.clock import Clock
from lossy.sessions.audience import Audience
from lossy.sessions.restore import Restored, entry_of_its_own, first_snapshot, snapshot
from lossy.sessions.revive import Reviver
from lossy.sessions.session import Session
from lossy.store.ledger import Commit, Ledger, LedgerConflict, Stored
from lossy.store.pool import StoreError
from lossy.store.videos import Video

# Beyond this a node is too full, and says so to whoever opens one more.
SESSIONS = 20_000
# A reviewer has one in each tab they talk in; nobody may fill the node for the others. Those of earlier are put away.
SESSIONS_OF_USER = 100
FULL_RETRY_MS = 5_000

FindVideo = Callable[[UUID, UUID], Awaitable[Video | None]]  # (video, user)
log = structlog.get_logger()


@define(eq=False)
class Roster:
    charts: Charts
    ledger: Ledger
    clock: Clock
    bus: Bus
    data: Callable[[], Mapping[str, Data]]  # what a new session starts with
    find_video: FindVideo
    _nursery: trio.Nursery
    _live: dict[UUID, Session] = field(factory=dict, init=False)
    _ended: dict[UUID, trio.Event] = field(factory=dict, init=False)
    _of_user: Counter[UUID] = field(factory=Counter, init=False)
    _draining: bool = field(default=False, init=False)
    # One at a time: two clients that open the same session get the same one, and its epoch is raised once.
    _opening: trio.Lock = field(factory=trio.Lock, init=False)

    async def open(self, session_id: UUID, user_id: UUID, video_id: UUID) -> Session:
        """The user's session on that video, brought to life where it is not.

        Raises Refusal: not_found when the session or the video is not this user's, rate_limited when the node is full.
        """
        if session_id in self._ended and session_id not in self._live:
            await self._ended[session_id].wait()  # it failed, and its last entry is still being written
        async with self._opening:
            session = self._live.get(session_id) or await self._bring_to_life(session_id, user_id, video_id)
        if (session.user_id, session.video.id) != (user_id, video_id):
            raise not_found()
        return session

    async def recover(self) -> int:
        """Brings back every session that had not ended, so that what was said is finished though nobody joins.

        The number of those brought back.
        """
        for session_id in await self.ledger.unfinished(SESSIONS):
            try:
                async with self._opening:
                    if session_id not in self._live:
                        await self._resume(session_id)
            except StoreError:
                raise
            except Exception:  # one that cannot be read does not keep the others, nor the server, from starting
                log.exception("session not recovered", session=str(session_id))
        return len(self._live)

    async def drain(self, deadline_s: float) -> None:
        """Tells every client to come back elsewhere and lets each session finish what it has in hand.

        From then on no session is brought to life here.
        """
        self._draining = True
        for session in self._live.values():
            session.audience.push("moving", {})
            session.finish()
        with trio.move_on_after(deadline_s):
            for ended in [*self._ended.values()]:
                await ended.wait()

    async def _bring_to_life(self, session_id: UUID, user_id: UUID, video_id: UUID) -> Session:
        if self._draining or len(self._live) >= SESSIONS:
            raise rate_limited(FULL_RETRY_MS)
        if self._of_user[user_id] >= SESSIONS_OF_USER:
            await self._put_away_one(user_id)
        if await self.find_video(video_id, user_id) is None:
            raise not_found()
        first = first_snapshot(self.charts, self.data(), self.clock.now_ms())
        if not await self.ledger.begin(session_id, user_id, video_id, first):
            raise not_found()
        session = await self._resume(session_id)
        if session is None:
            raise session_ended()
        return session

    async def _put_away_one(self, user_id: UUID) -> None:
        """Lets the oldest session of this user that nobody watches rest in the ledger, until somebody joins it again.

        Raises Refusal (rate_limited) when each is watched, or has something in hand for too long.
        """
        mine = (session for session in self._live.values() if session.user_id == user_id)
        unwatched = next((session for session in mine if not session.audience.listeners), None)
        if unwatched is not None:
            unwatched.finish()
            with trio.move_on_after(FULL_RETRY_MS / 1000):
                return await self._ended[unwatched.id].wait()
        raise rate_limited(FULL_RETRY_MS)

    async def _resume(self, session_id: UUID) -> Session | None:
        """None for a session that cannot go on: it has ended, or its video is not this user's any more."""
        stored = await self.ledger.load(session_id)
        if stored is None or stored.ended:
            return None
        video = await self.find_video(stored.video_id, stored.user_id)
        if video is None:
            return None
        reviver = Reviver(self.charts, self.ledger, self.clock)
        restored = await reviver.revive(session_id, stored, self.data())
        session = self._session(session_id, stored, restored, video)
        self._live[session_id], self._ended[session_id] = session, trio.Event()
        self._of_user[session.user_id] += 1
        await self._nursery.start(self._guard, session, restored)
        return session

    def _session(self, session_id: UUID, stored: Stored, restored: Restored, video: Video) -> Session:
        return Session(
            id=session_id,
            user_id=stored.user_id,
            video=video,
            charts=self.charts,
            ledger=self.ledger,
            clock=self.clock,
            bus=self.bus,
            audience=Audience(Outbound(stored.epoch)),
            states=restored.states,
            inbound=restored.inbound,
            n=restored.n,
        )

    async def _guard(self, session: Session, restored: Restored, *, task_status: trio.TaskStatus[None]) -> None:
        """Whatever a session raises ends that session: it is logged under an id, and its clients are told that id."""
        try:
            await session.run(restored, task_status)
            if not self._draining:  # stopped is not ended: its clients come back, and say again what has no answer
                session.end(session_ended, failed=False)
            await self._lay_to_rest(session)
        except Exception:  # whatever a bug here may raise, the sessions beside it go on
            incident = str(uuid4())
            log.exception("session failed", session=str(session.id), user=str(session.user_id), incident=incident)
            session.audience.push("session_failed", internal(incident).as_response())
            session.end(partial(internal, incident), failed=True)
            del self._live[session.id]  # whoever joins now waits for the last entry and gets it alive again
            await self._journal_failure(session, incident)
        finally:
            self._live.pop(session.id, None)
            self._of_user -= Counter([session.user_id])
            self._ended.pop(session.id).set()

    async def _lay_to_rest(self, session: Session) -> None:
        """Keeps the state of a session that may go on: other charts than these would not replay it for certain."""
        if all(chart.ended(session.states[name].active) for name, chart in self.charts.items()):
            return
        del self._live[session.id]  # whoever joins now waits for that and gets it alive again
        now = self.clock.now_ms()
        rested = entry_of_its_own(session.id, session.n + 1, now, "rested", {})
        await self._journal(Commit(rested, snapshot=snapshot(self.charts, session.states, session.inbound, now)))

    async def _journal_failure(self, session: Session, incident: str) -> None:
        failed = entry_of_its_own(session.id, session.n + 1, self.clock.now_ms(), "failed", {"incident": incident})
        await self._journal(Commit(failed))

    async def _journal(self, commit: Commit) -> None:
        try:
            await self.ledger.commit(commit)
        except (LedgerConflict, StoreError):
            log.warning("the journal does not take it", session=str(commit.entry.session_id), entry=commit.entry.event)
