"""Markers of an editor's tool as notes (D4): all of a file or none, and once however often it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.domain.imports.drafts import Source, claims, drafts
from lossy.domain.notes import Note
from lossy.store import note_queries as queries
from lossy.store import notes
from lossy.store.note_life import Moved, NoteLife
from lossy.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from lossy.domain.imports.found import Found
    from lossy.store.connection import Connection
    from lossy.store.videos import Video

WEB = Source(None, "web")


@frozen
class Imported:
    """The notes that were made, and how many of the markers were notes already."""

    made: tuple[Note, ...]
    there: int


@frozen(eq=False)
class NoteImports:
    """Raises StoreError."""

    pool: Pool
    life: NoteLife

    async def make(
        self, video: Video, author_id: UUID, found: Sequence[Found], now: int, source: Source = WEB
    ) -> Imported:
        """Firmed notes of that author. Two who import to one video take turns, and the second finds what is there."""
        async with self.pool.lend() as connection, connection.transaction():
            await connection.execute("SELECT FROM videos WHERE id = %s FOR NO KEY UPDATE", (video.id,))
            new = drafts(video.id, found, await _of_video(connection, video.id, claims(found)))
            there = await _of_video(connection, video.id, {draft.id for draft in new})
            made = []
            for draft in new:
                if draft.id not in there:
                    note = draft.as_note(video.id, video.rate, author_id, source, now)
                    begun = self.life.begin(note, self_firming=True)
                    await notes.insert(connection, begun.kept.note, self.life.stored(begun.kept.state))
                    made.append(begun)
            await _record(connection, made)
        return Imported(tuple(begun.kept.note for begun in made), len(found) - len(made))


async def _of_video(connection: Connection[Any], video_id: UUID, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of them that are notes of this video, deleted ones too."""
    select = "SELECT id FROM notes WHERE video_id = %s AND id = ANY(%s)"
    return frozenset(id for (id,) in await (await connection.execute(select, (video_id, [*ids]))).fetchall())


async def _record(connection: Connection[Any], made: Sequence[Moved]) -> None:
    """What was said of each, and that it was kept; no threshold decided about it."""
    changes = [queries.recorded_row(change) for begun in made for change in begun.changes]
    async with connection.cursor() as cursor:
        await cursor.executemany(queries.RECORD, changes)
        await cursor.executemany(queries.MADE_BY_HAND, [queries.made_by_hand_row(begun.kept.note) for begun in made])
