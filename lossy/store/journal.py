"""The ledger in PostgreSQL. One writer task commits for all sessions of the node together (group commit)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import trio
from attrs import define, field
from psycopg.types.json import Jsonb

from lossy.clock import as_datetime
from lossy.settings import Posting
from lossy.store import entries, note_writes, snapshots
from lossy.store.lease import LocalNode
from lossy.store.ledger import (
    Commit,
    EndSession,
    Entry,
    Fenced,
    LedgerConflict,
    MoveNote,
    Noted,
    NoteWrite,
    Release,
    SaveNote,
    SettleRemark,
    Write,
)
from lossy.store.note_life import NoteLife, note_life
from lossy.store.pool import Pool, StoreError
from lossy.store.stored_sessions import StoredSessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.store.connection import Connection

# A session waits for its commit before its next event, so this many sessions can be waiting; the next one waits for
# room in the channel, and with it only that session.
WAITING = 1024
# Commits in one transaction: enough to spread the cost of its fsync, few enough that nobody waits long for it.
BATCH = 200
# A restart of PostgreSQL takes about a second, and recovery is promised within two: so it is asked every half second.
# After these pauses, eight seconds together, it is away, and sessions are told.
RETRY_S = (0.05, 0.1, 0.2, *[0.5] * 15)


Outcome = tuple[Noted, ...] | Exception


@define(eq=False)
class _Pending:
    commit: Commit
    done: trio.Event = field(factory=trio.Event)
    outcome: Outcome = ()

    def settle(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.done.set()


class PostgresLedger(StoredSessions):
    """`run` must be running in some nursery: it is the writer. `life` decides what becomes of notes."""

    def __init__(self, pool: Pool, life: NoteLife | None = None, node: LocalNode | None = None) -> None:
        super().__init__(pool, node or LocalNode())
        self._life = life or note_life(Posting())
        self._send, self._receive = trio.open_memory_channel[_Pending](WAITING)

    async def commit(self, commit: Commit) -> tuple[Noted, ...]:
        pending = _Pending(commit)
        await self._send.send(pending)
        await pending.done.wait()
        if isinstance(pending.outcome, Exception):
            raise pending.outcome
        return pending.outcome

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
            written = await self._write([pending.commit for pending in batch])
        except StoreError:
            raise
        except Exception:  # whosever fault it is comes out when each is written alone
            for pending in batch:
                pending.settle(await self._alone(pending.commit))
            return
        fenced = []
        for pending, noted in zip(batch, written, strict=True):
            if noted is None:
                fenced.append(pending)
            else:
                pending.settle(noted)
        for pending in fenced:
            pending.settle(await self._refused(pending.commit, Fenced(_named(pending.commit))))

    async def _alone(self, commit: Commit) -> Outcome:
        """Writes the commit alone; what is wrong with it is no error here. Raises StoreError: the database is away."""
        try:
            (noted,) = await self._write([commit])
        except psycopg.IntegrityError as error:
            return await self._refused(commit, LedgerConflict(f"{_named(commit)}: {error}"))
        except StoreError:
            raise
        except Exception as error:  # a fault in one note's life is its session's, and the writer is everybody's
            return StoreError(f"not written: {error!r}")
        return await self._refused(commit, Fenced(_named(commit))) if noted is None else noted

    async def _refused(self, commit: Commit, why: LedgerConflict) -> Outcome:
        """What stands in the way may be this very commit: the connection broke after it."""
        async with self._pool.lend() as connection, connection.transaction():
            if not await entries.is_written(connection, commit):
                return why
            writes = [write for write in commit.writes if isinstance(write, NoteWrite)]
            return tuple([await note_writes.written(connection, commit.entry, write) for write in writes])

    async def _write(self, commits: Sequence[Commit]) -> list[tuple[Noted, ...] | None]:
        """What each left behind; None for one whose epoch is over, of which nothing is written."""
        async with self._pool.lend() as connection:
            if not any(commit.writes or commit.snapshot is not None for commit in commits):
                written = await entries.insert(connection, commits)  # one statement is a transaction by itself
                return [() if entries.place(commit) in written else None for commit in commits]
            async with connection.pipeline(), connection.transaction():
                written = await entries.insert(connection, commits)
                return [
                    await self._write_rest(connection, commit) if entries.place(commit) in written else None
                    for commit in commits
                ]

    async def _write_rest(self, connection: Connection[Any], commit: Commit) -> tuple[Noted, ...]:
        noted = [await self._perform(connection, commit.entry, write) for write in commit.writes]
        if commit.snapshot is not None:
            await snapshots.keep(connection, commit.entry.session_id, commit.entry.n, commit.snapshot)
        return tuple(filter(None, noted))

    async def _perform(self, connection: Connection[Any], entry: Entry, write: Write) -> Noted | None:
        """What became of a note, where it is of one."""
        match write:
            case SaveNote() | MoveNote():
                return await note_writes.write(connection, self._life, entry, write)
            case SettleRemark(author_id, id, outcome):
                await connection.execute(
                    "INSERT INTO remarks (author_id, id, session_id, n, outcome) VALUES (%s, %s, %s, %s, %s)",
                    (author_id, id, entry.session_id, entry.n, Jsonb(outcome)),
                )
            case EndSession(at):
                await connection.execute(
                    "UPDATE sessions SET ended_at = %s, node = NULL WHERE id = %s",
                    (as_datetime(at), entry.session_id),
                )
            case Release():
                await connection.execute("UPDATE sessions SET node = NULL WHERE id = %s", (entry.session_id,))
        return None


def _named(commit: Commit) -> str:
    return f"session {commit.entry.session_id}, entry {commit.entry.n} in epoch {commit.epoch}"
