"""The ledger in PostgreSQL. One writer task commits for all sessions of the node together (group commit)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import trio
from attrs import define, field
from psycopg import errors

from lossy.settings import Posting
from lossy.store import entries, note_writes
from lossy.store.batch import Batch, held
from lossy.store.batches import Batches
from lossy.store.lease import LocalNode
from lossy.store.ledger import Commit, LedgerConflict, MoveNote, Noted, NoteWrite
from lossy.store.note_life import NoteLife, note_life
from lossy.store.outcomes import Outcomes
from lossy.store.pool import Pool, StoreError
from lossy.store.stored_sessions import StoredSessions
from lossy.waiter import Waiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from uuid import UUID

    from lossy.store.connection import Connection

# A session waits for its commit before its next event, so this many sessions can be waiting; the next one waits for
# room in the channel, and with it only that session.
WAITING = 1024
# Commits in one transaction: enough to spread the cost of its fsync, few enough that nobody waits long for it.
BATCH = 200
# A restart of PostgreSQL takes about a second, and recovery is promised within two: so it is asked every half second.
# After these pauses, eight seconds together, it is away, and sessions are told.
RETRY_S = (0.05, 0.1, 0.2, *[0.5] * 15)


Left = tuple[Noted, ...]  # what the note writes of a commit left behind
Outcome = Sequence[Left] | Exception


@define(eq=False)
class _Pending:
    """Commits of one session that are written together."""

    commits: Sequence[Commit]
    outcome: Outcome | None = field(default=None, init=False)
    _session: Waiter = field(factory=Waiter, init=False)

    def settle(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._session.wake()

    async def left(self) -> Sequence[Left]:
        """Returns once it is settled. Raises what is in the way of the commits."""
        while self.outcome is None:
            await self._session.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class PostgresLedger(StoredSessions):
    """`run` must be running in some nursery: it is the writer. `life` decides what becomes of notes."""

    def __init__(self, pool: Pool, life: NoteLife | None = None, node: LocalNode | None = None) -> None:
        super().__init__(pool, node or LocalNode())
        self._life = life or note_life(Posting())
        self._outcomes = Outcomes(pool)
        self._batches = Batches[_Pending](WAITING, BATCH)

    async def commit(self, commit: Commit) -> Left:
        (left,) = await self.commit_together((commit,))
        return left

    async def commit_together(self, commits: Sequence[Commit]) -> Sequence[Left]:
        pending = _Pending(commits)
        await self._batches.put(pending)
        return await pending.left()

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None:
        return await self._outcomes.of(author_id, remark_id)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._outcomes.run)
            while True:
                await self._settle(await self._batches.next())

    async def _settle(self, batch: Sequence[_Pending]) -> None:
        """Writes the batch, again and again while the database is away or another transaction is in the way; after the
        last pause, all are told so.
        """
        for pause in (*RETRY_S, None):
            waiting = [pending for pending in batch if pending.outcome is None]
            try:
                return await self._write_each(waiting)
            except StoreError as error:
                if pause is None:
                    for pending in waiting:
                        pending.settle(error)
                else:
                    await trio.sleep(pause)

    async def _write_each(self, batch: Sequence[_Pending]) -> None:
        """In one transaction; where a commit is at fault, each in its own. Raises StoreError: not now."""
        try:
            written = iter(await self._write([commit for pending in batch for commit in pending.commits]))
        except StoreError:
            raise
        except Exception:  # whosever fault it is comes out when each is written alone
            for pending in batch:
                pending.settle(await self._alone(pending.commits))
            return
        unwritten = []
        for pending in batch:
            left = _whole([next(written) for _ in pending.commits])
            if isinstance(left, type):
                unwritten.append((pending, left))
            else:
                pending.settle(left)
        for pending, why in unwritten:
            pending.settle(await self._refused(pending.commits, why(_named(pending.commits))))

    async def _alone(self, commits: Sequence[Commit]) -> Outcome:
        """What is wrong with these commits is no error here. Raises StoreError: not now."""
        try:
            left = _whole(await self._write(commits))
        except psycopg.IntegrityError as error:
            return await self._refused(commits, LedgerConflict(f"{_named(commits)}: {error}"))
        except StoreError:
            raise
        except Exception as error:  # a fault in one note's life is its session's, and the writer is everybody's
            return StoreError(f"not written: {error!r}")
        return await self._refused(commits, left(_named(commits))) if isinstance(left, type) else left

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Connection[Any]]:
        """Raises StoreError for what may be written when it is tried again, as well as when the database is away."""
        try:
            async with self._pool.lend() as connection:
                yield connection
        except (errors.SerializationFailure, errors.DeadlockDetected) as error:
            raise StoreError(f"not written: {error}") from error

    async def _refused(self, commits: Sequence[Commit], why: LedgerConflict) -> Outcome:
        """What stands in the way may be these very commits: the connection broke after them."""
        async with self._writing() as connection, connection.transaction():
            if not all([await entries.is_written(connection, commit) for commit in commits]):
                return why
            return [await self._left(connection, commit) for commit in commits]

    async def _left(self, connection: Connection[Any], commit: Commit) -> Left:
        writes = [write for write in commit.writes if isinstance(write, NoteWrite)]
        return tuple([await note_writes.written(connection, commit.entry, write) for write in writes])

    async def _write(self, commits: Sequence[Commit]) -> list[Left | type[LedgerConflict]]:
        """What each left behind, or why nothing of it is written."""
        batch = Batch(self._life)
        kept = [(commit, batch.add(commit)) for commit in commits]
        async with self._writing() as connection:
            if not any(isinstance(write, MoveNote) for commit in commits for write in commit.writes):
                unwritten = await batch.write(connection)  # one statement is a transaction by itself
                return [(unwritten and unwritten.get(held(each))) or (*notes.values(),) for each, notes in kept]
            async with connection.transaction():
                unwritten = await batch.write(connection)
                return [unwritten.get(held(each)) or await self._move(connection, each, notes) for each, notes in kept]

    async def _move(self, connection: Connection[Any], commit: Commit, saved: Mapping[int, Noted]) -> Left:
        """Moves the notes that are to be moved, one after the other, and gives those that were saved beside them."""
        left = [
            await note_writes.move(connection, self._life, commit.entry, write)
            if isinstance(write, MoveNote)
            else saved.get(place)
            for place, write in enumerate(commit.writes)
        ]
        return tuple(filter(None, left))


def _whole(written: Sequence[Left | type[LedgerConflict]]) -> list[Left] | type[LedgerConflict]:
    """Of the commits of one session all are written or none, for one reason."""
    left = [each for each in written if not isinstance(each, type)]
    return left or next(each for each in written if isinstance(each, type))


def _named(commits: Sequence[Commit]) -> str:
    first = commits[0]
    return f"session {first.entry.session_id}, from entry {first.entry.n} in epoch {first.epoch}"
