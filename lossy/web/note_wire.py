"""Notes between the wire and what the desk and the reading take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from lossy.channels.errors import invalid
from lossy.domain.note_query import MOST, Cursor, CursorError, Filters, Further, Order, Page, Query
from lossy.domain.notes import Note, Status, as_payload, as_removed
from lossy.domain.seen import NotSeen, Seen, read_seen
from lossy.sessions.note_decisions import Request, Wording
from lossy.sessions.note_draft import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from lossy.channels.note_payloads import CreateNote, GetChanges, GetNotes, NoteRequest, NoteWording
    from lossy.store.note_book import Changes
    from lossy.store.note_life import Change

Payload = dict[str, Any]
CHANGES = MOST  # in one answer; a join after a night away, of a reviewer who talks all day, brings some hundreds


# -- what is asked ------------------------------------------------------------------------------------------------


def query_of(asked: GetNotes, order: Order | None = None) -> Query:
    """Raises Refusal (invalid) for a cursor that is none of this order."""
    order = order or Order(asked.order)
    filters = Filters(
        categories=tuple(asked.category),
        statuses=tuple(asked.status),
        authors=tuple(asked.author),
        frame_from=asked.frame_from,
        frame_to=asked.frame_to,
        text=asked.text,
        created_since=asked.created_since,
        confidence_from=asked.confidence_from,
    )
    try:
        cursor = None if asked.cursor is None else Cursor.read(order, asked.cursor)
    except CursorError:
        raise invalid("cursor", "It is of no page in this order.") from None
    return Query(filters, order, asked.limit, cursor)


def since_of(asked: GetChanges) -> tuple[Seen, Further | None]:
    """Raises Refusal (invalid)."""
    try:
        further = None if asked.cursor is None else Further.read(asked.cursor)
    except CursorError:
        raise invalid("cursor", "It is of no page of changes.") from None
    try:
        return read_seen(asked.version), further
    except NotSeen:
        raise unknown_version() from None


def unknown_version() -> Exception:
    return invalid("version", "This server has not said that. Join without one.")


def draft_of(video_id: UUID, asked: CreateNote) -> Draft:
    """Raises Refusal (invalid) for an end without a beginning."""
    for first, last in (("frame_in", "frame_out"), ("media_ms", "media_end_ms")):
        if getattr(asked, first) is None and getattr(asked, last) is not None:
            raise invalid(last, f"Without `{first}` it is the end of nothing.")
    frames = None if asked.frame_in is None else (asked.frame_in, asked.frame_out)
    media_ms = None if asked.media_ms is None else (asked.media_ms, asked.media_end_ms)
    return Draft(asked.id, video_id, asked.text, asked.category, frames, media_ms, asked.at)


def wording_of(asked: NoteWording) -> Wording:
    """Raises Refusal (invalid)."""
    if asked.frame_in is None and asked.frame_out is not None:
        raise invalid("frame_out", "Without `frame_in` it is the end of nothing.")
    frames = None if asked.frame_in is None else (asked.frame_in, asked.frame_out)
    return Wording(asked.text, asked.category, frames)


def request_of(by: UUID, now: int, asked: NoteWording | NoteRequest) -> Request:
    return Request(by, now, asked.version, asked.request_id)


# -- what is answered ---------------------------------------------------------------------------------------------


def left(note: Note) -> Payload:
    """The note as a change left it."""
    return {"gone": as_removed(note)} if note.status is Status.DELETED else {"note": as_payload(note)}


def page_told(page: Page) -> Payload:
    cursor = None if page.cursor is None else str(page.cursor)
    return {"notes": [as_payload(note) for note in page.notes], "cursor": cursor, "total": page.total}


def changes_told(changes: Changes, further: Further | None) -> Payload:
    """`further` is where this page began, unless it is the first: what is seen is what that one saw."""
    seen = changes.seen if further is None else further.seen
    deleted = [note for note in changes.notes if note.status is Status.DELETED]
    return {
        "notes": [as_payload(note) for note in changes.notes if note not in deleted],
        "deleted": [as_removed(note) for note in deleted],
        "cursor": None if changes.after is None else str(Further(seen, changes.after)),
        "version": str(seen),
    }


def history_told(note: Note, changes: Sequence[Change], limit: int) -> Payload:
    more = len(changes) == limit and changes[-1].version > 1
    return {
        "note": as_payload(note),
        "changes": [_change(change) for change in changes],
        "before": changes[-1].version if more else None,
    }


def _change(change: Change) -> Payload:
    told = attrs.asdict(change, filter=lambda field, value: field.name not in ("note_id", "request"))
    return told | {
        "by": None if change.by is None else str(change.by),
        "status": change.status.value,
        "category": change.category.value,
    }
