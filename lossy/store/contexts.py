"""What the tabs of each user show: a row for each, and what a user's tabs say is taken in one after the other.

Two implementations: `PostgresContexts` here, and `lossy.store.memory_contexts.MemoryContexts` for tests and the
simulator; `tests/contract/test_contexts.py` runs over both.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

from lossy.domain.contexts import (
    CONTEXT_LIFE_MS,
    CONTEXTS_KEPT,
    Change,
    Context,
    Report,
    Shown,
    Tab,
    begin,
    hear,
)
from lossy.domain.platforms.model import Platform
from lossy.store.gathered import Gathered
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from uuid import UUID

    from lossy.store.connection import Connection
    from lossy.store.pool import Pool


class Contexts(Protocol):
    """Times are ms. Each raises StoreError when the database is away."""

    async def hear(self, user_id: UUID, report: Report, now: int) -> Change:
        """Returns once it is durable."""

    async def begin(self, user_id: UUID, tab: Tab, session_id: UUID, video_id: UUID, now: int) -> Context | None:
        """A review is in that tab from now on, and in no other of theirs; unless the tab shows another video.

        None where nothing is known of the tab.
        """

    async def of_tab(self, user_id: UUID, tab: Tab, now: int) -> Context | None:
        """None where nothing is known of it any more."""


_COLUMNS = "device_id, tab, video_id, platform, url, title, session_id, made_at, seq, link_at, heard_at"
# Each is looked up by its key also where the plan was made for a table of which nothing was known (decision 47).
_OF_TABS = (
    "SELECT asked.user_id, found.* FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS asked (user_id, device_id, tab)"
    f" CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM video_contexts WHERE user_id = asked.user_id"
    " AND device_id = asked.device_id AND tab = asked.tab OFFSET 0) AS found"
)


class PostgresContexts:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._of_tabs = Gathered(self._find_all)

    async def hear(self, user_id: UUID, report: Report, now: int) -> Change:
        async with self._open(user_id) as connection:
            change = hear(await _find(connection, user_id, report.tab, now), report, now)
            if change.context is not change.before:
                await _put(connection, user_id, change.context)
                await _prune(connection, user_id, now)
            return change

    async def begin(self, user_id: UUID, tab: Tab, session_id: UUID, video_id: UUID, now: int) -> Context | None:
        async with self._open(user_id) as connection:
            known = await _find(connection, user_id, tab, now)
            begun = None if known is None else begin(known, session_id, video_id, now)
            if begun is None or begun is known:
                return known
            await connection.execute(
                "UPDATE video_contexts SET session_id = NULL WHERE user_id = %s AND session_id = %s",
                (user_id, session_id),
            )
            await _put(connection, user_id, begun)
            return begun

    async def of_tab(self, user_id: UUID, tab: Tab, now: int) -> Context | None:
        found = await self._of_tabs.get((user_id, tab))
        return found if found is not None and _is_known(found, now) else None

    async def _find_all(self, asked: Collection[tuple[UUID, Tab]]) -> Mapping[tuple[UUID, Tab], Context]:
        users, devices, tabs = zip(*((user_id, tab.device, tab.id) for user_id, tab in asked), strict=True)
        async with self._lend() as connection:
            rows = await (await connection.execute(_OF_TABS, ([*users], [*devices], [*tabs]))).fetchall()
        return {(user_id, context.tab): context for user_id, *row in rows for context in [_context(row)]}

    @asynccontextmanager
    async def _open(self, user_id: UUID) -> AsyncIterator[Connection[Any]]:
        """A transaction that no other of the same user runs beside."""
        async with self._lend() as connection, connection.transaction():
            # A lock that rows which refer to the user do not wait for.
            await connection.execute("SELECT FROM users WHERE id = %s FOR NO KEY UPDATE", (user_id,))
            yield connection

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Connection[Any]]:
        """What the database refuses for the moment, a lock or a server that may only read, is no end of the node."""
        try:
            async with self._pool.lend() as connection:
                yield connection
        except psycopg.Error as error:
            raise StoreError(f"contexts: {error}") from error


async def _find(connection: Connection[Any], user_id: UUID, tab: Tab, now: int) -> Context | None:
    query = f"SELECT {_COLUMNS} FROM video_contexts WHERE user_id = %s AND device_id = %s AND tab = %s"
    row = await (await connection.execute(query, (user_id, tab.device, tab.id))).fetchone()
    found = None if row is None else _context(row)
    return found if found is not None and _is_known(found, now) else None


def _is_known(context: Context, now: int) -> bool:
    return context.heard > now - CONTEXT_LIFE_MS


async def _put(connection: Connection[Any], user_id: UUID, context: Context) -> None:
    shows = context.shows
    page = (None,) * 4 if shows is None else (shows.video, shows.platform.value, shows.url, shows.title)
    await connection.execute(
        f"INSERT INTO video_contexts (user_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (user_id, device_id, tab) DO UPDATE SET (video_id, platform, url, title, session_id, made_at,"
        " seq, link_at, heard_at) = (excluded.video_id, excluded.platform, excluded.url, excluded.title,"
        " excluded.session_id, excluded.made_at, excluded.seq, excluded.link_at, excluded.heard_at)",
        (
            user_id,
            context.tab.device,
            context.tab.id,
            *page,
            context.session,
            context.made,
            context.seq,
            context.link,
            context.heard,
        ),
    )


async def _prune(connection: Connection[Any], user_id: UUID, now: int) -> None:
    """As `lossy.domain.contexts.kept` says."""
    await connection.execute(
        "DELETE FROM video_contexts WHERE user_id = %s AND (heard_at <= %s OR (device_id, tab) IN (SELECT device_id,"
        ' tab FROM video_contexts WHERE user_id = %s ORDER BY heard_at DESC, device_id DESC, tab COLLATE "C" DESC'
        " OFFSET %s))",
        (user_id, now - CONTEXT_LIFE_MS, user_id, CONTEXTS_KEPT),
    )


def _context(row: Sequence[Any]) -> Context:
    device, tab, video, platform, url, title, session, made, seq, link, heard = row
    shows = None if video is None else Shown(video, Platform(platform), url, title)
    return Context(Tab(device, tab), shows, session, made, seq, link, heard)
