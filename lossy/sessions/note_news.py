"""Who is told of a note: whoever looks at its video, and its author wherever they look at their own notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.channels.topics import UserNotes, VideoNotes
from lossy.domain.notes import Status, as_told

if TYPE_CHECKING:
    from lossy.bus.memory import Bus
    from lossy.domain.notes import Note

CREATED, UPDATED, DELETED = "note_created", "note_updated", "note_deleted"


def announce(bus: Bus, event: str, note: Note) -> None:
    """Once it is durable. Of two changes the later may be told first; the note's version tells."""
    told = as_told(note)
    for topic in (VideoNotes(note.video_id), UserNotes(note.author_id)):
        bus.publish(str(topic), event, told)


def announce_change(bus: Bus, note: Note) -> None:
    announce(bus, DELETED if note.status is Status.DELETED else UPDATED, note)
