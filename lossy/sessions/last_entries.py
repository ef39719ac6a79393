"""The last entry of a session that stops here: from then on nobody holds it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from attrs import define, field

from lossy.clock import Clock
from lossy.sessions.restore import entry_of_its_own, snapshot
from lossy.store.ledger import Commit, Ledger, LedgerConflict, Release
from lossy.store.pool import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from lossy.sessions.session import Session

# As many as a node has sessions. One beyond them stays held by this node, which may take it up again itself.
UNWRITTEN = 20_000

log = structlog.get_logger()


@define(eq=False)
class LastEntries:
    ledger: Ledger
    clock: Clock
    _unwritten: list[Commit] = field(factory=list, init=False)

    async def rested(self, session: Session) -> None:
        """With the state of a session that may go on: other charts than these would not replay it for certain."""
        now = self.clock.now_ms()
        entry = entry_of_its_own(session.id, session.n + 1, now, "rested", {})
        await self._write(Commit(session.epoch, entry, (Release(),), snapshot(session.kinds, session.states, now)))

    async def failed(self, session: Session, incident: str) -> None:
        entry = entry_of_its_own(session.id, session.n + 1, self.clock.now_ms(), "failed", {"incident": incident})
        await self._write(Commit(session.epoch, entry, (Release(),)))

    async def _write(self, commit: Commit) -> None:
        try:
            await self.ledger.commit(commit)
        except (LedgerConflict, StoreError) as error:
            log.warning("the journal does not take it", session=str(commit.entry.session_id), entry=commit.entry.event)
            if isinstance(error, StoreUnavailable) and len(self._unwritten) < UNWRITTEN:
                self._unwritten.append(commit)

    async def write_again(self) -> None:
        """What was not written because the database was away: until it is, others take the session for held.

        Raises StoreError when it is still away.
        """
        while self._unwritten:
            with suppress(LedgerConflict):
                await self.ledger.commit(self._unwritten[0])
            del self._unwritten[0]
