"""The ledger in PostgreSQL. One writer task commits for all sessions of the node together (group commit)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import psycopg
import trio
from attrs import define, field
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime
from lossy.store import notes
from lossy.store.ledger import Commit, EndSession, Entry, LedgerConflict, SaveNote, SettleRemark, Stored, Write
from lossy.store.pool import Pool, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from lossy.store.connection import Connection

# A session waits for its commit before its next event, so this many sessions can be waiting; the next one waits for
# room in the channel, and with it only that session.
WAITING = 1024
# Commits in one transaction: enough to spread the cost of its fsync, few enough that nobody waits long for it.
BATCH = 200
# A restart of PostgreSQL takes about a second; after these pauses it is away, and sessions are told.
RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
# What one commit can be at fault for: the database refuses it, or it has no form there.
UNWRITABLE = (psycopg.Error, TypeError, ValueError)


@define(eq=False)
class _Pending:
    commit: Commit
    done: trio.Event = field(factory=trio.Event)
    error: Exception | None = None

    def settle(self, error: Exception | None) -> None:
        self.error = error
        self.done.set()


class PostgresLedger:
    """`run` must be running in some nursery: it is the writer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._send, self._receive = trio.open_memory_channel[_Pending](WAITING)

    async def commit(self, commit: Commit) -> None:
        pending = _Pending(commit)
        await self._send.send(pending)
        await pending.done.wait()
        if pending.error is not None:
            raise pending.error

    async def run(self) -> None:
        async for first in self._receive:
            batch = [first, *self._more(BATCH - 1)]
            await self._settle(batch)

    def _more(self, limit: int) -> list[_Pending]:
        more: list[_Pending] = []
        while len(more) < limit:
            try:
                more.append(self._receive.receive_nowait())
            except trio.WouldBlock:
                break
        return more

    async def _settle(self, batch: Sequence[_Pending]) -> None:
        """Writes the batch, again and again while the database is away; after the last pause, all are told so."""
        for pause in (*RETRY_S, None):
            waiting = [pending for pending in batch if not pending.done.is_set()]
            try:
                return await self._write_each(waiting)
            except StoreError as error:
                if pause is None:
                    for pending in waiting:
                        pending.settle(error)
                else:
                    await trio.sleep(pause)

    async def _write_each(self, batch: Sequence[_Pending]) -> None:
        """In one transaction; where a commit is at fault, each in its own. Raises StoreError: the database is away."""
        try:
            await self._write([pending.commit for pending in batch])
        except UNWRITABLE:
            for pending in batch:
                pending.settle(await self._fault(pending.commit))
        else:
            for pending in batch:
                pending.settle(None)

    async def _fault(self, commit: Commit) -> Exception | None:
        """Writes the commit alone; what is wrong with it, or None. Raises StoreError when the database is away."""
        try:
            await self._write([commit])
        except psycopg.IntegrityError as error:
            entry = commit.entry
            if await self._is_written(entry):
                return None
            return LedgerConflict(f"session {entry.session_id}, entry {entry.n}: {error}")
        except UNWRITABLE as error:
            return StoreError(f"not written: {error}")
        return None

    async def _is_written(self, entry: Entry) -> bool:
        """Whether what stands in the way is this very entry: the connection broke after its commit."""
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT FROM journal WHERE session_id = %s AND n = %s"
                " AND (at, chart, event, payload, device_id, seq, taken)"
                " IS NOT DISTINCT FROM (%s, %s, %s, %s, %s, %s, %s)",
                _row(entry),
            )
            return await cursor.fetchone() is not None

    async def _write(self, commits: Sequence[Commit]) -> None:
        async with self._pool.lend() as connection, connection.transaction(), connection.pipeline():
            for commit in commits:
                await _write_entry(connection, commit.entry)
                for write in commit.writes:
                    await _perform(connection, commit.entry, write)
                if commit.snapshot is not None:
                    await connection.execute(
                        "UPDATE sessions SET snapshot = %s, snapshot_n = %s WHERE id = %s",
                        (Jsonb(commit.snapshot), commit.entry.n, commit.entry.session_id),
                    )

    async def begin(self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]) -> bool:
        async with self._pool.lend() as connection:
            await connection.execute(
                "INSERT INTO sessions (id, user_id, video_id, snapshot) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (id) DO NOTHING",
                (session_id, user_id, video_id, Jsonb(snapshot)),
            )
            cursor = await connection.execute(
                "SELECT FROM sessions WHERE id = %s AND user_id = %s AND video_id = %s", (session_id, user_id, video_id)
            )
            return await cursor.fetchone() is not None

    async def load(self, session_id: UUID) -> Stored | None:
        async with self._pool.lend() as connection, connection.transaction():
            cursor = await connection.execute(
                "UPDATE sessions SET epoch = epoch + 1 WHERE id = %s"
                " RETURNING user_id, video_id, epoch, snapshot_n, snapshot, ended_at IS NOT NULL",
                (session_id,),
            )
            row = await cursor.fetchone()
            if row is None:
                return None
            user_id, video_id, epoch, snapshot_n, snapshot, ended = row
            cursor = await connection.execute(
                "SELECT session_id, n, at, chart, event, payload, device_id, seq, taken"
                " FROM journal WHERE session_id = %s AND n > %s ORDER BY n",
                (session_id, snapshot_n),
            )
            entries = [_entry(row) async for row in cursor]
            return Stored(user_id, video_id, epoch, snapshot_n, snapshot, entries, ended)

    async def unfinished(self, limit: int) -> Sequence[UUID]:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY created_at DESC LIMIT %s", (limit,)
            )
            return [*chain.from_iterable(await cursor.fetchall())]

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None:
        async with self._pool.lend() as connection:
            cursor = await connection.execute(
                "SELECT outcome FROM remarks WHERE author_id = %s AND id = %s", (author_id, remark_id)
            )
            row = await cursor.fetchone()
            return row[0] if row else None


def _entry(row: tuple[Any, ...]) -> Entry:
    session_id, n, at, chart, event, payload, device_id, seq, taken = row
    return Entry(session_id, n, at, chart, event, payload, device_id, seq, tuple(taken))


def _row(entry: Entry) -> tuple[Any, ...]:
    what = (entry.at, entry.chart, entry.event, Jsonb(entry.payload))
    return entry.session_id, entry.n, *what, entry.device_id, entry.seq, [*entry.taken]


async def _write_entry(connection: Connection[Any], entry: Entry) -> None:
    await connection.execute(
        "INSERT INTO journal (session_id, n, at, chart, event, payload, device_id, seq, taken)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        _row(entry),
    )


async def _perform(connection: Connection[Any], entry: Entry, write: Write) -> None:
    match write:
        case SaveNote(note):
            await notes.insert(connection, note)
        case SettleRemark(author_id, id, outcome):
            await connection.execute(
                "INSERT INTO remarks (author_id, id, session_id, n, outcome) VALUES (%s, %s, %s, %s, %s)",
                (author_id, id, entry.session_id, entry.n, Jsonb(outcome)),
            )
        case EndSession(at):
            await connection.execute(
                "UPDATE sessions SET ended_at = %s WHERE id = %s", (as_datetime(at), entry.session_id)
            )
