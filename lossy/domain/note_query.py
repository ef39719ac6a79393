"""Which notes somebody asks for, in which order, and where the next page begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from lossy.domain.notes import Category, Note, Status
from lossy.domain.seen import NotSeen, Seen, read_seen

# Notes in a page, and in the largest that may be asked for.
PAGE = 100
MOST = 1_000
# What somebody types to find a note; PostgreSQL makes a tree of it.
MAX_SEARCH = 200
# Of authors, categories or statuses to choose from.
CHOICES = 50

_CURSOR = re.compile(r"([a-z]+)\.(\d{1,15})\.([0-9a-f]{32})", re.ASCII)
# The last moment of the calendar that Python and PostgreSQL share.
LATEST_MS = 253_402_300_799_999
_HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)
_WORD = re.compile(r"\w+")
_LAST = re.compile(r"(|.*\s)(\w+)", re.DOTALL)


class Order(StrEnum):
    FRAME = "frame"  # as in the film
    NEWEST = "newest"  # first, by when they were made
    UPDATED = "updated"  # the latest change first

    @property
    def is_descending(self) -> bool:
        return self is not Order.FRAME


class CursorError(ValueError):
    """It is not one that a server gave for what is asked."""


@frozen
class Cursor:
    """The note that a page ended with: its place in the order, and its id, which settles ties."""

    order: Order
    key: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.order}.{self.key}.{self.id.hex}"

    @classmethod
    def after(cls, order: Order, note: Note) -> Cursor:
        return cls(order, key(order, note), note.id)

    @classmethod
    def read(cls, order: Order, text: str) -> Cursor:
        """Raises CursorError."""
        parts = _CURSOR.fullmatch(text)
        if parts is None or parts[1] != order or int(parts[2]) > LATEST_MS:
            raise CursorError
        return cls(order, int(parts[2]), UUID(parts[3]))


@frozen
class Further:
    """Where a list of changes goes on: what is seen once all of it is, and the note that the page before ended with."""

    seen: Seen
    after: UUID

    def __str__(self) -> str:
        return f"{self.seen}.{self.after.hex}"

    @classmethod
    def read(cls, text: str) -> Further:
        """Raises CursorError."""
        seen, _, after = text.rpartition(".")
        if _HEX.fullmatch(after) is None:
            raise CursorError
        try:
            return cls(read_seen(seen), UUID(after))
        except NotSeen:
            raise CursorError from None


def key(order: Order, note: Note) -> int:
    match order:
        case Order.FRAME:
            return note.frame_in
        case Order.NEWEST:
            return note.created_at
        case Order.UPDATED:
            return note.updated_at


@frozen
class Filters:
    """Every one that is given must fit. Nobody is shown a note that is deleted, whatever they ask for."""

    categories: tuple[Category, ...] = ()
    statuses: tuple[Status, ...] = ()
    authors: tuple[UUID, ...] = ()
    frame_from: int | None = None  # notes that are about any frame from there
    frame_to: int | None = None  # up to there
    text: str = ""  # as one searches the web: words, "a phrase", or, -not; the last word may be the beginning of one
    created_since: int | None = None  # ms
    confidence_from: float | None = None


@frozen
class Query:
    filters: Filters = Filters()
    order: Order = Order.FRAME
    limit: int = PAGE
    cursor: Cursor | None = None


@frozen
class Page:
    """`cursor` is where the next page begins, None on the last one. `total` is of all pages, by the same filters."""

    notes: tuple[Note, ...]
    cursor: Cursor | None
    total: int


@frozen
class Opening(Page):
    """The first page, and what is seen with it."""

    seen: Seen


# Of notes that are shown.
CATEGORIES = tuple(each.value for each in Category)
STATUSES = tuple(each.value for each in Status if each is not Status.DELETED)


@frozen
class Summary:
    """How many notes of a video are shown, by category and by status."""

    categories: Mapping[str, int]
    statuses: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.statuses.values())

    def as_payload(self) -> dict[str, object]:
        """With each category and status there is, but `deleted`."""
        return {
            "total": self.total,
            "categories": {name: self.categories.get(name, 0) for name in CATEGORIES},
            "statuses": {name: self.statuses.get(name, 0) for name in STATUSES},
        }


def fits(filters: Filters, note: Note) -> bool:
    """As the database judges it; of the text only whether each word is there, and what the last one begins."""
    last = note.frame_in if note.frame_out is None else note.frame_out
    return (
        note.status is not Status.DELETED
        and note.category in (filters.categories or Category)
        and note.status in (filters.statuses or Status)
        and (not filters.authors or note.author_id in filters.authors)
        and (filters.frame_from is None or last >= filters.frame_from)
        and (filters.frame_to is None or note.frame_in <= filters.frame_to)
        and (filters.created_since is None or note.created_at >= filters.created_since)
        and (filters.confidence_from is None or note.confidence >= filters.confidence_from)
        and _says(filters.text, note.text)
    )


def typed_on(text: str) -> tuple[str, str] | None:
    """The words before the last one, and that one, which somebody may still be typing; None where that is no word, or
    one of a phrase. It is of letters, digits and underscores alone.
    """
    parts = _LAST.fullmatch(text)
    return None if parts is None or parts[1].count('"') % 2 else (parts[1], parts[2])


def _says(asked: str, text: str) -> bool:
    said = {*_words(text)}
    if {*_words(asked)} <= said:
        return True
    before, last = typed_on(asked) or ("", "")
    return bool(last) and {*_words(before)} <= said and any(word.startswith(last.lower()) for word in said)


def comes_after(note: Note, cursor: Cursor) -> bool:
    here, there = (key(cursor.order, note), note.id.int), (cursor.key, cursor.id.int)
    return here < there if cursor.order.is_descending else here > there


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
