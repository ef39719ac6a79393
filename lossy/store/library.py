"""The videos of each user, by what their platforms call them: one row for each, whatever page showed it."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import evolve, frozen
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime, as_ms
from lossy.domain.access import Role
from lossy.domain.library import SHELF, Entry, Sighting, Status, first, queued_again, seen_again
from lossy.domain.platforms.model import Kind, Platform
from lossy.domain.timecode import Rate
from lossy.store.identify import identify, identify_shared

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from lossy.store.connection import Connection
    from lossy.store.pool import Pool

COLUMNS = (
    "id, owner_id, url, title, rate_num, rate_den, platform, canonical_id, page_url, status, metadata, duration_ms,"
    " same_as, created_at, last_seen_at, EXISTS (SELECT FROM notes WHERE video_id = videos.id),"
    " (SELECT count(*) FROM notes WHERE video_id = videos.id AND status <> 'deleted')"
)


@frozen
class Known:
    """A video of the library after something was heard of it; `before` is what it was, None for a new one."""

    entry: Entry
    before: Entry | None


@frozen
class Wanted:
    """Which videos a page of the library shows. `text` is looked for in titles and addresses, as it is written."""

    status: Status | None = None
    platform: Platform | None = None
    text: str | None = None


ALL = Wanted()


@frozen
class Shelf:
    """A page of the library, the latest seen first; `cursor` is where the next begins, None on the last one."""

    entries: tuple[Entry, ...]
    cursor: str | None


class BadCursor(ValueError):
    """It is none that a page had."""


class Library:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def see(self, owner_id: UUID, sighting: Sighting, id: UUID) -> Known:
        """A page of theirs showed it. `id` is the video's where it is new.

        One that somebody else shared with them for review comes first: what they say belongs to it.
        """
        async with self._open(owner_id) as connection:
            shared = await _find_shared(connection, owner_id, sighting)
            if shared is not None:
                return Known(shared, shared)
            new = first(sighting, id, owner_id)
            return await _know(connection, new, lambda entry: seen_again(entry, sighting), seen=True)

    async def queue(self, owner_id: UUID, named: Sighting, id: UUID) -> Known:
        """They want to review it later. `id` is the video's where it is new."""
        async with self._open(owner_id) as connection:
            return await _know(connection, first(named, id, owner_id, Status.QUEUED), queued_again, seen=False)

    async def set_status(self, owner_id: UUID, id: UUID, status: Status) -> Known | None:
        """None for what is not theirs, as for what is not there."""
        async with self._open(owner_id) as connection:
            before = await _find(connection, "owner_id = %s AND id = %s FOR NO KEY UPDATE", (owner_id, id))
            if before is None:
                return None
            await _write(connection, evolve(before, status=status), seen=False)
            return Known(evolve(before, status=status), before)

    async def entry(self, owner_id: UUID, id: UUID) -> Entry | None:
        """None for what is not theirs, as for what is not there."""
        async with self._open(owner_id) as connection:
            return await _find(connection, "owner_id = %s AND id = %s", (owner_id, id))

    async def shelf(self, owner_id: UUID, wanted: Wanted = ALL, cursor: str | None = None, limit: int = SHELF) -> Shelf:
        """Raises BadCursor. What is seen while somebody leafs through moves to the front."""
        where, values = _conditions(owner_id, wanted, cursor)
        async with self._open(owner_id) as connection:
            rows = await connection.execute(
                f"SELECT {COLUMNS} FROM videos WHERE {where} ORDER BY last_seen_at DESC, id DESC LIMIT %s",
                (*values, limit + 1),
            )
            entries = tuple(map(read_entry, await rows.fetchall()))
        last = entries[limit - 1] if len(entries) > limit else None
        return Shelf(entries[:limit], f"{last.last_seen_at},{last.id}" if last else None)

    @asynccontextmanager
    async def _open(self, owner_id: UUID) -> AsyncIterator[Connection[Any]]:
        """A transaction, where every video of theirs and of those shared with them is known by its platform."""
        async with self._pool.lend() as connection:
            await identify(connection, owner_id)
            await identify_shared(connection, owner_id)
            async with connection.transaction():
                yield connection


async def _find_shared(connection: Connection[Any], user_id: UUID, sighting: Sighting) -> Entry | None:
    """Of several the one that was shared last."""
    shared = await connection.execute(
        "SELECT videos.id FROM shares JOIN videos ON videos.id = video_id WHERE user_id = %s AND role = %s"
        " AND platform = %s AND canonical_id = %s ORDER BY shares.created_at DESC LIMIT 1",
        (user_id, Role.REVIEWER.value, sighting.detected.platform.value, sighting.detected.canonical_id),
    )
    row = await shared.fetchone()
    return None if row is None else await _get(connection, row[0])


async def _know(connection: Connection[Any], new: Entry, again: Callable[[Entry], Entry], *, seen: bool) -> Known:
    """The video, made where there is none, and what it becomes where there is one."""
    names = (new.owner_id, new.platform.value, new.canonical_id)
    where = "owner_id = %s AND platform = %s AND canonical_id = %s AND same_as IS NULL"
    before = await _find(connection, f"{where} FOR NO KEY UPDATE", names)
    if before is None:
        if await _insert(connection, new):
            return Known(await _get(connection, new.id), None)
        before = await _find(connection, f"{where} FOR NO KEY UPDATE", names)  # somebody was faster
        assert before is not None, "the row that was in the way is committed by now"
    await _write(connection, again(before), seen=seen)
    return Known(await _get(connection, before.id), before)


async def _insert(connection: Connection[Any], entry: Entry) -> bool:
    """False where the video is there already."""
    cursor = await connection.execute(
        "INSERT INTO videos (id, owner_id, platform, canonical_id, url, page_url, title, rate_num, rate_den, status,"
        " metadata, duration_ms) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (owner_id, platform, canonical_id) WHERE same_as IS NULL DO NOTHING",
        (entry.id, entry.owner_id, entry.platform.value, entry.canonical_id, *_changing(entry)),
    )
    return cursor.rowcount == 1


async def _write(connection: Connection[Any], entry: Entry, *, seen: bool) -> None:
    now = ", last_seen_at = greatest(last_seen_at, date_trunc('milliseconds', now()))" if seen else ""
    await connection.execute(
        "UPDATE videos SET url = %s, page_url = %s, title = %s, rate_num = %s, rate_den = %s, status = %s,"
        f" metadata = %s, duration_ms = %s{now} WHERE id = %s",
        (*_changing(entry), entry.id),
    )


def _changing(entry: Entry) -> tuple[Any, ...]:
    """What of a video may become something else."""
    metadata = Jsonb({"kind": entry.kind.value, "key": entry.key})
    rate = entry.rate
    return (entry.url, entry.page_url, entry.title, rate.num, rate.den, entry.status.value, metadata, entry.duration_ms)


async def _get(connection: Connection[Any], id: UUID) -> Entry:
    entry = await _find(connection, "id = %s", (id,))
    assert entry is not None, "it is locked"
    return entry


async def _find(connection: Connection[Any], where: str, values: tuple[Any, ...]) -> Entry | None:
    row = await (await connection.execute(f"SELECT {COLUMNS} FROM videos WHERE {where}", values)).fetchone()
    return None if row is None else read_entry(row)


def _conditions(owner_id: UUID, wanted: Wanted, cursor: str | None) -> tuple[str, list[Any]]:
    parts: list[tuple[str, tuple[Any, ...]]] = [("owner_id = %s", (owner_id,))]
    if wanted.status is not None:
        parts.append(("status = %s", (wanted.status.value,)))
    if wanted.platform is not None:
        parts.append(("platform = %s", (wanted.platform.value,)))
    if wanted.text is not None:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", wanted.text) + "%"
        parts.append(("(title ILIKE %s OR url ILIKE %s)", (pattern, pattern)))
    if cursor is not None:
        parts.append(("(last_seen_at, id) < (%s, %s)", read_place(cursor)))
    return " AND ".join(condition for condition, _ in parts), [value for _, values in parts for value in values]


def read_place(cursor: str) -> tuple[datetime, UUID]:
    seen_at, _, id = cursor.partition(",")
    try:
        return as_datetime(int(seen_at)), UUID(id)
    except (ValueError, OverflowError, OSError):
        raise BadCursor("It is none that a page of the library had.") from None


def read_entry(row: tuple[Any, ...]) -> Entry:
    id, owner_id, url, title, num, den, platform, canonical_id, page_url, status, metadata, duration_ms, *rest = row
    same_as, created_at, last_seen_at, is_noted, notes = rest
    return Entry(
        id=id,
        owner_id=owner_id,
        platform=Platform(platform),
        canonical_id=canonical_id,
        kind=Kind(metadata["kind"]),
        key=metadata["key"],
        url=url,
        page_url=page_url,
        title=title,
        rate=Rate(num, den),
        duration_ms=duration_ms,
        status=Status(status),
        same_as=same_as,
        is_noted=is_noted,
        notes=notes,
        created_at=as_ms(created_at),
        last_seen_at=as_ms(last_seen_at),
    )
