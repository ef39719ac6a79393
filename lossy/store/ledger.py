"""What sessions need kept: their journal, their snapshots, and the durable effects that commit with an entry.

Two implementations: `PostgresLedger` here, and `lossy.store.memory.MemoryLedger` for tests and the simulator;
`tests/contract/test_ledger.py` runs over both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from attrs import frozen

from lossy.domain.notes import Note


class LedgerConflict(Exception):
    """Somebody else wrote this entry of the session's journal: this writer is not its holder any more."""


@frozen
class Entry:
    """An accepted event of a session. `n` counts from 1 without holes; `at` is the event's own time, ms."""

    session_id: UUID
    n: int
    at: int
    chart: str
    event: str
    payload: Mapping[str, Any]
    device_id: UUID | None
    seq: int | None
    taken: tuple[str, ...]


@frozen
class SaveNote:
    note: Note


@frozen
class SettleRemark:
    """What became of a remark, for ever: `{"note_id": …}` or `{"refused": reason, …its numbers}`.

    `id` is its author's device's own. The outcome is the author's, whatever session the remark is sent to again.
    """

    author_id: UUID
    id: UUID
    outcome: Mapping[str, Any]


@frozen
class EndSession:
    at: int


Write = SaveNote | SettleRemark | EndSession


@frozen
class Commit:
    """One transaction: an entry, the durable effects of its step and, now and then, the whole state after it."""

    entry: Entry
    writes: tuple[Write, ...] = ()
    snapshot: Mapping[str, Any] | None = None


@frozen
class Stored:
    """A session as it was left: `epoch` is the new one, of whoever brings it to life now."""

    user_id: UUID
    video_id: UUID
    epoch: int
    snapshot_n: int
    snapshot: Mapping[str, Any]
    entries: Sequence[Entry]  # those after the snapshot, in order
    ended: bool


class Ledger(Protocol):
    async def begin(self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]) -> bool:
        """Makes the session where it is not there yet. False when it is another user's, or of another video."""

    async def load(self, session_id: UUID) -> Stored | None:
        """Takes the session up: raises its epoch. None when there is no such session."""

    async def unfinished(self, limit: int) -> Sequence[UUID]:
        """Sessions that have not ended, the latest first."""

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None: ...

    async def commit(self, commit: Commit) -> None:
        """Returns once it is durable. Raises LedgerConflict, or StoreError when the database does not take it."""
