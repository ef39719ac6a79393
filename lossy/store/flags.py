"""Flags and groups, and every change of them.

Two implementations: `PostgresFlags` here, and `MemoryFlags` of `lossy.store.memory_flags`;
`tests/contract/test_flags.py` runs over both.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import psycopg
from attrs import frozen
from psycopg import errors
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime, as_ms
from lossy.domain.flag_change import Change, Differences, Kind, apply
from lossy.domain.setting_values import Unfit
from lossy.store.flag_rows import read_rules, write_flag, write_group
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lossy.domain.flag_rules import Rules
    from lossy.store.connection import Connection
    from lossy.store.pool import Pool


@frozen
class By:
    """Who made a change: a user, or nobody in person; `via` says which way, as in `cli:root`."""

    via: str
    user_id: UUID | None = None


@frozen
class Recorded:
    """One change as it was made. `at` is in ms."""

    version: int
    at: int
    by: By
    kind: Kind
    name: str
    differences: Differences


class FlagStore(Protocol):
    """Each raises StoreError when the database is away."""

    async def version(self) -> int:
        """Of the latest change."""

    async def read(self) -> Rules:
        """All of it, as it was at one moment."""

    async def change(self, changes: Sequence[Change], by: By, at: int) -> Rules:
        """Makes all of them or none, and returns what is there then. One that changes nothing leaves no record.

        Raises Unfit, also for a user whom there is not, and Outdated.
        """

    async def history(self, kind: Kind | None, name: str | None, limit: int) -> Sequence[Recorded]:
        """The latest changes, of everything or of one flag or group; the newest first."""


class PostgresFlags:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection[Any]]:
        """What the database refuses for the moment is no end of the node."""
        try:
            async with self._pool.lend() as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreError(f"flags: {error}") from error

    async def version(self) -> int:
        async with self._lend() as connection:
            return await _version(connection)

    async def read(self) -> Rules:
        async with self._lend() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return await read_rules(connection, await _version(connection))

    async def change(self, changes: Sequence[Change], by: By, at: int) -> Rules:
        async with self._lend() as connection, connection.transaction():
            rules = await read_rules(connection, await _version(connection, "FOR UPDATE"))
            for change in changes:
                rules = await _make(connection, rules, change, by, at)
            await connection.execute("UPDATE flag_rules SET version = %s", (rules.version,))
            return rules

    async def history(self, kind: Kind | None, name: str | None, limit: int) -> Sequence[Recorded]:
        async with self._lend() as connection:
            cursor = await connection.execute(
                "SELECT version, at, via, by, kind, name, differences FROM flag_changes"
                " WHERE kind = coalesce(%s, kind) AND name = coalesce(%s, name) ORDER BY version DESC LIMIT %s",
                (kind, name, limit),
            )
            return [
                Recorded(version, as_ms(at), By(via, user_id), Kind(kind), name, differences)
                for version, at, via, user_id, kind, name, differences in await cursor.fetchall()
            ]


async def _version(connection: Connection[Any], lock: str = "") -> int:
    row = await (await connection.execute(f"SELECT version FROM flag_rules {lock}")).fetchone()
    assert row is not None, "the migration made it"
    return int(row[0])


async def _make(connection: Connection[Any], before: Rules, change: Change, by: By, at: int) -> Rules:
    rules, differences = apply(before, change)
    if not differences:
        return rules
    try:
        if change.kind is Kind.FLAG:
            await write_flag(connection, rules.flags[change.name])
        else:
            await write_group(connection, change.name, rules.groups.get(change.name))
    except errors.ForeignKeyViolation:
        raise Unfit("actors" if change.kind is Kind.FLAG else "members", "There is no such user.") from None
    await connection.execute(
        "INSERT INTO flag_changes (version, at, by, via, kind, name, differences) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (rules.version, as_datetime(at), by.user_id, by.via, change.kind, change.name, Jsonb(differences)),
    )
    return rules
