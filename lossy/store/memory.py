"""The ledger in memory, for tests and the simulator: it keeps and refuses what `PostgresLedger` does."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import attrs
import trio
from attrs import define, field

from lossy.domain.notes import Note
from lossy.store.ledger import Commit, EndSession, Entry, LedgerConflict, SaveNote, SettleRemark, Stored


@define(eq=False)
class _Session:
    user_id: UUID
    video_id: UUID
    snapshot: Mapping[str, Any]
    snapshot_n: int = 0
    epoch: int = 0
    ended: bool = False
    journal: dict[int, Entry] = field(factory=dict)


async def _at_once(commit: Commit) -> None:
    await trio.lowlevel.checkpoint()


@define(eq=False)
class MemoryLedger:
    """Each commit awaits `before_commit` first, which may hold it back or raise. `notes` are the saved ones, by id."""

    before_commit: Callable[[Commit], Awaitable[None]] = _at_once
    notes: dict[UUID, Note] = field(factory=dict, init=False)
    _outcomes: dict[tuple[UUID, UUID], Mapping[str, Any]] = field(factory=dict, init=False)  # by author and remark
    _sessions: dict[UUID, _Session] = field(factory=dict, init=False)

    async def begin(self, session_id: UUID, user_id: UUID, video_id: UUID, snapshot: Mapping[str, Any]) -> bool:
        await trio.lowlevel.checkpoint()
        session = self._sessions.setdefault(session_id, _Session(user_id, video_id, _through_json(snapshot)))
        return (session.user_id, session.video_id) == (user_id, video_id)

    async def load(self, session_id: UUID) -> Stored | None:
        await trio.lowlevel.checkpoint()
        session = self._sessions.get(session_id)
        if session is None:
            return None
        session.epoch += 1
        entries = [session.journal[n] for n in sorted(session.journal) if n > session.snapshot_n]
        owned = (session.user_id, session.video_id, session.epoch)
        return Stored(*owned, session.snapshot_n, session.snapshot, entries, session.ended)

    async def unfinished(self, limit: int) -> Sequence[UUID]:
        await trio.lowlevel.checkpoint()
        latest_first = (id for id, session in reversed(self._sessions.items()) if not session.ended)
        return [*islice(latest_first, limit)]

    async def outcome(self, author_id: UUID, remark_id: UUID) -> Mapping[str, Any] | None:
        await trio.lowlevel.checkpoint()
        return self._outcomes.get((author_id, remark_id))

    async def commit(self, commit: Commit) -> None:
        await self.before_commit(commit)
        entry = attrs.evolve(commit.entry, payload=_through_json(commit.entry.payload))
        session = self._sessions.get(entry.session_id)
        if session is None:
            raise LedgerConflict(f"there is no session {entry.session_id}")
        if session.journal.get(entry.n) == entry:
            return  # the same commit once more, as after a connection that broke
        self._check(session, commit)
        session.journal[entry.n] = entry
        self._perform(session, commit)

    def _check(self, session: _Session, commit: Commit) -> None:
        notes = [write.note.id for write in commit.writes if isinstance(write, SaveNote)]
        remarks = [(write.author_id, write.id) for write in commit.writes if isinstance(write, SettleRemark)]
        twice = len({*notes}) < len(notes) or len({*remarks}) < len(remarks)
        known = self.notes.keys() & notes or self._outcomes.keys() & remarks
        if commit.entry.n in session.journal or twice or known:
            raise LedgerConflict(f"session {commit.entry.session_id}, entry {commit.entry.n}")

    def _perform(self, session: _Session, commit: Commit) -> None:
        for write in commit.writes:
            match write:
                case SaveNote(note):
                    self.notes[note.id] = attrs.evolve(note, provenance=_through_json(note.provenance))
                case SettleRemark(author_id, id, outcome):
                    self._outcomes[author_id, id] = _through_json(outcome)
                case EndSession():
                    session.ended = True
        if commit.snapshot is not None:
            session.snapshot, session.snapshot_n = _through_json(commit.snapshot), commit.entry.n


def _through_json(value: Mapping[str, Any]) -> Any:
    """As PostgreSQL's jsonb gives it back: a tuple is a list, and keys have an order of its own."""
    return json.loads(json.dumps(value, allow_nan=False, sort_keys=True))
