"""A note: what one reviewer said about one moment of a video."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import Factory, field, frozen

from lossy.domain.ids import id_text
from lossy.domain.timecode import Rate, ms_of

# A recording ends after a minute, and a minute of fast speech is 250 words or 1,500 characters. Edits and merges may
# make more of it. A transcript is longer than its note by what cleaning takes away.
MAX_TEXT = 4_000
MAX_TRANSCRIPT = 10_000

DAY_MS = 24 * 3_600_000


class Category(StrEnum):
    """What an editor touches to settle the note; for PRAISE, nothing, and for QUESTION, an answer."""

    PACING = "pacing"  # where cuts fall, how long shots last, speed, transitions
    AUDIO = "audio"  # music, voices, effects: level, quality, choice, sync
    COLOR = "color"  # grade, exposure, light, white balance, grain
    GRAPHICS = "graphics"  # text, titles, captions, logos, animation, visual effects
    FRAMING = "framing"  # composition, crop, focus, camera movement, choice of angle
    CONTINUITY = "continuity"  # what does not match between shots, or should not be in the picture
    PERFORMANCE = "performance"  # acting, delivery, choice of take
    STORY = "story"  # structure, order, clarity, script, facts
    PRAISE = "praise"  # good as it is
    QUESTION = "question"  # needs an answer and asks for no change
    GENERAL = "general"  # anything else


class Status(StrEnum):
    """How far a note has come: said, confirmed, on its way to the platform, there."""

    GHOST = "ghost"
    FIRMED = "firmed"
    QUEUED = "queued"
    POSTING = "posting"
    POSTED = "posted"
    FAILED = "failed"
    DELETED = "deleted"


class NoteError(ValueError):
    """A note with these values cannot be."""


@frozen
class Note:
    """`frame_out` is the last frame it is about, inclusive. Instants are in ms since the Unix epoch.

    The true onset of the remark lies within `onset_uncertainty_ms` of `frame_in`. `transcript` is the raw one.
    `version` counts the changes that are recorded of it, its beginning among them.
    """

    id: UUID
    video_id: UUID
    session_id: UUID | None
    author_id: UUID
    text: str
    category: Category
    confidence: float
    frame_in: int
    frame_out: int | None
    rate: Rate
    onset_uncertainty_ms: int
    status: Status
    transcript: str
    provenance: Mapping[str, Any]
    created_at: int
    version: int = 1
    updated_at: int = field(default=Factory(lambda note: note.created_at, takes_self=True))

    def __attrs_post_init__(self) -> None:
        """Raises NoteError."""
        if not 0 < len(self.text) <= MAX_TEXT:
            raise NoteError(f"text must have 1 to {MAX_TEXT} characters, not {len(self.text)}")
        if len(self.transcript) > MAX_TRANSCRIPT:
            raise NoteError(f"transcript must have at most {MAX_TRANSCRIPT} characters, not {len(self.transcript)}")
        if not 0 <= self.confidence <= 1:
            raise NoteError(f"confidence must be in 0..1: {self.confidence}")
        if self.frame_in < 0 or (self.frame_out is not None and self.frame_out < self.frame_in):
            raise NoteError(f"frames must hold 0 <= in <= out: {self.frame_in}, {self.frame_out}")


def has_expired(note: Note, now: int, days: int) -> bool:
    """Whether it is a ghost that nobody has touched for so many days; with 0, ghosts are kept."""
    return note.status is Status.GHOST and days > 0 and note.updated_at < now - days * DAY_MS


def as_payload(note: Note) -> dict[str, Any]:
    """The note on the wire: JSON values under these keys. `media_ms` is when `frame_in` begins to show."""
    return {
        "id": id_text(note.id),
        "video_id": id_text(note.video_id),
        "session_id": None if note.session_id is None else id_text(note.session_id),
        "author_id": id_text(note.author_id),
        "text": note.text,
        "category": note.category.value,
        "confidence": note.confidence,
        "frame_in": note.frame_in,
        "frame_out": note.frame_out,
        "rate": {"num": note.rate.num, "den": note.rate.den},
        "media_ms": ms_of(note.frame_in, note.rate),
        "onset_uncertainty_ms": note.onset_uncertainty_ms,
        "status": note.status.value,
        "transcript": note.transcript,
        "provenance": dict(note.provenance),
        "created_at": note.created_at,
        "version": note.version,
        "updated_at": note.updated_at,
    }


def as_told(note: Note) -> dict[str, Any]:
    """The note, as those who look at its video are told of it."""
    return as_removed(note) if note.status is Status.DELETED else as_payload(note)


def as_removed(note: Note) -> dict[str, Any]:
    """What those who look at a video are told of a note that is deleted: not its words."""
    told = {"id": str(note.id), "video_id": str(note.video_id), "status": note.status.value}
    return {**told, "version": note.version, "updated_at": note.updated_at}
