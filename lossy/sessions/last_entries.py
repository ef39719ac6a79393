"""The last entries of a session that stops here: from then on nobody holds it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from attrs import define, evolve, field, frozen

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


@frozen
class Last:
    """A session's last entry, behind what the database may have taken before it without saying so."""

    commit: Commit  # as if nothing of that were there
    unsure: Sequence[Commit] = ()

    def behind(self) -> Commit:
        """As it is where all of that is there."""
        entry = self.commit.entry
        return evolve(self.commit, entry=evolve(entry, n=entry.n + len(self.unsure)))


@define(eq=False)
class LastEntries:
    ledger: Ledger
    clock: Clock
    bus: Bus
    _unwritten: list[Last] = field(factory=list, init=False)

    async def rested(self, session: Session) -> None:
        """With the state of a session that may go on: other charts than these would not replay it for certain."""
        now = self.clock.now_ms()
        entry = entry_of_its_own(session.id, session.n + 1, now, "rested", {})
        kept = snapshot(session.kinds, session.states, now)
        await self._try(Last(Commit(session.epoch, entry, (Release(),), kept)))

    async def failed(self, session: Session, incident: str) -> None:
        entry = entry_of_its_own(session.id, session.n + 1, self.clock.now_ms(), "failed", {"incident": incident})
        await self._try(Last(Commit(session.epoch, entry, (Release(),)), session.unsure))

    async def _try(self, last: Last) -> None:
        try:
            await self._write(last)
        except (LedgerConflict, StoreError) as error:
            entry = last.commit.entry
            log.warning("the journal does not take it", session=str(entry.session_id), entry=entry.event)
            if isinstance(error, StoreUnavailable) and len(self._unwritten) < UNWRITTEN:
                self._unwritten.append(last)

    async def _write(self, last: Last) -> None:
        there = bool(last.unsure) and await self._is_there(last.unsure)
        await self.ledger.commit(last.behind() if there else last.commit)

    async def _is_there(self, unsure: Sequence[Commit]) -> bool:
        """Whether it is kept. It is written once more, which changes nothing where it is there already, and whoever
        looks at its notes is told of them: nobody was. Raises StoreUnavailable.
        """
        try:
            left = await self.ledger.commit_together(unsure)
        except StoreUnavailable:
            raise
        except (LedgerConflict, StoreError):
            return False
        for commit, noted in zip(unsure, left, strict=True):
            announce_kept(self.bus, commit, noted)
        return True

    async def write_again(self) -> None:
        """What was not written because the database was away: until it is, others take the session for held.

        Raises StoreError when it is still away.
        """
        while self._unwritten:
            with suppress(LedgerConflict):
                await self._write(self._unwritten[0])
            del self._unwritten[0]
