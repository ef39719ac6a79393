"""What is exported: notes as markers, in the order of the film. Every format is derived from this one value."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.domain.notes import Category, Status
from lossy.domain.smpte import Timecode, has_timecode
from lossy.domain.timecode import Rate, TimecodeError, frame_at, ms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

# What a film is numbered from where nobody says otherwise: Resolve's own default.
START = "01:00:00:00"

EXPORTABLE = frozenset(Status) - {Status.DELETED}


class Colour(StrEnum):
    """Those that OpenTimelineIO names; each tool has the nearest of its own."""

    BLUE = "BLUE"
    CYAN = "CYAN"
    GREEN = "GREEN"
    MAGENTA = "MAGENTA"
    ORANGE = "ORANGE"
    PINK = "PINK"
    PURPLE = "PURPLE"
    RED = "RED"
    YELLOW = "YELLOW"


# An editor filters markers by colour: by what they would touch. Green asks for nothing.
COLOURS: Mapping[Category, Colour] = {
    Category.PACING: Colour.CYAN,
    Category.AUDIO: Colour.ORANGE,
    Category.COLOR: Colour.MAGENTA,
    Category.GRAPHICS: Colour.PURPLE,
    Category.FRAMING: Colour.PINK,
    Category.CONTINUITY: Colour.RED,
    Category.PERFORMANCE: Colour.PINK,
    Category.STORY: Colour.BLUE,
    Category.PRAISE: Colour.GREEN,
    Category.QUESTION: Colour.YELLOW,
    Category.GENERAL: Colour.BLUE,
}


@frozen
class Marker:
    """A note at its frames; `frame_out` is the last one, inclusive, and none where the note is of a moment."""

    id: UUID
    frame_in: int
    frame_out: int | None
    text: str
    category: Category
    status: Status
    author: str
    created_at: int  # ms since the Unix epoch

    @property
    def colour(self) -> Colour:
        return COLOURS[self.category]

    @property
    def last_frame(self) -> int:
        return self.frame_in if self.frame_out is None else self.frame_out


@frozen
class Film:
    """What the notes are of. `timecode` is none where its rate has none; then there are frames and media times."""

    video_id: UUID
    title: str
    rate: Rate
    timecode: Timecode | None

    @property
    def numbered(self) -> Timecode:
        """For formats that cannot do without. Raises TimecodeError."""
        if self.timecode is None:
            raise TimecodeError(f"there is no timecode at {self.rate} frames a second")
        return self.timecode


def film(video_id: UUID, title: str, rate: Rate, start: str | None = None, *, drop: bool = False) -> Film:
    """`start` is the timecode of the first frame. Raises TimecodeError where a start is asked for that cannot be."""
    if start is None and not drop and not has_timecode(rate):
        return Film(video_id, title, rate, None)
    return Film(video_id, title, rate, Timecode.starting(rate, start or START, drop=drop))


@frozen
class Said:
    """What is exported of a note, and what its author is called. Its frames are counted at `rate`."""

    id: UUID
    text: str
    category: Category
    status: Status
    frame_in: int
    frame_out: int | None
    rate: Rate
    author: str
    created_at: int


@frozen
class Sheet:
    film: Film
    markers: tuple[Marker, ...]

    @property
    def end(self) -> int:
        """How many frames the film has at least."""
        return max((marker.last_frame + 1 for marker in self.markers), default=1)


def sheet(film: Film, said: Iterable[Said], statuses: AbstractSet[Status] = EXPORTABLE) -> Sheet:
    """The notes in these statuses, those that are deleted never. Notes of one frame are in the order they were made."""
    markers = [_marker(film.rate, each) for each in said if each.status in statuses & EXPORTABLE]
    return Sheet(film, tuple(sorted(markers, key=lambda marker: (marker.frame_in, marker.created_at, marker.id))))


def _marker(rate: Rate, said: Said) -> Marker:
    return Marker(
        id=said.id,
        frame_in=_reframed(said.frame_in, said.rate, rate),
        frame_out=None if said.frame_out is None else _reframed(said.frame_out, said.rate, rate),
        text=said.text,
        category=said.category,
        status=said.status,
        author=said.author,
        created_at=said.created_at,
    )


def _reframed(frame: int, of: Rate, rate: Rate) -> int:
    """A note keeps the rate that it was made at, and the film may since be known by another."""
    return frame if of == rate else frame_at(ms_of(frame, of), rate)
