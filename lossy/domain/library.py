"""A user's videos: what becomes of one that is seen, or that somebody wants to review later."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from lossy.domain.platforms.address import MAX_URL
from lossy.domain.platforms.detect import clean_title, detect, title_of
from lossy.domain.platforms.model import Detected, Kind, Platform
from lossy.domain.timecode import Rate

# Videos of a page of the library, and of one at the most: each is a row and a count of its notes.
SHELF, MAX_SHELF = 50, 200
# Of a video whose player nobody has looked at yet. Nothing counts in its frames: with the first note comes a player.
PROVISIONAL = Rate(25)


class Status(StrEnum):
    QUEUED = "queued"  # to be reviewed
    ACTIVE = "active"
    ARCHIVED = "archived"  # done with, and out of the way


@frozen
class Sighting:
    """A video as a page showed it, or as somebody named it. What nobody could tell is empty or None."""

    detected: Detected
    page_url: str
    title: str
    rate: Rate | None
    duration_ms: int | None


@frozen
class Entry:
    """A video of its owner's.

    `url` opens it, `page_url` is where it was last seen. `same_as` is the video that is meant where two rows of before
    turned out to be one: it is seen and queued there, and what was noted here stays here. Times in ms.
    """

    id: UUID
    owner_id: UUID
    platform: Platform
    canonical_id: str
    kind: Kind
    key: str | None  # without which `url` may not open
    url: str
    page_url: str
    title: str
    rate: Rate
    duration_ms: int | None
    status: Status
    same_as: UUID | None = None
    is_noted: bool = False  # notes count in its frames, deleted ones too: they may come back
    notes: int = 0  # without those
    created_at: int = 0
    last_seen_at: int = 0

    @property
    def is_rate_assumed(self) -> bool:
        """Nobody has seen its player, which tells how long the film is, nor noted anything while seeing it."""
        is_unseen = self.status is Status.QUEUED or not self.is_noted
        return self.rate == PROVISIONAL and self.duration_ms is None and is_unseen


def sighting(url: str, title: str = "", rate: Rate | None = None, duration_ms: int | None = None) -> Sighting | None:
    """None for what is no address of the web, or a longer one than is kept."""
    detected = detect(url)
    if detected is None or len(url) > MAX_URL:
        return None
    return Sighting(detected, url, clean_title(detected.platform, title), rate, duration_ms or None)


def first(seen: Sighting, id: UUID, owner_id: UUID, status: Status = Status.ACTIVE) -> Entry:
    """A video that nobody knew of."""
    found = seen.detected
    return Entry(
        id=id,
        owner_id=owner_id,
        platform=found.platform,
        canonical_id=found.canonical_id,
        kind=found.kind,
        key=found.key,
        url=found.url,
        page_url=seen.page_url,
        title=title_of(found, seen.title),
        rate=seen.rate or PROVISIONAL,
        duration_ms=seen.duration_ms,
        status=status,
    )


def seen_again(entry: Entry, seen: Sighting) -> Entry:
    """What is known after a page has shown it once more.

    Its rate stays as soon as notes count in its frames, and its address as long as it is the only one with the key.
    One that was waiting is not waiting any more; who archived it has to say so to have it back.
    """
    found = seen.detected
    opens = entry if entry.key is not None and found.key is None else found
    return evolve(
        entry,
        kind=found.kind,
        key=opens.key,
        url=opens.url,
        page_url=seen.page_url,
        title=title_of(found, seen.title) if seen.title else entry.title,
        rate=entry.rate if entry.is_noted or seen.rate is None else seen.rate,
        duration_ms=seen.duration_ms or entry.duration_ms,
        status=Status.ACTIVE if entry.status is Status.QUEUED else entry.status,
    )


def queued_again(entry: Entry) -> Entry:
    """They need not have seen it, so nothing else is known of it than before."""
    return evolve(entry, status=Status.QUEUED)


def looks_same(before: Entry, after: Entry) -> bool:
    """To somebody who has it in a list: that it was seen once more is no news."""
    return evolve(before, page_url=after.page_url, last_seen_at=after.last_seen_at) == after


def as_payload(entry: Entry) -> dict[str, Any]:
    return {
        "video_id": str(entry.id),
        "platform": entry.platform.value,
        "canonical_id": entry.canonical_id,
        "kind": entry.kind.value,
        "url": entry.url,
        "page_url": entry.page_url,
        "title": entry.title,
        "rate": str(entry.rate),
        "duration_ms": entry.duration_ms,
        "status": entry.status.value,
        "same_as": None if entry.same_as is None else str(entry.same_as),
        "notes": entry.notes,
        "created_at": entry.created_at,
        "last_seen_at": entry.last_seen_at,
    }
