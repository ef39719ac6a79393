"""The last entries of a session that stops here: from then on nobody holds it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.clock import Clock
from lossy.sessions.note_news import announce_kept
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
    bus: Bus
    _unwritten: list[Sequence[Commit]] = field(factory=list, init=False)

    async def rested(self, session: Session) -> None:
        """With the state of a session that may go on: other charts than these would not replay it for certain."""
        now = self.clock.now_ms()
        entry = entry_of_its_own(session.id, session.n + 1, now, "rested", {})
        kept = snapshot(session.kinds, session.states, now)
        await self._write((Commit(session.epoch, entry, (Release(),), kept),))

    async def failed(self, session: Session, incident: str) -> None:
        """Behind what the database may have taken without saying so: that is written once more, which changes nothing
        where it is there, and whoever looks at its notes is told of them.
        """
        unsure = session.unsure
        kept = len(unsure) if unsure and await self._write(unsure) else 0
        n, now = session.n + kept + 1, self.clock.now_ms()
        entry = entry_of_its_own(session.id, n, now, "failed", {"incident": incident})
        await self._write((Commit(session.epoch, entry, (Release(),)),))

    async def _write(self, commits: Sequence[Commit]) -> bool:
        """Whether they are written."""
        try:
            await self._commit(commits)
        except (LedgerConflict, StoreError) as error:
            entry = commits[0].entry
            log.warning("the journal does not take it", session=str(entry.session_id), entry=entry.event)
            if isinstance(error, StoreUnavailable) and len(self._unwritten) < UNWRITTEN:
                self._unwritten.append(commits)
            return False
        return True

    async def _commit(self, commits: Sequence[Commit]) -> None:
        for commit, left in zip(commits, await self.ledger.commit_together(commits), strict=True):
            announce_kept(self.bus, commit, left)

    async def write_again(self) -> None:
        """What was not written because the database was away: until it is, others take the session for held.

        Raises StoreError when it is still away.
        """
        while self._unwritten:
            with suppress(LedgerConflict):
                await self._commit(self._unwritten[0])
            del self._unwritten[0]
