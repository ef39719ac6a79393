"""The rows of ownership as this node moves them and hears of them.

The row decides and sessions follow it. What they are told is told again, to each session that may not know yet, until
it does: a session hears of its own node's changes at once, of those of other nodes and of what a crash cut off within
TICK_S, and when it is brought to life. So it does not matter which node moved the row, nor when that node died.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import chain, repeat
from math import inf
from typing import Any
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.topics import User
from lossy.charts.model import Chart, Data
from lossy.clock import Clock
from lossy.sessions.herald import Herald, Review
from lossy.sessions.standing import Standing, read_standing
from lossy.sessions.turn import Turn
from lossy.store.ownership import Decided, Ownership, Row
from lossy.store.pool import StoreError

# How soon the sessions of one node hear of what another decided. Nobody speaks in two tabs within a second.
TICK_S = 1.0
# Rows of nodes that died, stepped in one tick: about as many as take half of it.
OVERDUE = 200
RETRY_S = (0.05, 0.2, 1.0, 2.0, 4.0)

GIVE_CONTEXT, OFFER_CONTEXT = "give_context", "offer_context"

log = structlog.get_logger()


@define(eq=False)
class Rows:
    chart: Chart
    store: Ownership
    clock: Clock
    bus: Bus
    initial: Data  # what a user's machine begins with
    live: Callable[[UUID], Iterable[Review]]  # the user's sessions on this node
    _herald: Herald = field(init=False)
    _due: dict[UUID, int] = field(factory=dict, init=False)  # when the timers end that this node has started, ms
    _rest: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    def __attrs_post_init__(self) -> None:
        self._herald = Herald(self.clock)

    # -- moving the row -----------------------------------------------------------------------------------------

    async def step(self, user_id: UUID, befalls: Callable[[Turn], object], besides: Iterable[Review] = ()) -> Turn:
        """`besides` are sessions that are told too, live already or not.

        Raises StoreError; what was decided all the same is told by the next tick.
        """
        now = self.clock.now_ms()

        def decide(stored: Mapping[str, Any] | None) -> Decided[Turn]:
            turn = Turn.begin(self.chart, stored, self.initial, now)
            befalls(turn)
            return Decided(turn.stored(), turn.due, turn)

        stepped = await self.store.step(user_id, decide)
        turn = stepped.result
        for invariant in turn.broken:
            log.error("invariant broken", user=str(user_id), invariant=f"{self.chart.name}:{invariant}")
        self._wait_for(user_id, turn.due)
        renewed = any(effect.name == GIVE_CONTEXT and effect.event.name == "claim" for effect in turn.effects)
        self._herald.tell((*self.live(user_id), *besides), stepped.version, turn.standing, renewed=renewed)
        if any(effect.name == OFFER_CONTEXT for effect in turn.effects):
            self.bus.publish(str(User(user_id)), "context_available", {})
        return turn

    async def insist(self, user_id: UUID, befalls: Callable[[Turn], object]) -> None:
        """As `step`, again and again while the database is away."""
        for pause in chain(RETRY_S, repeat(RETRY_S[-1])):
            with suppress(StoreError):
                await self.step(user_id, befalls)
                return
            await trio.sleep(pause)

    async def reconcile(self, session: Review, is_empty: Callable[[], bool] = lambda: True) -> None:
        """A session has been brought to life here, and none of its sockets is there yet, as `is_empty` says when it
        counts. Raises StoreError.
        """

        def revive(turn: Turn) -> None:
            if is_empty():
                turn.revive(session.id)

        row = await self.store.read(session.user_id)
        if row is not None and self._standing(row).knows(session.id):
            await self.step(session.user_id, revive, [session])
        elif row is not None:
            self._herald.tell([session], row.version, self._standing(row))

    async def reconcile_in_time(self, session: Review, is_empty: Callable[[], bool]) -> None:
        for pause in chain(RETRY_S, repeat(RETRY_S[-1])):
            await trio.sleep(pause)
            with suppress(StoreError):
                return await self.reconcile(session, is_empty)

    def _standing(self, row: Row) -> Standing:
        return read_standing(self.chart, row.state, self.initial, self.clock.now_ms())

    # -- what nobody here has moved -----------------------------------------------------------------------------

    async def watch(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Sessions are brought to life once it has started: `reconcile` tells each what was before.

        Raises StoreError when it cannot start.
        """
        cursor = (await self.store.changes(None)).cursor
        task_status.started()
        tick = trio.current_time() + TICK_S
        while True:
            nearest = self.clock.trio_time(min(self._due.values())) if self._due else inf
            with trio.CancelScope(deadline=min(tick, nearest)) as self._rest:
                await trio.sleep_forever()
            try:
                await self._end_graces()
                if trio.current_time() >= tick:
                    tick = trio.current_time() + TICK_S
                    cursor = await self._look(cursor)
            except StoreError as error:  # what is due is overdue then
                log.warning("ownership not looked at", reason=str(error))

    async def _end_graces(self) -> None:
        now = self.clock.now_ms()
        for user_id in [user_id for user_id, due in self._due.items() if due <= now]:
            del self._due[user_id]
            await self.step(user_id, _nothing_befalls)

    async def _look(self, cursor: int) -> int:
        """Tells the sessions here what other nodes decided, and ends the graces of nodes that are no more."""
        changes = await self.store.changes(cursor)
        for user_id in {*changes.versions, *self._herald.unheard}:
            await self._look_at(user_id, changes.versions.get(user_id, 0))
        late = self.clock.now_ms() - round(TICK_S * 1000)  # the node that started it, where it lives, has ended it
        for user_id in await self.store.overdue(late, OVERDUE):
            await self.step(user_id, _nothing_befalls)
        return changes.cursor

    async def _look_at(self, user_id: UUID, version: int) -> None:
        behind = any(self._herald.is_behind(session, version) for session in self.live(user_id))
        if behind or user_id in self._herald.unheard:
            row = await self.store.read(user_id)
            self._herald.unheard.discard(user_id)
            if row is not None:
                self._herald.tell(self.live(user_id), row.version, self._standing(row))

    def _wait_for(self, user_id: UUID, due: int | None) -> None:
        self._due.pop(user_id, None)
        if due is not None:
            self._due[user_id] = due
            self._rest.deadline = min(self._rest.deadline, self.clock.trio_time(due))


def _nothing_befalls(turn: Turn) -> None:
    """Timers that are due have gone before it."""
