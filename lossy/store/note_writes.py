"""What is written of notes that are there, each within the transaction of whoever changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.domain.note import is_as_wanted
from lossy.store import note_queries, notes
from lossy.store.ledger import Noted, SaveNote
from lossy.store.note_life import BEGUN, CONFLICT, NOT_FOUND, Kept, earlier_words

if TYPE_CHECKING:
    from lossy.store.connection import Connection
    from lossy.store.ledger import Entry, MoveNote, NoteWrite
    from lossy.store.note_life import NoteLife


async def move(connection: Connection[Any], life: NoteLife, entry: Entry, move: MoveNote) -> Noted:
    """`entry` is that of the journal with which it commits."""
    found = await notes.lock(connection, move.note_id)
    if found is None:
        return Noted(None, changed=False, refused=NOT_FOUND)
    note, stored = found
    amended = earlier_words(await notes.recorded(connection, note.id)) if move.earlier else move.amended
    if move.earlier and amended is None:
        return Noted(note, changed=False, refused=CONFLICT)
    moved = life.move(
        Kept(note, life.read(note, stored)),
        move.event,
        move.by,
        move.at,
        facts=move.facts,
        amended=amended,
        request=move.request,
        takes_back=move.earlier,
    )
    if moved.changes:
        await notes.update(connection, moved.kept.note, life.stored(moved.kept.state))
        await note_queries.record(connection, moved.changes, entry)
        await note_queries.judge_again(connection, moved.kept.note)
    return Noted(moved.kept.note, changed=bool(moved.changes), refused=moved.refused)


async def written(connection: Connection[Any], entry: Entry, write: NoteWrite) -> Noted:
    """What the write left behind that is known to have been committed with that entry, as the note is by now.

    Whether a change was made is on record. Why one was not is no more, but that it was not as wanted can be seen.
    """
    note_id, event = (write.note.id, BEGUN) if isinstance(write, SaveNote) else (write.note_id, write.event)
    found = await notes.lock(connection, note_id)
    if found is None:
        return Noted(None, changed=False, refused=NOT_FOUND)
    cursor = await connection.execute(
        "SELECT FROM note_changes WHERE note_id = %s AND session_id = %s AND n = %s AND event = %s",
        (note_id, entry.session_id, entry.n, event),
    )
    note, changed = found[0], await cursor.fetchone() is not None
    return Noted(note, changed, None if changed or is_as_wanted(event, note.status) else CONFLICT)
