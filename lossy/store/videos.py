"""Videos, and who reaches them in which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen

from lossy.domain.access import Action, Role, may
from lossy.domain.library import sighting
from lossy.domain.timecode import Rate
from lossy.store.gathered import Gathered
from lossy.store.library import Library

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lossy.store.pool import Pool


@frozen
class Video:
    id: UUID
    owner_id: UUID
    url: str
    title: str
    rate: Rate


@frozen
class Reach:
    """A video that somebody reaches, and as whom."""

    video: Video
    role: Role

    def may(self, action: Action) -> bool:
        return may(self.role, action)


class Videos:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._reaches = Gathered(self._find_reaches)

    async def detect(self, video: Video) -> Video:
        """The owner's video that its address shows, made from `video` when it is new. Raises ValueError where the
        address is none of the web.
        """
        seen = sighting(video.url, video.title, video.rate)
        if seen is None:
            raise ValueError(f"no address of the web: {video.url!r}")
        entry = (await Library(self._pool).see(video.owner_id, seen, video.id)).entry
        return Video(entry.id, entry.owner_id, entry.url, entry.title, entry.rate)

    async def reach(self, video_id: UUID, user_id: UUID) -> Reach | None:
        """None where it is neither theirs nor shared with them: it looks like one that does not exist."""
        return await self._reaches.get((video_id, user_id))

    async def _find_reaches(self, asked: Collection[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], Reach]:
        videos, users = zip(*asked, strict=True)
        async with self._pool.lend() as connection:
            cursor = await connection.execute(_REACHES, ([*videos], [*users]))
            return {(row[0], user): Reach(_video(row), Role(role)) for user, role, *row in await cursor.fetchall()}

    async def lost_by(self, user_id: UUID) -> frozenset[UUID]:
        """Those that they made notes on and do not reach any more."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id FROM"
                " (SELECT DISTINCT video_id FROM notes WHERE author_id = %(user)s AND status <> 'deleted') AS noted"
                " JOIN videos ON id = video_id WHERE owner_id <> %(user)s"
                " AND NOT EXISTS (SELECT FROM shares WHERE shares.video_id = id AND user_id = %(user)s)",
                {"user": user_id},
            )
            return frozenset(id for (id,) in await cursor.fetchall())


_VIDEO = "videos.id, owner_id, url, title, rate_num, rate_den"
# Each is looked up by its key also where the plan was made for tables of which nothing was known (decision 47).
_REACHES = (
    "SELECT asked.user_id, reached.* FROM unnest(%s::uuid[], %s::uuid[]) AS asked (video_id, user_id)"
    f" CROSS JOIN LATERAL (SELECT CASE WHEN owner_id = asked.user_id THEN 'owner' ELSE role END, {_VIDEO} FROM videos"
    " LEFT JOIN shares ON shares.video_id = videos.id AND shares.user_id = asked.user_id"
    " WHERE videos.id = asked.video_id AND (owner_id = asked.user_id OR role IS NOT NULL) OFFSET 0) AS reached"
)


def _video(row: Sequence[Any]) -> Video:
    id, owner_id, url, title, num, den = row
    return Video(id, owner_id, url, title, Rate(num, den))
