"""Who is told of a note: whoever looks at its video, and its author wherever they look at their own notes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lossy.channels.topics import UserNotes, VideoNotes
from lossy.domain.notes import Status, as_told
from lossy.store.ledger import NoteWrite, SaveNote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from lossy.bus.memory import Bus
    from lossy.domain.notes import Note
    from lossy.store.ledger import Commit, Noted

# Those of whoever is at work; to write out two ids takes some 4 us.
NAMED = 4_096

CREATED, UPDATED, DELETED = "note_created", "note_updated", "note_deleted"


def announce(bus: Bus, event: str, note: Note) -> None:
    """Once it is durable. Of two changes the later may be told first; the note's version tells."""
    told = as_told(note)
    for topic in _topics(note.video_id, note.author_id):
        bus.publish(topic, event, told)


@lru_cache(NAMED)
def _topics(video_id: UUID, author_id: UUID) -> tuple[str, str]:
    return str(VideoNotes(video_id)), str(UserNotes(author_id))


def announce_kept(bus: Bus, commit: Commit, left: Iterable[Noted]) -> None:
    """Whatever notes a commit has made or changed, by what its writes left behind."""
    writes = (write for write in commit.writes if isinstance(write, NoteWrite))
    for write, noted in zip(writes, left, strict=True):
        if noted.note is not None and isinstance(write, SaveNote):
            announce(bus, CREATED, noted.note)
        elif noted.note is not None and noted.changed:
            announce_change(bus, noted.note)


def announce_change(bus: Bus, note: Note) -> None:
    announce(bus, DELETED if note.status is Status.DELETED else UPDATED, note)
