"""How much there is of everything, for whoever looks after the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from lossy.store.pool import Pool


@frozen
class Overview:
    """`sessions` are those that have not ended, `live` those that a node holds. Of the last day: `noted`, `came`."""

    people: int
    invited: int
    videos: int
    notes: int
    sessions: int
    live: int
    devices: int
    noted: int
    came: int
    nodes: int


_COUNTED = """
SELECT (SELECT count(*) FROM users WHERE deactivated_at IS NULL),
    (SELECT count(*) FROM invitations WHERE expires_at > now()),
    (SELECT count(*) FROM videos WHERE same_as IS NULL),
    (SELECT count(*) FROM notes WHERE status <> 'deleted'),
    (SELECT count(*) FROM sessions WHERE ended_at IS NULL),
    (SELECT count(*) FROM sessions WHERE node IS NOT NULL),
    (SELECT count(*) FROM devices WHERE revoked_at IS NULL),
    (SELECT count(*) FROM notes WHERE created_at > now() - interval '1 day' AND status <> 'deleted'),
    (SELECT count(DISTINCT user_id) FROM web_sessions WHERE seen_at > now() - interval '1 day'),
    (SELECT count(*) FROM nodes WHERE expires_at > now())
"""


async def read_overview(pool: Pool) -> Overview:
    """Raises StoreError."""
    async with pool.lend() as connection:
        row = await (await connection.execute(_COUNTED)).fetchone()
    assert row is not None, "counts have values"
    return Overview(*row)
