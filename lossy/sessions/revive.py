"""What is stored of a session, made fit for the charts of today: as it was left, migrated, or begun anew.

Whatever is not as it was left gets an entry in the journal, with a snapshot that the next one to load it reads without
any of this. So entries that follow a snapshot are always of the versions that the snapshot is of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from attrs import evolve, frozen

from lossy.charts.model import ChartError
from lossy.charts.together import Charts
from lossy.clock import Clock
from lossy.domain.agent import held
from lossy.sessions.restore import AGENT, Restored, begin_anew, entry_of_its_own, restore, snapshot
from lossy.store.ledger import Commit, Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.charts.model import Data
    from lossy.store.ledger import Stored

log = structlog.get_logger()


@frozen
class Reviver:
    charts: Charts
    ledger: Ledger
    clock: Clock

    async def revive(self, session_id: UUID, stored: Stored, initial: Mapping[str, Data]) -> Restored:
        """`initial` is the data of a new session. Raises StoreError, or LedgerConflict: another took it up."""
        try:
            restored = restore(self.charts, stored, initial)
            await self._check_outcomes(stored.user_id, restored)
        except ChartError as error:
            log.warning("session begins anew", session=str(session_id), reason=str(error))
            restored = begin_anew(self.charts, stored, initial, self.clock.now_ms())
            return await self._keep(session_id, stored.epoch, restored, "begun_anew", {"reason": str(error)})
        if not restored.migrated:
            return restored
        log.info("session migrated", session=str(session_id), versions=restored.migrated)
        return await self._keep(session_id, stored.epoch, restored, "migrated", {"versions": restored.migrated})

    async def _check_outcomes(self, author_id: UUID, restored: Restored) -> None:
        """Raises ChartError when what is in hand has its outcome: settled by the charts of yesterday, or in another
        session of its author's that its client sent it to as well.

        It would be settled once more, and the ledger would refuse that for ever.
        """
        for remark_id in held(restored.states[AGENT].data):
            if await self.ledger.outcome(author_id, UUID(remark_id)) is not None:
                raise ChartError(f"the remark {remark_id} is in hand again, and has its outcome")

    async def _keep(
        self, session_id: UUID, epoch: int, restored: Restored, what: str, facts: Mapping[str, Any]
    ) -> Restored:
        n, now = restored.n + 1, self.clock.now_ms()
        entry = entry_of_its_own(session_id, n, now, what, facts)
        taken = snapshot(self.charts, restored.states, restored.at)
        await self.ledger.commit(Commit(epoch, entry, snapshot=taken))
        return evolve(restored, n=n)
