"""What a person has on their shelves: their own videos, and those that are shared with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.domain.access import Role
from lossy.domain.library import SHELF, Entry, Status
from lossy.store.identify import identify, identify_shared
from lossy.store.library import COLUMNS, read_entry, read_place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

# Videos that a person reaches. It is a semi-join by two indexes; an OR of the two would read every video there is.
_REACHED = "id IN (SELECT id FROM videos WHERE owner_id = %s UNION ALL SELECT video_id FROM shares WHERE user_id = %s)"
_ROLE = (
    "CASE WHEN owner_id = %s THEN 'owner'"
    " ELSE (SELECT role FROM shares WHERE video_id = videos.id AND user_id = %s) END"
)


@frozen
class Asked:
    """`statuses` are any of these. `text` is looked for in titles and addresses, as it is written."""

    statuses: tuple[Status, ...] = tuple(Status)
    text: str = ""


@frozen
class Shelved:
    """`role` is that of whoever looks."""

    entry: Entry
    role: Role


@frozen
class Page:
    """The latest seen first. `cursor` is where the next page begins, None on the last one."""

    videos: tuple[Shelved, ...]
    cursor: str | None


class Shelves:
    """Raises StoreError."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, user_id: UUID, asked: Asked, cursor: str | None = None, limit: int = SHELF) -> Page:
        """Raises BadCursor."""
        where, values = _conditions(user_id, asked, cursor)
        async with self._pool.lend() as connection:
            await _identify(connection, user_id)
            rows = await connection.execute(
                f"SELECT {COLUMNS}, {_ROLE} FROM videos WHERE {where} ORDER BY last_seen_at DESC, id DESC LIMIT %s",
                (user_id, user_id, *values, limit + 1),
            )
            found = tuple(Shelved(read_entry(tuple(row)), Role(role)) for *row, role in await rows.fetchall())
        last = found[limit - 1].entry if len(found) > limit else None
        return Page(found[:limit], f"{last.last_seen_at},{last.id}" if last else None)

    async def counts(self, user_id: UUID) -> Mapping[Status, int]:
        """How many stand where, whatever is looked for."""
        async with self._pool.lend() as connection:
            rows = await connection.execute(
                f"SELECT status, count(*) FROM videos WHERE {_REACHED} GROUP BY status", (user_id, user_id)
            )
            found = {Status(status): count for status, count in await rows.fetchall()}
        return {status: found.get(status, 0) for status in Status}


async def _identify(connection: Connection[Any], user_id: UUID) -> None:
    await identify(connection, user_id)
    await identify_shared(connection, user_id)


def _conditions(user_id: UUID, asked: Asked, cursor: str | None) -> tuple[str, list[Any]]:
    where, values = [_REACHED, "status = ANY(%s)"], [user_id, user_id, [each.value for each in asked.statuses]]
    if asked.text:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", asked.text) + "%"
        where.append("(title ILIKE %s OR url ILIKE %s)")
        values += [pattern, pattern]
    if cursor is not None:
        where.append("(last_seen_at, id) < (%s, %s)")
        values += read_place(cursor)
    return " AND ".join(where), values
