"""Which notes went into which: of a merge each of the two has recorded its own change, at the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.store.pool import Pool


class Merges:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def into(self, note_id: UUID) -> Mapping[int, str]:
        """The words of the notes that went into this one, by its version after that. Raises StoreError."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT here.version, gone.text FROM note_changes here JOIN notes note ON note.id = here.note_id"
                " JOIN notes other ON other.video_id = note.video_id AND other.id <> note.id"
                " JOIN note_changes gone ON gone.note_id = other.id AND gone.event = 'merge'"
                " AND gone.at = here.at AND gone.by = here.by"
                " WHERE here.note_id = %s AND here.event = 'edit' AND right(here.text, length(gone.text)) = gone.text",
                (note_id,),
            )
            return dict(await cursor.fetchall())
