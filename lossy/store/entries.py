"""Entries of the journal in PostgreSQL: as many as there are in one statement, each only in its writer's epoch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from lossy.store.connection import Connection
    from lossy.store.ledger import Commit

_COLUMNS = {
    "session_id": "uuid",
    "n": "bigint",
    "at": "bigint",
    "chart": "text",
    "event": "text",
    "payload": "jsonb",
    "device_id": "uuid",
    "seq": "bigint",
    "taken": "text[]",
    "epoch": "integer",
}
_NAMES = ", ".join(_COLUMNS)

# The sessions that are still held in their epochs are locked, all in the same order, and stay so until the transaction
# has ended: whoever takes one up waits for that, and then reads what was written. One document for all rows costs half
# of what an array for each column does, and a seventh of a statement for each row.
_INSERT = (
    "WITH held AS (SELECT sessions.id, sessions.epoch FROM sessions"
    " JOIN unnest(%s::uuid[], %s::integer[]) AS writer (id, epoch) USING (id, epoch)"
    " ORDER BY sessions.id FOR SHARE OF sessions)"
    f" INSERT INTO journal ({_NAMES}) SELECT {', '.join('entry.' + name for name in _COLUMNS)}"
    f" FROM json_to_recordset(%s::json) AS entry ({', '.join(' '.join(column) for column in _COLUMNS.items())})"
    " JOIN held ON held.id = entry.session_id AND held.epoch = entry.epoch"
    " RETURNING session_id, n, epoch"
)
_FIND = (
    f"SELECT FROM journal WHERE session_id = %s AND n = %s AND ({_NAMES})"
    f" IS NOT DISTINCT FROM ({', '.join(['%s'] * len(_COLUMNS))})"
)

Place = tuple["UUID", int, int]


def place(commit: Commit) -> Place:
    """Its session, its number, and the epoch of its writer."""
    return commit.entry.session_id, commit.entry.n, commit.epoch


async def insert(connection: Connection[Any], commits: Sequence[Commit]) -> set[Place]:
    """The places of those that were written; the others' epochs are over. Raises as a commit at fault does."""
    ids, epochs = _writers(commits)
    rows = json.dumps([_row(commit) for commit in commits], allow_nan=False)
    cursor = await connection.execute(_INSERT, (ids, epochs, rows))
    return {*await cursor.fetchall()}


async def is_written(connection: Connection[Any], commit: Commit) -> bool:
    """Whether that very entry is there."""
    row = {**_row(commit), "payload": Jsonb(commit.entry.payload), "taken": [*commit.entry.taken]}
    cursor = await connection.execute(_FIND, (commit.entry.session_id, commit.entry.n, *row.values()))
    return await cursor.fetchone() is not None


def _writers(commits: Iterable[Commit]) -> tuple[list[UUID], list[int]]:
    held = {(commit.entry.session_id, commit.epoch) for commit in commits}
    return [id for id, _ in held], [epoch for _, epoch in held]


def _row(commit: Commit) -> dict[str, Any]:
    entry = commit.entry
    return {
        "session_id": str(entry.session_id),
        "n": entry.n,
        "at": entry.at,
        "chart": entry.chart,
        "event": entry.event,
        "payload": entry.payload,
        "device_id": None if entry.device_id is None else str(entry.device_id),
        "seq": entry.seq,
        "taken": entry.taken,
        "epoch": commit.epoch,
    }
