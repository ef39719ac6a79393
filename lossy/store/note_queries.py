"""What is asked of notes and their changes in SQL, each within the transaction of whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.clock import as_datetime
from lossy.domain.ids import id_text
from lossy.domain.note_query import CATEGORIES, STATUSES, Cursor, Order, Page, Query, Summary, typed_on
from lossy.domain.notes import Note, Status
from lossy.domain.quality import Outcome
from lossy.domain.seen import Seen, seen_by
from lossy.store.note_life import Change, outcome
from lossy.store.notes import CHANGE_COLUMNS, COLUMNS, read_change, read_note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from lossy.domain.note_query import Filters
    from lossy.store.connection import Connection
    from lossy.store.ledger import Entry
    from lossy.store.note_book import Whose

    Condition = tuple[str, tuple[Any, ...]]

RECORD = f"INSERT INTO note_changes ({CHANGE_COLUMNS}, session_id, n) VALUES ({', '.join(['%s'] * 15)})"
MADE_BY_HAND = "INSERT INTO note_outcomes (note_id, category, confidence, outcome, at) VALUES (%s, %s, %s, %s, %s)"
_KEY = {Order.FRAME: "frame_in", Order.NEWEST: "created_at", Order.UPDATED: "updated_at"}


# -- changes ------------------------------------------------------------------------------------------------------


async def latest(connection: Connection[Any], note_id: UUID, limit: int, before: int | None = None) -> list[Change]:
    """In order. `before` is a version."""
    cursor = await connection.execute(
        f"SELECT {CHANGE_COLUMNS} FROM note_changes WHERE note_id = %s AND version < %s ORDER BY version DESC LIMIT %s",
        (note_id, 2**31 - 1 if before is None else before, limit),
    )
    return [read_change(row) for row in await cursor.fetchall()][::-1]


async def beginning(connection: Connection[Any], note_id: UUID) -> Change:
    cursor = await connection.execute(
        f"SELECT {CHANGE_COLUMNS} FROM note_changes WHERE note_id = %s ORDER BY version LIMIT 1", (note_id,)
    )
    row = await cursor.fetchone()
    assert row is not None, "every note has begun"
    return read_change(row)


async def record(connection: Connection[Any], changes: Iterable[Change], entry: Entry | None = None) -> None:
    """`entry` is that of the session's journal with which they commit, where a session made them."""
    for change in changes:
        await connection.execute(RECORD, recorded_row(change, entry))


def recorded_row(change: Change, entry: Entry | None = None) -> tuple[Any, ...]:
    return (
        change.note_id,
        change.version,
        as_datetime(change.at),
        change.by,
        change.event,
        change.status.value,
        change.text,
        change.category.value,
        change.confidence,
        change.frame_in,
        change.frame_out,
        change.request,
        change.takes_back,
        None if entry is None else entry.session_id,
        None if entry is None else entry.n,
    )


def made_by_hand_row(note: Note) -> tuple[Any, ...]:
    """What becomes of a note that nobody judged, as its author made it."""
    return (note.id, note.category.value, note.confidence, Outcome.KEPT.value, as_datetime(note.updated_at))


async def judge_again(connection: Connection[Any], note: Note) -> None:
    """What its author made of it, by what they did with it themselves."""
    cursor = await connection.execute(
        "SELECT status, event FROM note_changes WHERE note_id = %s AND by = %s ORDER BY version",
        (note.id, note.author_id),
    )
    own = await cursor.fetchall()
    made = outcome(Status(own[-1][0]), [event for _, event in own])
    await connection.execute(
        "UPDATE note_outcomes SET outcome = %s, at = %s WHERE note_id = %s",
        (made.value, as_datetime(note.updated_at), note.id),
    )


# -- pages --------------------------------------------------------------------------------------------------------


async def page(connection: Connection[Any], whose: Whose, query: Query) -> Page:
    these = [_of(whose), *_conditions(query.filters)]
    cursor = await connection.execute(f"SELECT count(*) {_from(these)}", _values(these))
    counted = await cursor.fetchone()
    rest = these if query.cursor is None else [*these, _after(query.cursor)]
    name, way = _KEY[query.order], "DESC" if query.order.is_descending else "ASC"
    cursor = await connection.execute(
        f"SELECT {COLUMNS} {_from(rest)} ORDER BY {name} {way}, id {way} LIMIT %s", (*_values(rest), query.limit + 1)
    )
    found = [read_note(row) for row in await cursor.fetchall()]
    more = Cursor.after(query.order, found[query.limit - 1]) if len(found) > query.limit else None
    return Page(tuple(found[: query.limit]), more, counted[0] if counted else 0)


def _from(conditions: Sequence[Condition]) -> str:
    return f"FROM notes WHERE status <> 'deleted' AND {' AND '.join(sql for sql, _ in conditions)}"


def _values(conditions: Sequence[Condition]) -> tuple[Any, ...]:
    return tuple(value for _, values in conditions for value in values)


def _of(whose: Whose) -> Condition:
    if whose.video is not None:
        return ("video_id = %s", (whose.video,))
    return ("author_id = %s AND video_id <> ALL(%s)", (whose.author, [*whose.without]))


def _conditions(filters: Filters) -> list[Condition]:
    since = filters.created_since
    asked: list[tuple[bool, str, Any]] = [
        (bool(filters.categories), "category = ANY(%s)", [each.value for each in filters.categories]),
        (bool(filters.statuses), "status = ANY(%s)", [each.value for each in filters.statuses]),
        (bool(filters.authors), "author_id = ANY(%s)", [*filters.authors]),
        (filters.frame_from is not None, "coalesce(frame_out, frame_in) >= %s", filters.frame_from),
        (filters.frame_to is not None, "frame_in <= %s", filters.frame_to),
        (since is not None, "created_at >= %s", None if since is None else as_datetime(since)),
        (filters.confidence_from is not None, "confidence >= %s", filters.confidence_from),
    ]
    text = [_saying(filters.text)] if filters.text else []
    return [(sql, (value,)) for is_asked, sql, value in asked if is_asked] + text


# So many letters are surely those of the word's stem too; by fewer, too many texts would be found for an index to help.
STEM = 3


def _saying(asked: str) -> Condition:
    """The stem of a word that is half typed is not that of the whole, so its beginning is looked for as it is written,
    where some stem begins alike; and words that mean nothing by themselves may still be the beginning of one.
    """
    words, means = "words @@ websearch_to_tsquery('english', %s)", "numnode(websearch_to_tsquery('english', %s)) > 0"
    split = typed_on(asked)
    if split is None:
        return words, (asked,)
    before, last = split
    begun = f"NOT ({means} AND NOT {words}) AND text ~* %s"
    given: tuple[str, ...] = (before, before, rf"\m{last}")
    if len(last) >= STEM:
        begun = f"NOT ({means} AND NOT words @@ to_tsquery('simple', %s)) AND {begun}"
        given = (last, f"{last[:STEM]}:*", *given)
    return f"({words} OR ({begun}))", (asked, *given)


def _after(cursor: Cursor) -> Condition:
    key = cursor.key if cursor.order is Order.FRAME else as_datetime(cursor.key)
    return f"({_KEY[cursor.order]}, id) {'<' if cursor.order.is_descending else '>'} (%s, %s)", (key, cursor.id)


# -- what there is, and what has changed --------------------------------------------------------------------------


def _counts_of(column: str, names: Iterable[str]) -> str:
    return "".join(f", count(*) FILTER (WHERE {column} = '{name}')" for name in names)


# A row for each video takes the server 11 us; one for each category and status took 52 (decision 46).
_SUMMARIES = (
    f"SELECT video_id{_counts_of('category', CATEGORIES)}{_counts_of('status', STATUSES)} FROM notes"
    " WHERE video_id = ANY(%s::uuid[]) AND status <> 'deleted' GROUP BY video_id"
)


async def summaries(connection: Connection[Any], video_ids: Collection[UUID]) -> dict[UUID, Summary]:
    asked = "{" + ",".join(map(id_text, video_ids)) + "}"  # psycopg looks into each of a list
    cursor = await connection.execute(_SUMMARIES, (asked,))
    found = dict.fromkeys(video_ids, Summary({}, {}))
    for video_id, *counts in await cursor.fetchall():
        categories, statuses = counts[: len(CATEGORIES)], counts[len(CATEGORIES) :]
        found[video_id] = Summary(
            dict(zip(CATEGORIES, categories, strict=True)), dict(zip(STATUSES, statuses, strict=True))
        )
    return found


async def seen(connection: Connection[Any]) -> Seen:
    """What this transaction sees, where it is one that sees the same all the time."""
    cursor = await connection.execute("SELECT pg_current_snapshot()::text")
    row = await cursor.fetchone()
    assert row is not None, "a function has a value"
    return seen_by(row[0])


async def changed(
    connection: Connection[Any], video_id: UUID, since: Seen, after: UUID | None, limit: int
) -> list[Note]:
    """By their ids, the deleted ones too. The first condition on the transaction is what the index knows of."""
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM notes WHERE video_id = %s AND changed_in >= %s::text::xid8"
        " AND NOT pg_visible_in_snapshot(changed_in, %s::text::pg_snapshot) AND (%s::uuid IS NULL OR id > %s)"
        " ORDER BY id LIMIT %s",
        (video_id, str(since.least), str(since), after, after, limit),
    )
    return [read_note(row) for row in await cursor.fetchall()]


async def old_ghosts(connection: Connection[Any], now: datetime, limit: int) -> list[UUID]:
    cursor = await connection.execute(
        "SELECT notes.id FROM notes JOIN user_settings ON user_id = author_id"
        " WHERE status = 'ghost' AND (chosen ->> 'ghost_expiry_days')::integer > 0"
        " AND updated_at < %s::timestamptz - make_interval(days => (chosen ->> 'ghost_expiry_days')::integer)"
        " ORDER BY updated_at LIMIT %s",
        (now, limit),
    )
    return [row[0] for row in await cursor.fetchall()]
