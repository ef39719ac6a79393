"""What was taken from users is let go of on this node: sockets of a device that was signed out, channels and sessions
on a video that is not shared with them any more.

Whoever takes something here has it looked at here at once; what another node took is found within TICK_S.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.topics import User
from lossy.domain.access import Action, may
from lossy.store.pool import StoreError
from lossy.store.withdrawals import DeviceSignedOut, Look, ShareChanged, Withdrawal

# A revoked device is out within a second, whichever node it is on. A look is two short queries.
TICK_S = 0.5

REVOKED = "device_revoked"

Hear = Callable[[Withdrawal], None]
log = structlog.get_logger()


class Withdrawals(Protocol):
    async def since(self, cursor: int | None) -> Look: ...


@define(eq=False)
class LettingGo:
    """`run` must be running in some nursery before sockets are taken."""

    store: Withdrawals
    bus: Bus
    close_reviews: Callable[[UUID, UUID], Awaitable[None]]  # (user, video)
    _hearers: dict[UUID, list[Hear]] = field(factory=dict, init=False)
    _cursor: int | None = field(default=None, init=False)
    _told: frozenset[int] = field(default=frozenset(), init=False)  # those of the last look, which may be found again
    _looking: trio.Lock = field(factory=trio.Lock, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Raises StoreError when it cannot start."""
        await self.look()
        task_status.started()
        away = False
        while True:
            await trio.sleep(TICK_S)
            try:
                await self.look()
                away = False
            except StoreError as error:
                if not away:
                    log.warning("withdrawals not looked at", reason=str(error))
                away = True

    @contextmanager
    def heard(self, user_id: UUID, hear: Hear) -> Iterator[None]:
        """`hear` is told what is taken from that user; it must not block. Begin before asking what they may do."""
        self._hearers.setdefault(user_id, []).append(hear)
        try:
            yield
        finally:
            self._hearers[user_id].remove(hear)
            if not self._hearers[user_id]:
                del self._hearers[user_id]

    async def look(self) -> None:
        """Once it returns, all is let go that was taken before it was called. Raises StoreError."""
        async with self._looking:
            look = await self.store.since(self._cursor)
            new = [withdrawal for id, withdrawal in look.found if id not in self._told]
            self._cursor, self._told = look.cursor, frozenset(id for id, _ in look.found)
            for withdrawal in new:
                await self._let_go(withdrawal)

    async def _let_go(self, withdrawal: Withdrawal) -> None:
        """The device hears it before its socket is closed."""
        match withdrawal:
            case DeviceSignedOut(user_id, device_id):
                self.bus.publish(str(User(user_id)), REVOKED, {"device_id": str(device_id)})
            case ShareChanged(user_id, video_id, role) if role is None or not may(role, Action.REVIEW):
                await self.close_reviews(user_id, video_id)
        for hear in tuple(self._hearers.get(withdrawal.user_id, ())):
            hear(withdrawal)
