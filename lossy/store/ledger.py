"""What sessions need kept: their journal, their snapshots, and the durable effects that commit with an entry.

Two implementations: `PostgresLedger` here, and `lossy.store.memory.MemoryLedger` for tests and the simulator;
`tests/contract/test_ledger.py` runs over both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from attrs import field, frozen

from lossy.charts.value import value
from lossy.store.lease import Holder
from lossy.store.note_life import Amended

if TYPE_CHECKING:
    from lossy.domain.notes import Note


class LedgerConflict(Exception):
    """What stands in the ledger already does not go with it: another entry of that number, another outcome."""


class Fenced(LedgerConflict):
    """The session was taken up by another since: every write in an older epoch is refused."""


class RemarkKnown(LedgerConflict):
    """A remark that it settles has its outcome already, from here or from another session of its author's."""


@value
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


@value
class SaveNote:
    """A note as it is said: its chart starts. `threshold` is what it was judged by."""

    note: Note
    threshold: float | None = None
    self_firming: bool = False


@frozen
class MoveNote:
    """An event for the note's own chart, and the new words that go with it if the chart takes it.

    `earlier`: those are the ones that the note had before its words were last changed. None are a conflict.
    `request` is the client's own id of the click, where it gave one.
    """

    note_id: UUID
    event: str
    by: UUID | None
    at: int
    facts: Mapping[str, Any] = field(factory=dict)
    amended: Amended | None = None
    earlier: bool = False
    request: UUID | None = None


NoteWrite = SaveNote | MoveNote


@value
class Noted:
    """The note as a write left it, None where there is none any more.

    `refused` says why the note's chart did not do what was asked: conflict, forbidden or not_found.
    """

    note: Note | None
    changed: bool
    refused: str | None = None


@value
class SettleRemark:
    """What became of a remark, for ever: `{"note_id": …}`, `{"refused": reason}` or `{"command": name}`.

    Where a draft was judged, `decision` has the numbers.

    `id` is its author's device's own. The outcome is the author's, whatever session the remark is sent to again.
    """

    author_id: UUID
    id: UUID
    outcome: Mapping[str, Any]


@frozen
class EndSession:
    """Nobody holds it from then on either."""

    at: int


@frozen
class Release:
    """Nobody holds the session from then on: it rests until somebody joins it, or a node starts."""


Write = NoteWrite | SettleRemark | EndSession | Release


@value
class Commit:
    """One transaction: an entry, the durable effects of its step and, now and then, the whole state after it.

    `epoch` is the one in which its writer holds the session.
    """

    epoch: int
    entry: Entry
    writes: tuple[Write, ...] = ()
    snapshot: Mapping[str, Any] | None = None


@frozen
class Stored:
    """A session as it was left. `holder` is None when nobody holds it."""

    user_id: UUID
    video_id: UUID
    epoch: int
    snapshot_n: int
    snapshot: Mapping[str, Any]
    entries: Sequence[Entry]  # those after the snapshot, in order
    ended: bool
    holder: Holder | None = None


class AnotherSession(Exception):
    """The session of that id is another user's, or of another video."""


class Ledger(Protocol):
    """As one node has it: that node is who takes sessions up."""

    async def begin(
        self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]
    ) -> Stored | None:
        """Makes the session, taken up, where it is not there yet; None where it is. Raises AnotherSession."""

    async def read(self, session_id: UUID) -> Stored | None:
        """The session without taking it up. None when there is no such session."""

    async def take(self, session_id: UUID, *, even_held: bool = False) -> Stored | None:
        """Takes the session up: raises its epoch and holds it from then on, unless it has ended.

        None when there is no such session, or another node holds it whose lease has not run out; `even_held` takes it
        from that node too.
        """

    async def unfinished(self, limit: int) -> Mapping[UUID, UUID]:
        """Sessions that have not ended and that no other node holds, each with whose it is; the latest first."""

    async def orphaned(self, limit: int) -> Mapping[UUID, UUID]:
        """Sessions that have not ended, of other nodes whose lease has run out; each with whose it is."""

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None: ...

    async def was_clicked(self, session_id: UUID, click_id: UUID) -> bool:
        """Whether a click of that id is in the session's journal."""

    async def commit(self, commit: Commit) -> tuple[Noted, ...]:
        """What its note writes left behind, in their order, once that is durable.

        A commit that is there already was written, whoever holds the session by now. Raises Fenced, RemarkKnown or
        another LedgerConflict, or StoreError when the database does not take it.
        """

    async def commit_together(self, commits: Sequence[Commit]) -> Sequence[tuple[Noted, ...]]:
        """As `commit`, of entries of one session that follow each other: all of them are durable then, or none is."""
