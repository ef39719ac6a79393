"""What is kept of a session, from the ledger in memory: as `PostgresJournalReading` has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import frozen

from lossy.store.journal_reading import Changed, Film, KeptNote, Recorded, Settled
from lossy.store.memory import MemoryLedger
from lossy.store.memory_sessions import through_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.domain.notes import Note
    from lossy.store.ledger import Entry


@frozen(eq=False)
class MemoryJournalReading:
    """`films` and `people` stand for the tables that a ledger does not have."""

    ledger: MemoryLedger
    films: Mapping[UUID, Film]
    people: Mapping[UUID, str]

    async def session(self, session_id: UUID) -> Recorded | None:
        await trio.lowlevel.checkpoint()
        session = self.ledger.sessions.get(session_id)
        if session is None:
            return None
        leases = self.ledger.leases
        entries = [session.journal[n] for n in sorted(session.journal)]
        return Recorded(
            session_id=session_id,
            user_id=session.user_id,
            film=self.films[session.video_id],
            created_at=session.snapshots[0]["at"],
            ended_at=entries[-1].at if session.ended else None,
            held=session.node is not None and leases.holder(session.node, self.ledger.node).left_ms > 0,
            entries=tuple(entries),
            epochs=tuple(session.written_in[entry.n] for entry in entries),
            snapshots=dict(session.snapshots),
            settled=tuple(
                [
                    Settled(id, n, await self.ledger.outcome(session.user_id, id) or {})
                    for id, n in sorted(session.settled.items(), key=lambda settled: (settled[1], settled[0]))
                ]
            ),
            notes=tuple(self._kept(note) for note in self.ledger.notes.values() if note.session_id == session_id),
            people=self.people,
        )

    async def note(self, note_id: UUID) -> KeptNote | None:
        await trio.lowlevel.checkpoint()
        note = self.ledger.notes.get(note_id)
        return None if note is None else self._kept(note)

    async def sessions_of(self, remark_id: UUID) -> Sequence[UUID]:
        await trio.lowlevel.checkpoint()
        return [
            id
            for id, session in self.ledger.sessions.items()
            if remark_id in session.settled or any(_says(entry, remark_id) for entry in session.journal.values())
        ]

    def _kept(self, note: Note) -> KeptNote:
        outcome, threshold = self.ledger.outcomes[note.id]
        changes = tuple(
            Changed(change, *self.ledger.entries.get((note.id, change.version), (None, None)))
            for change in self.ledger.changes[note.id]
        )
        state = through_json(self.ledger.life.stored(self.ledger.life_of(note.id)))
        return KeptNote(note, state, changes, threshold, outcome.value, self.people)


def _says(entry: Entry, remark_id: UUID) -> bool:
    return entry.event == "transcript_final" and entry.payload["id"] == str(remark_id)
