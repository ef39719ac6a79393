"""Two nodes on one ledger, in virtual time, each with a keeper."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from lossy.sessions.keeper import Keeper
from lossy.store.lease import LocalNode
from lossy.store.memory import MemoryLedger
from tests.sessions.node import Node, open_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LEASE_S = 9.0


@define(eq=False)
class KeptNode:
    """A node that has its lease, and keeps it unless it is held up."""

    node: Node
    nursery: trio.Nursery
    keeper: Keeper = field(init=False)
    _keeping: trio.CancelScope = field(init=False)

    async def go_on(self) -> None:
        self.keeper = Keeper(self.node.ledger, self.node.roster, LEASE_S)
        self._keeping = await self.nursery.start(self._keep)

    def hold_up(self) -> None:
        self._keeping.cancel()

    async def _keep(self, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        async with trio.open_nursery() as nursery:
            await self.keeper.start(nursery)
            task_status.started(nursery.cancel_scope)


@asynccontextmanager
async def open_kept(ledger: MemoryLedger, name: str) -> AsyncIterator[KeptNode]:
    async with open_node(ledger.beside(LocalNode(name, lease_s=LEASE_S))) as node, trio.open_nursery() as nursery:
        kept = KeptNode(node, nursery)
        await kept.go_on()
        yield kept
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_two(ledger: MemoryLedger | None = None) -> AsyncIterator[tuple[KeptNode, KeptNode]]:
    ledger = MemoryLedger() if ledger is None else ledger
    async with open_kept(ledger, "first") as first, open_kept(ledger, "second") as second:
        yield first, second
