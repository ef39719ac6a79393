"""Who was there in the review sessions of a video: the joins and leaves that the journals have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen

from lossy.clock import as_ms
from lossy.domain.attendance import Mark, Stay, stays

if TYPE_CHECKING:
    from datetime import datetime

    from lossy.store.pool import Pool

# The latest sessions of a video; reading them all takes some ms.
SESSIONS_SHOWN = 20
# Joins and leaves of them all: a connection that breaks every minute for a day is cut off in the middle.
MARKS_READ = 5_000


@frozen
class Attendance:
    """One person in one session. A session is one person's; several people talk in sessions of their own."""

    session_id: UUID
    user_id: UUID
    email: str
    stays: Sequence[Stay]


class Attendances:
    """Raises StoreError."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, video_id: UUID) -> list[Attendance]:
        """The latest session first, SESSIONS_SHOWN at most, without those that nobody has come to."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                _MARKS, {"video": video_id, "sessions": SESSIONS_SHOWN, "marks": MARKS_READ}
            )
            rows = await cursor.fetchall()
        return [_attendance(key, [*group]) for key, group in groupby(rows, key=lambda row: row[:4])]


# Whoever was there when a node went away is told of as gone by the next that takes the session up: they went when the
# session was last heard of before.
_MARKS = """
WITH latest AS (
    SELECT id, user_id, created_at, ended_at FROM sessions WHERE video_id = %(video)s
    ORDER BY created_at DESC, id LIMIT %(sessions)s
)
SELECT latest.id, latest.user_id, email, ended_at, mark.chart, mark.event, CASE WHEN mark.event <> 'taken_over' THEN at
    ELSE (SELECT before.at FROM journal before WHERE before.session_id = latest.id AND before.n < mark.n
          AND before.event NOT IN ('taken_over', 'resumed') ORDER BY before.n DESC LIMIT 1) END
FROM latest JOIN users ON users.id = latest.user_id JOIN journal mark ON mark.session_id = latest.id
WHERE mark.event IN ('attach', 'drop', 'taken_over')
ORDER BY latest.created_at DESC, latest.id, mark.n LIMIT %(marks)s
"""


def _attendance(key: tuple[UUID, UUID, str, datetime | None], rows: Sequence[Any]) -> Attendance:
    session_id, user_id, email, ended = key
    marks = [Mark(at, chart, event == "attach") for *_, chart, event, at in rows]
    return Attendance(session_id, user_id, email, stays(marks, None if ended is None else as_ms(ended)))
