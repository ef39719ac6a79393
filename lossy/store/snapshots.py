"""A session's snapshots: the latest is what it is restored from, those before it are for whoever asks why (H3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.store.connection import Connection

# Beside the first. A session leaves one with every hundredth entry and each time that it is brought to life or laid to
# rest, so this is more than any review needs; only a server that dies again and again reaches it.
KEPT = 64

BEGIN = (
    "WITH begun AS (INSERT INTO sessions (id, user_id, video_id, snapshot) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (id) DO NOTHING RETURNING id, snapshot)"
    " INSERT INTO snapshots (session_id, n, snapshot) SELECT id, 0, snapshot FROM begun"
)


async def keep(connection: Connection[Any], session_id: UUID, n: int, snapshot: Mapping[str, Any]) -> None:
    """The session as it is after entry `n`, within the transaction of that entry."""
    await connection.execute(
        "UPDATE sessions SET snapshot = %s, snapshot_n = %s WHERE id = %s", (Jsonb(snapshot), n, session_id)
    )
    await connection.execute(
        "INSERT INTO snapshots (session_id, n, snapshot) VALUES (%s, %s, %s)", (session_id, n, Jsonb(snapshot))
    )
    await connection.execute(
        "DELETE FROM snapshots WHERE session_id = %(id)s"
        " AND n > (SELECT min(n) FROM snapshots WHERE session_id = %(id)s) AND n <="
        " (SELECT n FROM snapshots WHERE session_id = %(id)s ORDER BY n DESC OFFSET %(kept)s LIMIT 1)",
        {"id": session_id, "kept": KEPT},
    )
