"""Which tab of a user has the microphone: one row per user, moved under its lock, so that no two nodes both decide.

Two implementations: `PostgresOwnership` here, and `lossy.store.memory_ownership.MemoryOwnership` for tests and the
simulator; `tests/contract/test_ownership.py` runs over both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from uuid import UUID

import psycopg
from attrs import frozen
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime
from lossy.store.gathered import Gathered
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

T = TypeVar("T")
Stored = Mapping[str, Any]


@frozen
class Decided(Generic[T]):
    """What becomes of a stored state (JSON values). `due` is when its timer is due, ms; `result` the caller's own."""

    state: Stored
    due: int | None
    result: T


Decide = Callable[[Stored | None], Decided[T]]  # pure; None is a row of which nothing is stored


@frozen
class Stepped(Generic[T]):
    version: int  # of the row after it, which a state that is the same does not raise
    result: T


@frozen
class Row:
    version: int
    state: Stored


@frozen
class Changes:
    """The versions of the rows that have changed, by user; some may be known already. `cursor` is where to go on."""

    cursor: int
    versions: Mapping[UUID, int]


class Ownership(Protocol):
    """Each raises StoreError when the database is away. A `step` that raises it may have been taken all the same."""

    async def step(self, user_id: UUID, decide: Decide[T]) -> Stepped[T]:
        """Changes the row, and nobody else does meanwhile. Returns once it is durable."""

    async def read(self, user_id: UUID) -> Row | None: ...

    async def changes(self, cursor: int | None) -> Changes:
        """Of all nodes, since that cursor: none is left out, and some come twice. None: those from now on."""

    async def overdue(self, at: int, limit: int) -> Sequence[UUID]:
        """Users whose timer was due at that instant, ms, or before; the longest overdue first."""

    async def video_of(self, session_id: UUID, user_id: UUID) -> UUID | None:
        """The video of that session; None where it has ended, is another user's, or is none."""


class PostgresOwnership:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._rows = Gathered(self._find_rows)

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection[Any]]:
        """What the database refuses for the moment, a lock or a server that may only read, is no end of the node."""
        try:
            async with self._pool.lend() as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreError(f"ownership: {error}") from error

    async def step(self, user_id: UUID, decide: Decide[T]) -> Stepped[T]:
        return await self._step_unlocked(user_id, decide) or await self._step_locked(user_id, decide)

    async def _step_unlocked(self, user_id: UUID, decide: Decide[T]) -> Stepped[T] | None:
        """None where there is no row yet, or it has changed since it was read. After a deploy all users' rows are
        stepped at once, and mostly nobody else steps the same one.
        """
        row = await self.read(user_id)
        if row is None:
            return None
        decided = decide(row.state)
        if decided.state == row.state:
            return Stepped(row.version, decided.result)
        async with self._lend() as connection:
            try:
                changed = await connection.execute(
                    f"{_CHANGE} AND version = %(version)s", _change(user_id, row.version, decided)
                )
            except psycopg.errors.SerializationFailure:  # where that is usual for single statements
                return None
        return Stepped(row.version + 1, decided.result) if changed.rowcount else None

    async def _step_locked(self, user_id: UUID, decide: Decide[T]) -> Stepped[T]:
        async with self._lend() as connection, connection.transaction():
            version, stored = await _lock(connection, user_id)
            decided = decide(stored)
            if decided.state == stored:
                return Stepped(version, decided.result)
            await connection.execute(_CHANGE, _change(user_id, version, decided))
        return Stepped(version + 1, decided.result)

    async def read(self, user_id: UUID) -> Row | None:
        return await self._rows.get(user_id)

    async def _find_rows(self, user_ids: Collection[UUID]) -> Mapping[UUID, Row]:
        async with self._lend() as connection:
            cursor = await connection.execute(
                "SELECT user_id, version, state FROM ownership WHERE user_id = ANY(%s) AND state IS NOT NULL",
                ([*user_ids],),
            )
            return {user_id: Row(version, state) for user_id, version, state in await cursor.fetchall()}

    async def changes(self, cursor: int | None) -> Changes:
        """The cursor is taken before the rows are read, so what is committed between the two comes twice."""
        async with self._lend() as connection:
            oldest = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            row = await oldest.fetchone()
            assert row is not None, "a function has a value"
            if cursor is None:
                return Changes(row[0], {})
            changed = await connection.execute(
                "SELECT user_id, version FROM ownership WHERE changed_in >= %s::text::xid8", (str(cursor),)
            )
            return Changes(row[0], dict(await changed.fetchall()))

    async def overdue(self, at: int, limit: int) -> Sequence[UUID]:
        async with self._lend() as connection:
            cursor = await connection.execute(
                "SELECT user_id FROM ownership WHERE due_at <= %s ORDER BY due_at LIMIT %s", (as_datetime(at), limit)
            )
            return [row[0] for row in await cursor.fetchall()]

    async def video_of(self, session_id: UUID, user_id: UUID) -> UUID | None:
        async with self._lend() as connection:
            cursor = await connection.execute(
                "SELECT video_id FROM sessions WHERE id = %s AND user_id = %s AND ended_at IS NULL",
                (session_id, user_id),
            )
            row = await cursor.fetchone()
            return row[0] if row else None


_CHANGE = (
    "UPDATE ownership SET version = %(version)s + 1, state = %(state)s, due_at = %(due)s,"
    " changed_in = pg_current_xact_id() WHERE user_id = %(user)s"
)


def _change(user_id: UUID, version: int, decided: Decided[Any]) -> Mapping[str, Any]:
    due = None if decided.due is None else as_datetime(decided.due)
    return {"user": user_id, "version": version, "state": Jsonb(decided.state), "due": due}


async def _lock(connection: Connection[Any], user_id: UUID) -> tuple[int, Stored | None]:
    """The row, made where there is none, and locked until the end of the transaction."""
    select = "SELECT version, state FROM ownership WHERE user_id = %s FOR UPDATE"
    row = await (await connection.execute(select, (user_id,))).fetchone()
    if row is None:
        await connection.execute("INSERT INTO ownership (user_id) VALUES (%s) ON CONFLICT DO NOTHING", (user_id,))
        row = await (await connection.execute(select, (user_id,))).fetchone()
    assert row is not None, "it was made"
    return row[0], row[1]
