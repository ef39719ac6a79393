"""The ledger in memory, for tests and the simulator: it keeps and refuses what `PostgresLedger` does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import trio
from attrs import define, field

from lossy.domain.notes import Category, Note, Status
from lossy.domain.quality import Outcome
from lossy.settings import Posting
from lossy.store.ledger import (
    Commit,
    EndSession,
    Entry,
    Fenced,
    LedgerConflict,
    MoveNote,
    Noted,
    Release,
    RemarkKnown,
    SaveNote,
    SettleRemark,
)
from lossy.store.memory_sessions import MemorySessions, Session, through_json
from lossy.store.note_life import CONFLICT, NOT_FOUND, Change, Kept, Moved, NoteLife, earlier_words, note_life, outcome

if TYPE_CHECKING:
    from lossy.charts.model import State


Place = tuple[UUID, int]  # a session, and the number of an entry


def _usual_life() -> NoteLife:
    return note_life(Posting())


async def _at_once(commit: Commit) -> None:
    await trio.lowlevel.checkpoint()


def _as_kept(entry: Entry) -> Entry:
    return attrs.evolve(entry, payload=through_json(entry.payload))


def _is_written(session: Session, entry: Entry, epoch: int) -> bool:
    return session.written_in.get(entry.n) == epoch and session.journal.get(entry.n) == entry


@define(eq=False)
class MemoryLedger(MemorySessions):
    """Each commit awaits `before_commit` first, which may hold it back or raise. `notes` has them all by id.

    `changes` and `outcomes` have what is recorded of each, and what its author made of it; `tallies` have how many
    notes of a video are of a category and in a status.
    """

    before_commit: Callable[[Commit], Awaitable[None]] = _at_once
    life: NoteLife = field(factory=_usual_life)
    notes: dict[UUID, Note] = field(factory=dict, init=False)
    changes: dict[UUID, list[Change]] = field(factory=dict, init=False)
    tallies: dict[UUID, Counter[tuple[Category, Status]]] = field(factory=lambda: defaultdict(Counter), init=False)
    outcomes: dict[UUID, tuple[Outcome, float | None]] = field(factory=dict, init=False)  # and the threshold
    # The number of the latest change of each, from 1: whose change was the last is the last.
    changed_in: dict[UUID, int] = field(factory=dict, init=False)
    entries: dict[tuple[UUID, int], Place] = field(factory=dict, init=False)  # of each change by a session
    _numbers: Iterator[int] = field(factory=lambda: count(1), init=False)
    _lives: dict[UUID, Any] = field(factory=dict, init=False)  # where the chart of each is, as it is stored
    _noted: dict[tuple[UUID, int], tuple[Noted, ...]] = field(factory=dict, init=False)  # by session and entry

    async def commit(self, commit: Commit) -> tuple[Noted, ...]:
        (left,) = await self.commit_together((commit,))
        return left

    async def commit_together(self, commits: Sequence[Commit]) -> Sequence[tuple[Noted, ...]]:
        for commit in commits:
            await self.before_commit(commit)
        entries = [_as_kept(commit.entry) for commit in commits]
        session = self._sessions.get(commits[0].entry.session_id)
        if session is None:
            raise LedgerConflict(f"there is no session {commits[0].entry.session_id}")
        if all(
            _is_written(session, entry, commit.epoch) for entry, commit in zip(entries, commits, strict=True)
        ):  # once more, as after a connection that broke
            return [self._noted.get((commit.entry.session_id, commit.entry.n), ()) for commit in commits]
        self._check(session, commits)
        return [self._write(session, entry, commit) for entry, commit in zip(entries, commits, strict=True)]

    def _write(self, session: Session, entry: Entry, commit: Commit) -> tuple[Noted, ...]:
        session.journal[entry.n], session.written_in[entry.n] = entry, commit.epoch
        return self._perform(session, commit)

    def _check(self, session: Session, commits: Sequence[Commit]) -> None:
        if any(commit.epoch != session.epoch for commit in commits):
            raise Fenced(f"session {commits[0].entry.session_id} is in epoch {session.epoch}")
        writes = [write for commit in commits for write in commit.writes]
        notes = [write.note.id for write in writes if isinstance(write, SaveNote)]
        remarks = [(write.author_id, write.id) for write in writes if isinstance(write, SettleRemark)]
        named = f"session {commits[0].entry.session_id}, from entry {commits[0].entry.n}"
        if self._outcomes.keys() & remarks:
            raise RemarkKnown(named)
        twice = len({*notes}) < len(notes) or len({*remarks}) < len(remarks)
        if session.journal.keys() & {commit.entry.n for commit in commits} or twice or self.notes.keys() & notes:
            raise LedgerConflict(named)

    def _perform(self, session: Session, commit: Commit) -> tuple[Noted, ...]:
        noted = []
        for write in commit.writes:
            match write:
                case SaveNote():
                    noted.append(self._save(write, (commit.entry.session_id, commit.entry.n)))
                case MoveNote():
                    noted.append(self._move(write, (commit.entry.session_id, commit.entry.n)))
                case SettleRemark(author_id, id, outcome):
                    self._outcomes[author_id, id] = through_json(outcome)
                    session.settled[id] = commit.entry.n
                case EndSession():
                    session.ended = True
                    session.let_go()
                case Release():
                    session.let_go()
        if commit.snapshot is not None:
            session.snapshot, session.snapshot_n = through_json(commit.snapshot), commit.entry.n
            session.keep()
        if noted:
            self._noted[commit.entry.session_id, commit.entry.n] = tuple(noted)
        return tuple(noted)

    def _save(self, save: SaveNote, place: Place) -> Noted:
        said = attrs.evolve(save.note, provenance=through_json(save.note.provenance))
        return self.keep(self.life.begin(said, self_firming=save.self_firming), place, save.threshold)

    def _move(self, move: MoveNote, place: Place) -> Noted:
        note = self.notes.get(move.note_id)
        if note is None:
            return Noted(None, changed=False, refused=NOT_FOUND)
        amended = earlier_words(self.changes[note.id]) if move.earlier else move.amended
        if move.earlier and amended is None:
            return Noted(note, changed=False, refused=CONFLICT)
        kept = Kept(note, self.life_of(note.id))
        moved = self.life.move(
            kept,
            move.event,
            move.by,
            move.at,
            facts=move.facts,
            amended=amended,
            request=move.request,
            takes_back=move.earlier,
        )
        return self.keep(moved, place)

    def life_of(self, note_id: UUID) -> State:
        """Where the note's chart is."""
        return self.life.read(self.notes[note_id], self._lives[note_id])

    def keep(self, moved: Moved, place: Place | None = None, threshold: float | None = None) -> Noted:
        """`threshold` is of a note that begins, where it was judged by one."""
        note = moved.kept.note
        if moved.changes:
            self._count(note)
            self.notes[note.id], self._lives[note.id] = note, through_json(self.life.stored(moved.kept.state))
            self.changed_in.pop(note.id, None)
            self.changed_in[note.id] = next(self._numbers)
            changes = self.changes.setdefault(note.id, [])
            changes += moved.changes
            self.entries |= {(note.id, change.version): place for change in moved.changes if place is not None}
            own = [change for change in changes if change.by == note.author_id]
            _, judged_by = self.outcomes.get(note.id, (None, threshold))
            self.outcomes[note.id] = outcome(own[-1].status, [change.event for change in own]), judged_by
        return Noted(note, changed=bool(moved.changes), refused=moved.refused)

    def _count(self, note: Note) -> None:
        tally, before = self.tallies[note.video_id], self.notes.get(note.id)
        tally[note.category, note.status] += 1
        if before is not None:
            tally[before.category, before.status] -= 1
