"""Videos of before there were platforms: what their addresses say is found out when their owner's are next asked for.

SQL cannot read addresses as `lossy.domain.platforms` does, so no migration could. Two rows that turn out to be one
video both stay: whoever has the id of one, a session or a note among them, finds it as it was. The one with notes, and
else the older, is the one that the video is from then on; the other names it in `same_as`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from lossy.domain.platforms.detect import detect
from lossy.domain.platforms.model import Detected, Kind, Platform

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.store.connection import Connection

_UNKNOWN = "SELECT id, url FROM videos WHERE owner_id = %s AND canonical_id IS NULL"


async def identify(connection: Connection[Any], owner_id: UUID) -> None:
    """In a transaction of its own; one index is looked into where there is nothing to do."""
    if await (await connection.execute(f"{_UNKNOWN} LIMIT 1", (owner_id,))).fetchone() is None:
        return
    noted_first = " ORDER BY EXISTS (SELECT FROM notes WHERE video_id = videos.id) DESC, created_at, id"
    async with connection.transaction():
        # A row that refers to its owner waits for this lock, so none of theirs is added meanwhile.
        await connection.execute("SELECT FROM users WHERE id = %s FOR UPDATE", (owner_id,))
        for id, url in await (await connection.execute(_UNKNOWN + noted_first, (owner_id,))).fetchall():
            await _name(connection, owner_id, id, url)


async def identify_shared(connection: Connection[Any], user_id: UUID) -> None:
    """The videos of those who share one with this user."""
    owners = await connection.execute(
        "SELECT DISTINCT owner_id FROM shares JOIN videos ON videos.id = video_id"
        " WHERE user_id = %s AND canonical_id IS NULL",
        (user_id,),
    )
    for (owner_id,) in await owners.fetchall():
        await identify(connection, owner_id)


async def _name(connection: Connection[Any], owner_id: UUID, id: UUID, url: str) -> None:
    # What was taken for an address once and is none: nothing else can be that video.
    found = detect(url) or Detected(Platform.GENERIC, Kind.PAGE, f"video/{id}", url)
    known = await connection.execute(
        "SELECT id FROM videos WHERE owner_id = %s AND platform = %s AND canonical_id = %s AND same_as IS NULL",
        (owner_id, found.platform.value, found.canonical_id),
    )
    meant = await known.fetchone()
    await connection.execute(
        "UPDATE videos SET platform = %s, canonical_id = %s, same_as = %s, url = %s, page_url = url, metadata = %s"
        " WHERE id = %s",
        (
            found.platform.value,
            found.canonical_id,
            meant[0] if meant else None,
            found.url,
            Jsonb({"kind": found.kind.value, "key": found.key}),
            id,
        ),
    )
