"""Sessions in PostgreSQL as they were left, and which node takes them up. What is written of them is the journal's."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from lossy.store import snapshots
from lossy.store.lease import Holder, LocalNode, left_ms
from lossy.store.ledger import AnotherSession, Entry, Stored
from lossy.store.pool import Pool, StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from uuid import UUID

    from lossy.store.connection import Connection

# A node without a row has no lease.
_IS_ANOTHERS = "EXISTS (SELECT FROM nodes WHERE nodes.id = node AND nodes.id <> %(me)s AND expires_at > now())"
_TAKE = (
    "UPDATE sessions SET epoch = epoch + 1, node = CASE WHEN ended_at IS NULL THEN %(me)s::uuid END,"
    " taken_from = CASE WHEN node <> %(me)s THEN node WHEN taken_from = %(me)s THEN NULL ELSE taken_from END"
    f" WHERE id = %(id)s AND (%(even_held)s OR NOT {_IS_ANOTHERS})"
)
_LEFT_S = "extract(epoch FROM (SELECT expires_at FROM nodes WHERE nodes.id = node) - clock_timestamp())"
_AS_LEFT = f"user_id, video_id, epoch, snapshot_n, snapshot, ended_at IS NOT NULL, node, {_LEFT_S}"

_SNAPSHOT_N = 3


class StoredSessions:
    def __init__(self, pool: Pool, node: LocalNode) -> None:
        self._pool = pool
        self._node = node

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection[Any]]:
        """What the database refuses for the moment is no fault of who asked. Raises StoreError."""
        try:
            async with self._pool.lend() as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreError(f"sessions: {error}") from error

    async def begin(
        self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]
    ) -> Stored | None:
        asked = {"id": session_id, "user": user_id, "video": video_id}
        async with self._lend() as connection:
            begun = {**asked, "snapshot": Jsonb(snapshot), "me": self._node.id}
            row = await (await connection.execute(f"{snapshots.BEGIN} SELECT {_AS_LEFT} FROM begun", begun)).fetchone()
            if row is not None:
                return self._as_left(row, [])
            query = "SELECT FROM sessions WHERE id = %(id)s AND user_id = %(user)s AND video_id = %(video)s"
            if await (await connection.execute(query, asked)).fetchone() is None:
                raise AnotherSession
            return None

    async def read(self, session_id: UUID) -> Stored | None:
        async with self._lend() as connection:
            return await self._stored(connection, f"SELECT {_AS_LEFT} FROM sessions WHERE id = %(id)s", session_id)

    async def take(self, session_id: UUID, *, even_held: bool = False) -> Stored | None:
        """The journal is read after the row is ours. A batch of the old holder that has locked the row before is waited
        for, and what it wrote is read; one that comes later finds another epoch there.
        """
        async with self._lend() as connection, connection.transaction():
            return await self._stored(connection, f"{_TAKE} RETURNING {_AS_LEFT}", session_id, even_held=even_held)

    async def _stored(
        self, connection: Connection[Any], query: str, session_id: UUID, *, even_held: bool = False
    ) -> Stored | None:
        arguments = {"id": session_id, "me": self._node.id, "even_held": even_held}
        row = await (await connection.execute(query, arguments)).fetchone()
        if row is None:
            return None
        cursor = await connection.execute(
            "SELECT session_id, n, at, chart, event, payload, device_id, seq, taken"
            " FROM journal WHERE session_id = %s AND n > %s ORDER BY n",
            (session_id, row[_SNAPSHOT_N]),
        )
        return self._as_left(row, [_entry(row) async for row in cursor])

    def _as_left(self, row: tuple[Any, ...], entries: Sequence[Entry]) -> Stored:
        user_id, video_id, epoch, snapshot_n, snapshot, ended, node, left_s = row
        holder = None if node is None else Holder(node, node == self._node.id, left_ms(left_s or 0))
        return Stored(user_id, video_id, epoch, snapshot_n, snapshot, entries, ended, holder)

    async def unfinished(self, limit: int) -> Mapping[UUID, UUID]:
        query = (
            f"SELECT id, user_id FROM sessions WHERE ended_at IS NULL AND NOT {_IS_ANOTHERS} ORDER BY created_at DESC"
        )
        return await self._whose(query, limit)

    async def orphaned(self, limit: int) -> Mapping[UUID, UUID]:
        query = (
            "SELECT sessions.id, user_id FROM nodes JOIN sessions ON node = nodes.id"
            " WHERE expires_at <= now() AND nodes.id <> %(me)s AND ended_at IS NULL"
        )
        return await self._whose(query, limit)

    async def _whose(self, query: str, limit: int) -> Mapping[UUID, UUID]:
        async with self._lend() as connection:
            cursor = await connection.execute(f"{query} LIMIT %(limit)s", {"me": self._node.id, "limit": limit})
            return dict(await cursor.fetchall())

    async def was_clicked(self, session_id: UUID, click_id: UUID) -> bool:
        async with self._lend() as connection:
            cursor = await connection.execute(
                "SELECT FROM journal WHERE session_id = %s AND payload ->> 'click' = %s AND payload ? 'click'",
                (session_id, str(click_id)),
            )
            return await cursor.fetchone() is not None


def _entry(row: tuple[Any, ...]) -> Entry:
    session_id, n, at, chart, event, payload, device_id, seq, taken = row
    return Entry(session_id, n, at, chart, event, payload, device_id, seq, tuple(taken))
