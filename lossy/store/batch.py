"""A batch of commits as one statement, which is a transaction by itself: each only in its writer's epoch.

The rows of a table come as one JSON document. That costs half of what an array for each column does, and a seventh of a
statement for each row; one statement costs a third of BEGIN, one for each table, and COMMIT.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from attrs import define, field
from psycopg import AsyncRawCursor

from lossy.store import rows, snapshots
from lossy.store.ledger import Commit, Fenced, LedgerConflict, Noted, RemarkKnown, SaveNote, SettleRemark
from lossy.store.note_life import NoteLife
from lossy.store.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lossy.store.connection import Connection

Held = tuple[UUID, int]  # a session, and the epoch of a writer


def held(commit: Commit) -> Held:
    return commit.entry.session_id, commit.epoch


# Of the commit that a row is of; its table does not have them.
_OF_COMMIT = {"held_id": "uuid", "held_epoch": "integer"}


def _recordset(table: str, columns: Mapping[str, str]) -> str:
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"json_to_recordset(%({table})s::json) AS given ({typed})"


def _of_held(table: str, columns: Mapping[str, str]) -> str:
    """The rows that are given for the table, but for those of sessions that are not held any more."""
    chosen = ", ".join(f"given.{name}" for name in columns)
    return (
        f"SELECT {chosen} FROM {_recordset(table, {**columns, **_OF_COMMIT})}"
        " JOIN held ON held.id = given.held_id AND held.epoch = given.held_epoch"
    )


def _insert(table: str, columns: Mapping[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) {_of_held(table, columns)}"


# The sessions that would settle a remark which has its outcome already; of a batch that settles none there are none.
# OFFSET 0 has each row looked up by its key: a join is planned while a table is small, as a scan of all of it, and the
# plan is kept while it grows (decision 47).
_REMARK = _recordset("remarks", {"author_id": "uuid", "id": "uuid", **_OF_COMMIT})
_KNOWN = {
    True: f" SELECT DISTINCT given.held_id AS id, given.held_epoch AS epoch FROM {_REMARK}"
    " CROSS JOIN LATERAL (SELECT FROM remarks"
    " WHERE remarks.author_id = given.author_id AND remarks.id = given.id OFFSET 0) AS settled"
    " CROSS JOIN LATERAL (SELECT FROM sessions"
    " WHERE sessions.id = given.held_id AND sessions.epoch = given.held_epoch OFFSET 0) AS its",
    False: " SELECT id, epoch FROM writer WHERE false",
}
# The sessions that are still held in their epochs are locked, all in the same order, and stay so until the transaction
# has ended: whoever takes one up waits for that, and then reads what was written.
_WRITER = (
    f"WITH entry AS MATERIALIZED (SELECT * FROM {_recordset('journal', rows.ENTRY)}),"
    " writer AS (SELECT DISTINCT session_id AS id, epoch FROM entry),"
)
_ENTRIES = (
    " held AS MATERIALIZED (SELECT sessions.id, sessions.epoch FROM sessions JOIN writer USING (id, epoch)"
    " WHERE NOT EXISTS (SELECT FROM known WHERE known.id = sessions.id)"
    " ORDER BY sessions.id FOR SHARE OF sessions),"
    f" journaled AS (INSERT INTO journal ({', '.join(rows.ENTRY)})"
    f" SELECT {', '.join('entry.' + name for name in rows.ENTRY)} FROM entry"
    " JOIN held ON held.id = entry.session_id AND held.epoch = entry.epoch)"
)
_WRITES = "".join(f", of_{table} AS ({_insert(table, columns)})" for table, columns in rows.WRITES.items())
_SESSIONS = (
    f", leaving AS MATERIALIZED ({_of_held('sessions', {'id': 'uuid', **rows.SESSION})}),"
    " left_so AS (UPDATE sessions SET snapshot = coalesce(leaving.snapshot, sessions.snapshot),"
    " snapshot_n = coalesce(leaving.snapshot_n, sessions.snapshot_n),"
    " ended_at = coalesce(leaving.ended_at, sessions.ended_at),"
    " node = CASE WHEN leaving.rests THEN NULL ELSE sessions.node END"
    " FROM leaving WHERE sessions.id = leaving.id),"
    f" {snapshots.KEEP}"
)
_UNWRITTEN = (
    " SELECT id, epoch, known.id IS NOT NULL FROM writer LEFT JOIN known USING (id, epoch)"
    " WHERE NOT EXISTS (SELECT FROM held WHERE held.id = writer.id AND held.epoch = writer.epoch)"
)


def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """As PostgreSQL has it, and the names of what is given, in its order.

    psycopg keeps what it makes of a statement of 4 KB at most, and reads a longer one anew each time.
    """
    names = tuple(dict.fromkeys(re.findall(_NAMED, statement)))
    return re.sub(_NAMED, lambda found: f"${names.index(found[1]) + 1}", statement).encode(), names


_NAMED = r"%\((\w+)\)s"
# Most batches have notes in them and few have snapshots; what is not asked for takes no time.
_STATEMENTS = {
    (writes, sessions): _numbered(
        f"{_WRITER} known AS MATERIALIZED ({_KNOWN[writes]}),{_ENTRIES}"
        + _WRITES * writes
        + _SESSIONS * sessions
        + _UNWRITTEN
    )
    for writes in (False, True)
    for sessions in (False, True)
}


@define(eq=False)
class Batch:
    """What commits insert, as rows by table. Moves of notes are none: they depend on what is there."""

    life: NoteLife
    _rows: dict[str, list[Row]] = field(factory=dict, init=False)

    def add(self, commit: Commit) -> dict[int, Noted]:
        """What each note that it saves is then, by the place of that write."""
        self._rows.setdefault("journal", []).append(rows.of_entry(commit))
        saved = {}
        for place, write in enumerate(commit.writes):
            if isinstance(write, SaveNote):
                saved[place] = self._add_note(commit, write)
            elif isinstance(write, SettleRemark):
                self._add(commit, "remarks", rows.of_remark(write, commit.entry))
        left = rows.of_session(commit)
        if left is not None:
            self._add(commit, "sessions", left)
        return saved

    def _add_note(self, commit: Commit, save: SaveNote) -> Noted:
        begun = self.life.begin(save.note, self_firming=save.self_firming)
        note = begun.kept.note
        self._add(commit, "notes", rows.of_note(note, self.life.stored(begun.kept.state)))
        for change in begun.changes:
            self._add(commit, "note_changes", rows.of_change(change, commit.entry))
        self._add(commit, "note_outcomes", rows.of_outcome(note, save.threshold))
        return Noted(note, changed=True)

    def _add(self, commit: Commit, table: str, row: Row) -> None:
        row["held_id"], row["held_epoch"] = commit.entry.session_id, commit.epoch
        self._rows.setdefault(table, []).append(row)

    async def write(self, connection: Connection[Any]) -> dict[Held, type[LedgerConflict]]:
        """Those of whom nothing was written, and why: Fenced or RemarkKnown. Raises as a commit at fault does."""
        writes, sessions = not self._rows.keys().isdisjoint(rows.WRITES), "sessions" in self._rows
        given: dict[str, object] = {"kept": snapshots.KEPT}
        given |= {table: _document(self._rows.get(table, ())) for table in ("journal", *rows.WRITES, "sessions")}
        self._rows.clear()  # they are in what is given, and need not be there while the database takes its time
        statement, names = _STATEMENTS[writes, sessions]
        cursor = AsyncRawCursor(connection)
        await cursor.execute(statement, [given[name] for name in names])
        return {(id, epoch): RemarkKnown if known else Fenced for id, epoch, known in await cursor.fetchall()}


def _document(rows: Iterable[Row]) -> str:
    return orjson.dumps([*rows]).decode()
