"""Sessions that other nodes hold, and what came to the journal of one of late: to be followed from any node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen

from lossy.clock import as_ms
from lossy.domain.timecode import Rate
from lossy.store.journal_reading import ENTRY_COLUMNS, Film, Recorded, read_entry
from lossy.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.store.connection import Connection

# More than a session says in the second between two looks; what is beyond comes with the next one.
ENTRIES = 500


@frozen
class Held:
    """A session, and the node whose lease it is held by. `url` is empty where that node has none."""

    session: UUID
    node: str
    url: str


@frozen
class Since:
    """`recorded` is the session from its latest snapshot on, with no notes and no remarks. `last` is the number of its
    latest entry, which may be beyond those.
    """

    recorded: Recorded
    last: int
    held: Held | None


@frozen(eq=False)
class SessionFollowing:
    """Raises StoreError."""

    pool: Pool

    async def held(self, most: int, but: Sequence[UUID]) -> Sequence[Held]:
        """By nodes that are alive, but for these sessions; the latest first."""
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT sessions.id, name, url FROM sessions JOIN nodes ON nodes.id = node AND expires_at > now()"
                " WHERE ended_at IS NULL AND sessions.id <> ALL(%s)"
                " ORDER BY sessions.created_at DESC, sessions.id LIMIT %s",
                ([*but], most),
            )
            return [Held(*row) for row in await cursor.fetchall()]

    async def since(self, session_id: UUID, n: int) -> Since | None:
        """What has to be played to know the steps after entry `n`. None where there is no such session."""
        async with self.pool.lend() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return await _since(connection, session_id, n)


async def _since(connection: Connection[Any], session_id: UUID, n: int) -> Since | None:
    cursor = await connection.execute(
        "SELECT user_id, video_id, title, videos.url, rate_num, rate_den, sessions.created_at, ended_at, name,"
        " nodes.url, COALESCE((SELECT max(n) FROM journal WHERE session_id = sessions.id), 0)"
        " FROM sessions JOIN videos ON videos.id = video_id"
        " LEFT JOIN nodes ON nodes.id = node AND expires_at > now() WHERE sessions.id = %s",
        (session_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    user_id, video_id, title, address, num, den, created_at, ended_at, node, url, last = row
    cursor = await connection.execute(
        "SELECT n, snapshot FROM snapshots WHERE session_id = %s AND n <= %s ORDER BY n DESC LIMIT 1", (session_id, n)
    )
    snapshots = dict(await cursor.fetchall())
    cursor = await connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM journal WHERE session_id = %s AND n > %s ORDER BY n LIMIT %s",
        (session_id, max(snapshots, default=n), ENTRIES),
    )
    entries = await cursor.fetchall()
    recorded = Recorded(
        session_id=session_id,
        user_id=user_id,
        film=Film(video_id, title, address, Rate(num, den)),
        created_at=as_ms(created_at),
        ended_at=None if ended_at is None else as_ms(ended_at),
        held=node is not None,
        entries=tuple(read_entry(session_id, row) for row in entries),
        epochs=tuple(row[0] for row in entries),
        snapshots=snapshots,
        settled=(),
        notes=(),
        people={},
    )
    return Since(recorded, last, None if node is None else Held(session_id, node, url))
