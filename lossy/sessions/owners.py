"""Which of a user's tabs has the microphone: what befalls tabs and sessions, and what the reviewer asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import structlog
import trio
from attrs import define, field, frozen

from lossy.bus.memory import Bus
from lossy.channels.errors import context_taken, not_found, rate_limited
from lossy.charts.model import Chart, Data
from lossy.clock import Clock
from lossy.sessions.herald import Review
from lossy.sessions.ownership_rows import GIVE_CONTEXT, OFFER_CONTEXT, Rows
from lossy.sessions.standing import Standing, tab_name
from lossy.sessions.turn import END_REVIEW, Turn
from lossy.store.ownership import Ownership
from lossy.store.pool import StoreError

# A node whose sockets all go at once leaves the rest of the pool's connections to others.
AT_ONCE = 2
# Tabs whose end has yet to be told: as many as a node has sessions, should all sockets go at once. Beyond it a tab
# counts as there until it joins again, or its review ends.
LEAVING = 20_000
# When the database cannot be asked: about the time in which it restarts.
AWAY_RETRY_MS = 1000

# How long a join may wait for the database: a client gives up after ten seconds.
JOIN_S = 5.0

log = structlog.get_logger()

REFUSE_CLAIM = "refuse_claim"
# The chart's effects. What is given, taken and left is told by the row that they leave, however often it is looked at.
PERFORMED = frozenset({GIVE_CONTEXT, "take_context", END_REVIEW, OFFER_CONTEXT, REFUSE_CLAIM})


@frozen
class Place:
    """A tab of a user's, and the review that is in it."""

    user_id: UUID
    tab: str
    device: UUID
    session_id: UUID
    video_id: UUID

    @property
    def name(self) -> str:
        return tab_name(self.tab, self.device)


@frozen
class Joined:
    """A tab's join. `owner` is who has the microphone now, as clients are told of it; None while nobody has."""

    place: Place
    number: int
    owner: Mapping[str, Any] | None


@define(eq=False)
class Owners:
    """`run` must be running in some nursery before sessions are brought to life."""

    chart: Chart
    store: Ownership
    clock: Clock
    bus: Bus
    initial: Data  # what a user's machine begins with
    live: Callable[[UUID], Iterable[Review]]  # the user's sessions on this node
    _nursery: trio.Nursery  # of what is told by nobody who could wait for it
    _rows: Rows = field(init=False)
    _turns: trio.CapacityLimiter = field(factory=partial(trio.CapacityLimiter, AT_ONCE), init=False)
    _leaving: int = field(default=0, init=False)
    _unreconciled: set[UUID] = field(factory=set, init=False)  # sessions that live here, and nobody has joined yet

    def __attrs_post_init__(self) -> None:
        self._rows = Rows(self.chart, self.store, self.clock, self.bus, self.initial, self.live)

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Raises StoreError when it cannot start."""
        await self._rows.watch(task_status=task_status)

    # -- what befalls tabs and sessions -------------------------------------------------------------------------

    async def joined(self, place: Place, at: int | None, offset_ms: int) -> Joined:
        """A tab has joined its session, which is live here. `at` is its clock, `offset_ms` what makes that ours.

        Raises Refusal (rate_limited) when the database is away.
        """
        self._unreconciled.discard(place.session_id)
        join = self._claim_of(place, self.clock.now_ms() - offset_ms if at is None else at, offset_ms)
        with trio.move_on_after(JOIN_S) as scope:
            scope.shield = True  # a socket that dies meanwhile must still be known by its number, or it never leaves
            turn = await self._ask(place.user_id, lambda turn: turn.join(join))
            return Joined(place, turn.standing.joins, turn.standing.by)
        raise rate_limited(AWAY_RETRY_MS)

    def left(self, joined: Joined) -> None:
        """The socket of that join is gone."""
        if self._leaving >= LEAVING:
            log.warning("ownership not told", user=str(joined.place.user_id), waiting=self._leaving)
        else:
            self._leaving += 1
            self._nursery.start_soon(self._left, joined)

    async def _left(self, joined: Joined) -> None:
        async with self._turns:
            await self._rows.insist(joined.place.user_id, lambda turn: turn.leave(joined.place.name, joined.number))
        self._leaving -= 1

    async def ended(self, user_id: UUID, session_id: UUID) -> None:
        """A session is over for good. It raises nothing: should the database stay away, the next claim mends it."""
        await self._rows.insist(user_id, lambda turn: turn.end(session_id))

    async def claim(self, place: Place, at: int, offset_ms: int, seq: int) -> Mapping[str, Any]:
        """The reviewer has turned to a tab, at that moment of its own clock.

        Raises Refusal: context_taken when they turned elsewhere since, not_found when the session is not this user's,
        has ended or is of another video, rate_limited when the database is away.
        """
        if await self._video_of(place.user_id, place.session_id) != place.video_id:
            raise not_found()
        claim = {**self._claim_of(place, at, offset_ms), "seq": seq}
        turn = await self._ask(place.user_id, lambda turn: turn.claim(claim))
        refused = any(effect.name == REFUSE_CLAIM for effect in turn.effects)
        if refused and turn.standing.owner is not None:
            raise context_taken(turn.standing.by)
        return _answer(turn.standing, place.name)

    async def release(self, user_id: UUID, tab: str, device: UUID, at: int, seq: int) -> Mapping[str, Any]:
        """The reviewer gave the microphone up in that tab. Raises Refusal (rate_limited) when the database is away."""
        name = tab_name(tab, device)
        turn = await self._ask(user_id, lambda turn: turn.hear("release", tab=name, client_at=at, seq=seq))
        return _answer(turn.standing, name)

    async def leave_review(self, user_id: UUID, session_id: UUID) -> None:
        """A tab shows something else than the video of that session, which closes. Raises Refusal (rate_limited)."""
        try:
            video = await self._video_of(user_id, session_id)
        except StoreError:
            raise rate_limited(AWAY_RETRY_MS) from None
        if video is not None:
            await self._ask(user_id, lambda turn: turn.leave_review(session_id))

    async def reconcile(self, session: Review) -> None:
        """A session has been brought to life here, and none of its sockets is there yet. It raises nothing: with the
        database away it is told as soon as that is back.
        """
        try:
            await self._rows.reconcile(session)
        except StoreError:
            self._unreconciled.add(session.id)
            self._nursery.start_soon(self._reconcile_in_time, session)

    async def _reconcile_in_time(self, session: Review) -> None:
        await self._rows.reconcile_in_time(session, lambda: session.id in self._unreconciled)
        self._unreconciled.discard(session.id)

    def _claim_of(self, place: Place, at: int, offset_ms: int) -> Data:
        where = {"tab": place.name, "session": str(place.session_id), "video": str(place.video_id)}
        return {**where, "client_at": at, "offset_ms": offset_ms}

    async def _video_of(self, user_id: UUID, session_id: UUID) -> UUID | None:
        """None where that session has ended, or is not this user's."""
        here = (session.video.id for session in self.live(user_id) if session.id == session_id)
        return next(here, None) or await self.store.video_of(session_id, user_id)

    async def _ask(self, user_id: UUID, befalls: Callable[[Turn], object]) -> Turn:
        try:
            return await self._rows.step(user_id, befalls)
        except StoreError:
            raise rate_limited(AWAY_RETRY_MS) from None


def _answer(standing: Standing, tab: str) -> Mapping[str, Any]:
    """To the tab that asked: what it has, and else whether anybody has."""
    owner = standing.owner
    if owner is None or owner["tab"] != tab:
        return {"owner": False, "vacant": owner is None}
    return {"owner": True, "session": owner["session"], "video": owner["video"], "epoch": standing.epoch}
