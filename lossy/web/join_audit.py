"""The audit of joins: noted at once, written together now and then, and forgotten after a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog
import trio
from attrs import define, field

from lossy.clock import Clock, as_datetime
from lossy.domain.join_audit import NOBODY, OK, Attempt, Pending, Row
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.channels.events import TopicTable
    from lossy.web.auth import Identity

WRITE_S = 5.0
FORGET_S = 3_600.0
# A name that is no topic's may hold anything, so it is not kept.
UNMATCHED = "?"
log = structlog.get_logger()


class Written(Protocol):
    async def add(self, rows: Sequence[Row]) -> None: ...
    async def forget(self, before: datetime) -> int: ...


@define(eq=False)
class JoinAudit:
    """`run` writes. What is noted while the database is away waits for it, as far as there is room."""

    written: Written
    clock: Clock
    keep: timedelta
    pending: Pending = field(factory=Pending, init=False)
    _forgotten_at: float = field(default=float("-inf"), init=False)

    def note(
        self, identity: Identity | None, address: str, topic: str, table: TopicTable | None, outcome: str = OK
    ) -> None:
        """`table` is None where no topic has that name; `outcome` the code of a refusal."""
        user, device = (NOBODY, NOBODY) if identity is None else (identity.user_id, identity.device_id)
        name, kind = (UNMATCHED, UNMATCHED) if table is None else (topic, table.shape)
        self.pending.note(Attempt(user, device, address, name, kind, outcome), self.clock.now_ms())

    async def run(self) -> None:
        while True:
            await trio.sleep(WRITE_S)
            await self.write()
            await self._forget()

    async def write(self) -> None:
        """All that was noted so far; what cannot be written now is kept for the next time."""
        rows = self.pending.take()
        if not rows:
            return
        try:
            await self.written.add(rows)
        except StoreError as error:
            self.pending.put_back(rows)
            log.warning("joins not audited yet", rows=len(rows), lost=self.pending.lost, reason=str(error))

    async def _forget(self) -> None:
        if trio.current_time() < self._forgotten_at + FORGET_S:
            return
        try:
            await self.written.forget(as_datetime(self.clock.now_ms()) - self.keep)
        except StoreError as error:
            log.warning("old audits not forgotten", reason=str(error))
        else:
            self._forgotten_at = trio.current_time()
