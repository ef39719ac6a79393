"""Looking up what `lossy why` and the pages tell: a session by its journal, a note with the session it was said in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.model import Data
from lossy.charts.together import Charts
from lossy.sessions.catalog import OF_SESSION
from lossy.store.journal_reading import JournalReading, KeptNote, Recorded
from lossy.store.note_life import NAME
from lossy.why.case import Case, Unknown, open_case
from lossy.why.note import Note, tell_note

if TYPE_CHECKING:
    from uuid import UUID


@frozen(eq=False)
class Inquiry:
    """`charts` has every one there is, `initial` what a new session would start with here. Raises StoreError."""

    reading: JournalReading
    charts: Charts
    initial: Mapping[str, Data]

    async def note(self, id: UUID) -> Note | None:
        """Deleted or not; None for what is no note."""
        found = await self.find(id)
        return None if found is None else self.tell(*found)

    async def meant(self, id: UUID) -> tuple[UUID, int | None]:
        """The session that an id stands for: its own, or that of a remark, or of a note with the entry that made it.

        Raises Unknown of a note that was typed. What is nothing here is taken for a session's.
        """
        kept = await self.reading.note(id)
        if kept is not None:
            made = next(((each.session_id, each.n) for each in kept.changes if each.session_id is not None), None)
            if made is None or made[0] is None:
                raise Unknown("This note was typed, and no session made it.")
            return made[0], made[1]
        said_in = await self.reading.sessions_of(id)
        return (said_in[0] if said_in else id), None

    async def case(self, session_id: UUID) -> Case | None:
        """None for what is no session."""
        recorded = await self.reading.session(session_id)
        return None if recorded is None else self._open(recorded)

    async def find(self, id: UUID) -> tuple[KeptNote, Recorded | None] | None:
        """What is kept of a note, and of the session it was said in."""
        kept = await self.reading.note(id)
        if kept is None:
            return None
        session_id = kept.note.session_id
        return kept, None if session_id is None else await self.reading.session(session_id)

    def tell(self, kept: KeptNote, recorded: Recorded | None) -> Note:
        """Plays the session again, which takes as long as it has entries: a server does it in a thread."""
        return tell_note(self.charts[NAME], kept, None if recorded is None else self._open(recorded))

    def _open(self, recorded: Recorded) -> Case:
        return open_case({name: self.charts[name] for name in OF_SESSION}, self.initial, recorded)
