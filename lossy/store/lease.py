"""A node's lease: as long as it is renewed, nobody takes up a session of that node who was not asked to.

Two implementations: `PostgresLease` here; a `lossy.store.memory.MemoryLedger` is its node's lease too. Time is the
database's own; the clocks of nodes decide nothing. Nor does anything depend on it for safety: that is by the epochs of
the sessions.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

import psycopg
from attrs import field, frozen

from lossy.store.pool import Pool, StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lossy.store.connection import Connection

# So long a node is listed that is gone, for whoever wants to know what there was.
LISTED = "1 day"


@frozen
class LocalNode:
    """This process, as one of those on its database: the id is new with each start, the name is not."""

    name: str = "alone"
    url: str = ""
    lease_s: float = 10.0
    id: UUID = field(factory=uuid4)


@frozen
class Holder:
    """The node that a session is held by, and how much longer for certain: 0 when its lease has run out."""

    node: UUID
    is_me: bool
    left_ms: int

    @property
    def is_another(self) -> bool:
        """Whether somebody else may be at work on the session at this moment."""
        return not self.is_me and self.left_ms > 0


def left_ms(seconds: float) -> int:
    return max(0, ceil(seconds * 1000))


class Lease(Protocol):
    """All of these raise StoreError, whatever is wrong with the database: a node goes on without."""

    async def enter(self) -> None:
        """Lists this node. Whoever had the same name is gone: what it held is free at once."""

    async def renew(self) -> None: ...

    async def leave(self) -> None:
        """Lets the lease run out now."""

    async def taken_away(self) -> Sequence[tuple[UUID, int]]:
        """The sessions that others took from this node since it asked last, each with its epoch of now."""


class PostgresLease:
    def __init__(self, pool: Pool, node: LocalNode) -> None:
        self._pool = pool
        self._node = node

    async def enter(self) -> None:
        async with self._lend() as connection, connection.transaction(), connection.pipeline():
            await connection.execute(
                "UPDATE nodes SET expires_at = now() WHERE name = %s AND expires_at > now()", (self._node.name,)
            )
            await connection.execute(
                "DELETE FROM nodes WHERE expires_at < now() - %s::interval"
                " AND NOT EXISTS (SELECT FROM sessions WHERE node = nodes.id)",
                (LISTED,),
            )
            await connection.execute(_RENEW, self._renewed())

    async def renew(self) -> None:
        async with self._lend() as connection:
            await connection.execute(_RENEW, self._renewed())

    async def leave(self) -> None:
        async with self._lend() as connection:
            await connection.execute("UPDATE nodes SET expires_at = now() WHERE id = %s", (self._node.id,))

    async def taken_away(self) -> Sequence[tuple[UUID, int]]:
        async with self._lend() as connection:
            # What is locked is told the next time: nobody waits here while others wait for what is locked here.
            cursor = await connection.execute(
                "UPDATE sessions SET taken_from = NULL WHERE id IN (SELECT id FROM sessions WHERE taken_from = %s"
                " FOR NO KEY UPDATE SKIP LOCKED) RETURNING id, epoch",
                (self._node.id,),
            )
            return [(id, epoch) async for id, epoch in cursor]

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection[Any]]:
        try:
            async with self._pool.lend() as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreError(str(error)) from error

    def _renewed(self) -> tuple[UUID, str, str, float]:
        return self._node.id, self._node.name, self._node.url, self._node.lease_s


# One that was away for so long that it is not listed any more is listed again.
_RENEW = (
    "INSERT INTO nodes (id, name, url, expires_at) VALUES (%s, %s, %s, clock_timestamp() + make_interval(secs => %s))"
    " ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at"
)
