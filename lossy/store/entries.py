"""Entries of the journal in PostgreSQL, as they stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from lossy.store import rows

if TYPE_CHECKING:
    from lossy.store.connection import Connection
    from lossy.store.ledger import Commit

_FIND = (
    f"SELECT FROM journal WHERE session_id = %s AND n = %s AND ({', '.join(rows.ENTRY)})"
    f" IS NOT DISTINCT FROM ({', '.join(['%s'] * len(rows.ENTRY))})"
)


async def is_written(connection: Connection[Any], commit: Commit) -> bool:
    """Whether that very entry is there."""
    row = {**rows.of_entry(commit), "payload": Jsonb(commit.entry.payload), "taken": [*commit.entry.taken]}
    cursor = await connection.execute(_FIND, (commit.entry.session_id, commit.entry.n, *row.values()))
    return await cursor.fetchone() is not None
