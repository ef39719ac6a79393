"""Keeps this node's lease, gives up the sessions that others took, and takes up those that are nobody's: at a start all
that have not ended, and then those of nodes that are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
import trio
from attrs import define, field

from lossy.sessions.roster import Roster
from lossy.store.lease import Lease
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# Of a node that is gone, at one tick: each takes some milliseconds, which those who join here share with them.
ADOPTED = 200

log = structlog.get_logger()


@define(eq=False)
class Keeper:
    """It ticks at every third of the lease, so that one that is late or lost costs nothing."""

    lease: Lease
    roster: Roster
    lease_s: float
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    async def start(self, nursery: trio.Nursery) -> None:
        """Returns once this node holds a lease. Raises StoreError."""
        await self.lease.enter()
        nursery.start_soon(self._run)

    async def _run(self) -> None:
        """The lease does not wait for the sessions that are taken up."""
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._recover)
                nursery.start_soon(self._at_every_tick, self._renew)
                nursery.start_soon(self._at_every_tick, self._tidy)

    async def stop(self) -> None:
        """Others may have at once what is still held here."""
        self._scope.cancel()
        try:
            await self.lease.leave()
        except StoreError as error:
            log.warning("lease not ended", reason=str(error))

    async def _at_every_tick(self, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            await trio.sleep(self.lease_s / 3)
            try:
                await do()
            except StoreError as error:
                log.warning("lease not kept", reason=str(error))

    async def _recover(self) -> None:
        """Beside what clients ask for: whoever joins a session that is not back yet does not wait for the others."""
        while True:
            try:
                await self.roster.recover()
            except StoreError as error:
                log.warning("sessions not brought back yet", reason=str(error))
                await trio.sleep(self.lease_s / 3)
            else:
                return

    async def _renew(self) -> None:
        await self.lease.renew()
        for session_id, epoch in await self.lease.taken_away():
            self.roster.give_up(session_id, epoch)

    async def _tidy(self) -> None:
        await self.roster.write_again()
        await self.roster.adopt(ADOPTED)
