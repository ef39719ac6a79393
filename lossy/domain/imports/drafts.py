"""Notes to be, out of markers that were found. The same file gives the same notes, however often it is imported.

An id in a file is a claim, and a file may come from anywhere: it counts where this film has that note. Elsewhere, as
where the notes of one cut are brought to the next, an id is made from it, and without one from what the marker says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from attrs import frozen

from lossy.domain.notes import Category, Note, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from lossy.domain.imports.found import Found
    from lossy.domain.timecode import Rate


BY = "import"  # in a note's provenance


@frozen
class Source:
    """Where markers came from: the name of their file, where it is known, and who brought it: `web`, or `cli:` and the
    name of whoever ran the command.
    """

    file: str | None
    via: str


@frozen
class Draft:
    id: UUID
    text: str
    category: Category
    frame_in: int
    frame_out: int | None

    def as_note(self, video_id: UUID, rate: Rate, author_id: UUID, source: Source, now: int) -> Note:
        """Nobody doubts it: somebody set that marker at that frame."""
        return Note(
            id=self.id,
            video_id=video_id,
            session_id=None,
            author_id=author_id,
            text=self.text,
            category=self.category,
            confidence=1.0,
            frame_in=self.frame_in,
            frame_out=self.frame_out,
            rate=rate,
            onset_uncertainty_ms=0,
            status=Status.GHOST,  # its chart firms it at once
            transcript="",
            provenance={"by": BY, "file": source.file, "via": source.via},
            created_at=now,
        )


def claims(found: Iterable[Found]) -> frozenset[UUID]:
    """The ids of notes that the file says it has."""
    return frozenset(marker.id for marker in found if marker.id is not None)


def drafts(video_id: UUID, found: Iterable[Found], known: AbstractSet[UUID]) -> tuple[Draft, ...]:
    """What to make of a file. `known` are those of its claims that are notes of this film: they are there already."""
    made: dict[UUID, Draft] = {}
    claimed = set[UUID]()
    for marker in found:
        # A marker that was copied in the tool claims to be the note that the first one is.
        claim = None if marker.id in claimed else marker.id
        if claim is not None:
            claimed.add(claim)
        if claim not in known:
            draft = _draft(video_id, marker, claim)
            made.setdefault(draft.id, draft)
    return tuple(made.values())


def _draft(video_id: UUID, marker: Found, claim: UUID | None) -> Draft:
    name = f"marker {marker.frame_in} {marker.frame_out} {marker.text}" if claim is None else f"note {claim}"
    category = marker.category or Category.GENERAL
    return Draft(uuid5(video_id, name), marker.text, category, marker.frame_in, marker.frame_out)
