"""Notes to be, out of markers that were found. The same file gives the same notes, however often it is imported.

An id in a file is a claim, and a file may come from anywhere: it counts where this film has that note. Elsewhere, as
where the notes of one cut are brought to the next, an id is made from it, and without one from what the marker says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from attrs import frozen

from lossy.domain.notes import Category

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from lossy.domain.imports.found import Found


@frozen
class Draft:
    id: UUID
    text: str
    category: Category
    frame_in: int
    frame_out: int | None


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
