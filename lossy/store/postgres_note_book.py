"""The note book in PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors

from lossy.clock import as_datetime
from lossy.domain.note_query import PAGE, Opening, Query
from lossy.store import note_queries as queries
from lossy.store import notes
from lossy.store.note_book import LATEST, Begun, Changes, Decide, Filed, Whose
from lossy.store.note_life import Kept, Moved, NoteLife
from lossy.store.pool import Pool, StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
    from uuid import UUID

    from lossy.domain.note_query import Page, Summary
    from lossy.domain.notes import Note
    from lossy.domain.seen import Seen
    from lossy.store.connection import Connection
    from lossy.store.note_life import Change

# Of two that lock the same notes the other way round PostgreSQL ends one, which then finds them free.
TRIES = 3


@contextmanager
def _as_store_errors() -> Iterator[None]:
    """What the database refuses for the moment is no fault of who asked."""
    try:
        yield
    except errors.DeadlockDetected:
        raise
    except psycopg.Error as error:
        raise StoreError(f"notes: {error}") from error


class PostgresNoteBook:
    def __init__(self, pool: Pool, life: NoteLife) -> None:
        self._pool = pool
        self.life = life

    @asynccontextmanager
    async def _transaction(self, mode: str = "") -> AsyncIterator[Connection[Any]]:
        """`mode` where it is not as all are."""
        with _as_store_errors():
            async with self._pool.lend() as connection, connection.transaction():
                if mode:
                    await connection.execute(f"SET TRANSACTION ISOLATION LEVEL {mode}")
                yield connection

    # -- changing -----------------------------------------------------------------------------------------------

    async def find(self, note_id: UUID) -> Note | None:
        async with self._transaction() as connection:
            found = await notes.find(connection, note_id)
            return None if found is None else found[0]

    async def begin(self, begun: Moved) -> Begun | None:
        note = begun.kept.note
        async with self._transaction() as connection:
            if await notes.insert_where_free(connection, note, self.life.stored(begun.kept.state)):
                await queries.record(connection, begun.changes)
                await connection.execute(queries.MADE_BY_HAND, queries.made_by_hand_row(note))
                return None
            found = await notes.find(connection, note.id)
            assert found is not None, "notes are never removed"
            return Begun(found[0], await queries.beginning(connection, note.id))

    async def change(self, note_ids: Sequence[UUID], decide: Decide) -> Sequence[Moved]:
        for _ in range(TRIES - 1):
            try:
                return await self._change(note_ids, decide)
            except errors.DeadlockDetected:
                continue
        try:
            return await self._change(note_ids, decide)
        except errors.DeadlockDetected as error:
            raise StoreError(f"notes: {error}") from error

    async def _change(self, note_ids: Sequence[UUID], decide: Decide) -> Sequence[Moved]:
        """What is read committed waits for the lock and sees what was committed meanwhile; stricter levels fail."""
        async with self._transaction() as connection:
            filed = {id: await self._lock(connection, id) for id in sorted(note_ids)}
            decided = decide([filed[id] for id in note_ids])
            for moved in decided:
                if moved.changes:
                    await self._keep(connection, moved)
        return decided

    async def _lock(self, connection: Connection[Any], note_id: UUID) -> Filed:
        found = await notes.lock(connection, note_id)
        assert found is not None, "notes are never removed"
        note, stored = found
        return Filed(Kept(note, self.life.read(note, stored)), await queries.latest(connection, note_id, LATEST))

    async def _keep(self, connection: Connection[Any], moved: Moved) -> None:
        note = moved.kept.note
        await notes.update(connection, note, self.life.stored(moved.kept.state))
        await queries.record(connection, moved.changes)
        await queries.judge_again(connection, note)

    # -- reading ------------------------------------------------------------------------------------------------

    async def page(self, whose: Whose, query: Query) -> Page:
        async with self._transaction("REPEATABLE READ READ ONLY") as connection:  # the count fits the page
            return await queries.page(connection, whose, query)

    async def first_page(self, video_id: UUID, limit: int = PAGE) -> Opening:
        async with self._transaction("REPEATABLE READ READ ONLY") as connection:
            query = Query(limit=limit)
            page = await queries.page(connection, Whose(video=video_id), query)
            return Opening(page.notes, page.cursor, page.total, await queries.seen(connection))

    async def since(self, video_id: UUID, seen: Seen, limit: int, *, after: UUID | None = None) -> Changes | None:
        async with self._transaction("REPEATABLE READ READ ONLY") as connection:
            now = await queries.seen(connection)
            if seen.most > now.most:
                return None
            found = await queries.changed(connection, video_id, seen, after, limit + 1)
            more = found[limit - 1].id if len(found) > limit else None
            return Changes(tuple(found[:limit]), now, more)

    async def summaries(self, video_ids: Collection[UUID]) -> Mapping[UUID, Summary]:
        """One statement sees one moment, in whatever transaction."""
        with _as_store_errors():
            async with self._pool.lend() as connection:
                return await queries.summaries(connection, video_ids)

    async def history(self, note_id: UUID, *, before: int | None = None, limit: int = LATEST) -> Sequence[Change]:
        async with self._transaction() as connection:
            return (await queries.latest(connection, note_id, limit, before))[::-1]

    async def old_ghosts(self, now: int, limit: int) -> Sequence[UUID]:
        async with self._transaction() as connection:
            return await queries.old_ghosts(connection, as_datetime(now), limit)
