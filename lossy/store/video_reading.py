"""Which videos there are, for commands, whose user has the database to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.domain.timecode import Rate
from lossy.store.pool import Pool
from lossy.store.videos import Video

if TYPE_CHECKING:
    from collections.abc import Sequence


@frozen
class Shelved:
    """A video, whose it is, and how many notes it has that are not deleted."""

    video: Video
    owner: str
    notes: int


@frozen(eq=False)
class VideoReading:
    """Raises StoreError."""

    pool: Pool

    async def latest(self, limit: int) -> Sequence[Shelved]:
        """The latest first, by when they were seen first."""
        return await self._shelved("true ORDER BY videos.created_at DESC, videos.id LIMIT %s", (limit,))

    async def beginning_with(self, digits: str, limit: int) -> Sequence[Shelved]:
        """Those whose id begins with these hexadecimal digits."""
        ends = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        return await self._shelved("videos.id BETWEEN %s AND %s LIMIT %s", (*ends, limit))

    async def _shelved(self, which: str, parameters: tuple[object, ...]) -> Sequence[Shelved]:
        async with self.pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT videos.id, owner_id, url, title, rate_num, rate_den, email,"
                " (SELECT count(*) FROM notes WHERE video_id = videos.id AND status <> 'deleted')"
                f" FROM videos JOIN users ON users.id = owner_id WHERE {which}",
                parameters,
            )
            rows = await cursor.fetchall()
        return [
            Shelved(Video(id, owner_id, url, title, Rate(num, den)), owner, notes)
            for id, owner_id, url, title, num, den, owner, notes in rows
        ]
