"""A note that somebody types. Its id is made by their client, so that making it twice gives the same note."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.channels.errors import invalid
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import frame_at
from lossy.inference.rules import Remark, structure

if TYPE_CHECKING:
    from lossy.store.note_book import Begun
    from lossy.store.videos import Video

# With the time in front, and not one of those that follow from a session and a remark: nobody can take such an id
# before the session does.
ID_VERSION = 7
BY = "hand"


@frozen
class Draft:
    """Where in the film it is by frames, in and out, or by media time in ms. Without a category, that of its words.

    `made_at` is when it was typed (ms), which may be long ago where there was no connection.
    """

    id: UUID
    video_id: UUID
    text: str
    category: Category | None = None
    frames: tuple[int, int | None] | None = None
    media_ms: tuple[int, int | None] | None = None
    made_at: int | None = None


def note_of(draft: Draft, video: Video, author: UUID, now: int) -> Note:
    """Who types a note means it, so there is no doubt about it. Raises Refusal (invalid)."""
    if draft.id.version != ID_VERSION:
        raise invalid("id", "It must be a UUID of version 7.")
    if not draft.text.strip():
        raise invalid("text", "It is blank.")
    frame_in, frame_out = frames_of(draft, video)
    if frame_out is not None and frame_out < frame_in:
        raise invalid("frame_out", "It ends before it begins.")
    return Note(
        id=draft.id,
        video_id=video.id,
        session_id=None,
        author_id=author,
        text=draft.text,
        category=draft.category or structure(Remark(draft.text, 0, 0, None)).category,
        confidence=1.0,
        frame_in=frame_in,
        frame_out=frame_out,
        rate=video.rate,
        onset_uncertainty_ms=0,
        status=Status.GHOST,  # its chart firms it at once
        transcript="",
        provenance={"by": BY},
        created_at=now if draft.made_at is None else min(now, draft.made_at),
        updated_at=now,
    )


def frames_of(draft: Draft, video: Video) -> tuple[int, int | None]:
    """Raises Refusal (invalid)."""
    if (draft.frames is None) == (draft.media_ms is None):
        raise invalid("frame_in", "A note is at a frame or at a media time, one of the two.")
    if draft.frames is not None:
        return draft.frames
    assert draft.media_ms is not None, "one of the two is there"
    first, last = draft.media_ms
    return frame_at(first, video.rate), None if last is None else frame_at(last, video.rate)


def is_the_same(draft: Draft, video: Video, there: Begun) -> bool:
    """Whether the note that is there began as this draft, whatever became of it."""
    said = there.said
    at_the_place = (there.note.video_id, (said.frame_in, said.frame_out)) == (video.id, frames_of(draft, video))
    return at_the_place and said.text == draft.text and draft.category in (None, said.category)
