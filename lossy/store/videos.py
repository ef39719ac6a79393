"""Videos and who may reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.domain.library import sighting
from lossy.domain.timecode import Rate
from lossy.store.library import Library

if TYPE_CHECKING:
    from lossy.store.pool import Pool


SHOWN = 20


@frozen
class Video:
    id: UUID
    owner_id: UUID
    url: str
    title: str
    rate: Rate


class Videos:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def detect(self, video: Video) -> Video:
        """The owner's video that its address shows, made from `video` when it is new. Raises ValueError where the
        address is none of the web.
        """
        seen = sighting(video.url, video.title, video.rate)
        if seen is None:
            raise ValueError(f"no address of the web: {video.url!r}")
        entry = (await Library(self._pool).see(video.owner_id, seen, video.id)).entry
        return Video(entry.id, entry.owner_id, entry.url, entry.title, entry.rate)

    async def of_owner(self, user_id: UUID) -> list[Video]:
        """Newest first, SHOWN at most."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, owner_id, url, title, rate_num, rate_den FROM videos WHERE owner_id = %s"
                " ORDER BY created_at DESC LIMIT %s",
                (user_id, SHOWN),
            )
            return [_video(row) async for row in cursor]

    async def reachable(self, video_id: UUID, user_id: UUID) -> Video | None:
        """The video, when it is this user's. Somebody else's looks like one that does not exist."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id, owner_id, url, title, rate_num, rate_den FROM videos WHERE id = %s AND owner_id = %s",
                (video_id, user_id),
            )
            row = await cursor.fetchone()
            return _video(row) if row else None


def _video(row: tuple[UUID, UUID, str, str, int, int]) -> Video:
    id, owner_id, url, title, num, den = row
    return Video(id, owner_id, url, title, Rate(num, den))
