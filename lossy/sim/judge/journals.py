"""The rules of what is stored: journals, notes and outcomes, as the database has them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field

from lossy.domain.timecode import frame_at
from lossy.inference.rules import Remark as Words
from lossy.inference.rules import structure
from lossy.sim.judge.rules import Broken
from lossy.sim.virtual.stage import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.sim.review import Remark
    from lossy.store.ledger import Entry
    from lossy.store.memory_sessions import Session


@define(eq=False)
class Journals:
    """Reads on where it stopped: what is stored never changes."""

    world: World
    _read: dict[UUID, int] = field(factory=dict, init=False)  # the last entry of each session that was looked at
    _epochs: dict[UUID, int] = field(factory=dict, init=False)
    _accepted: dict[tuple[UUID, UUID | None], int] = field(factory=dict, init=False)  # by session and device
    _notes: int = field(default=0, init=False)  # how many were looked at: none is ever taken out

    def look(self) -> Iterator[Broken]:
        for id, session in self.world.database.ledger.sessions.items():
            while (entry := session.journal.get(self._read.get(id, 0) + 1)) is not None:
                self._read[id] = entry.n
                yield from self._look_at(id, session, entry)
            if len(session.journal) > self._read.get(id, 0):
                yield Broken("journal", f"session {id} has no entry {self._read.get(id, 0) + 1}")
        yield from self._notes_of_remarks()

    def _look_at(self, id: UUID, session: Session, entry: Entry) -> Iterator[Broken]:
        epoch = session.written_in[entry.n]
        if epoch < self._epochs.get(id, 0):
            yield Broken("journal", f"entry {entry.n} of {id} is of epoch {epoch}, after {self._epochs[id]}")
        self._epochs[id] = epoch
        if entry.seq is not None and entry.event in ("event", "skipped"):
            yield from self._number(id, entry)

    def _number(self, id: UUID, entry: Entry) -> Iterator[Broken]:
        """Where a chart of the link took it: what it refuses stands in no journal."""
        device = (id, entry.device_id)
        before = self._accepted.get(device, 0)
        first = entry.payload["from"] if entry.event == "skipped" else entry.seq
        last = entry.payload["to"] if entry.event == "skipped" else entry.seq
        assert last is not None, "it has a number"
        if entry.event == "event" and first != before + 1:
            yield Broken("prefix", f"{entry.payload['kind']} {first} of {entry.device_id} came after {before}")
        self._accepted[device] = max(before, last)

    # -- notes ------------------------------------------------------------------------------------------------------

    def _notes_of_remarks(self) -> Iterator[Broken]:
        ledger = self.world.database.ledger
        notes = ledger.notes
        new = [*islice(reversed(notes.values()), len(notes) - self._notes)]
        if not new:
            return
        self._notes = len(notes)
        typed = set(self.world.cast.typed)
        for note in reversed(new):
            id = note.provenance.get("remark")
            remark = find_remark(self.world, str(id))
            if remark is None and str(note.id) not in typed:
                yield Broken("own_words", f"nobody said {note.text!r}")
            elif remark is not None:
                yield from _as_said(remark, note, ledger.changes[note.id][0].text)


def _as_said(remark: Remark, note: Any, drafted: str) -> Iterator[Broken]:
    """`drafted` is the text that the note began with."""
    assert remark.said is not None, "a note is of words"
    words = remark.said.facts["text"]
    first, *mended = note.transcript.split("\n")
    if first != words:
        yield Broken("own_words", f"{note.transcript!r} is not what was said: {words!r}")
    draft = structure(Words(words, remark.media_ms, remark.lasts_ms, None))
    if drafted != draft.text:
        yield Broken("own_words", f"{words!r} became {drafted!r}")
    if mended:
        return  # a correction may name another time
    if note.frame_in != frame_at(draft.media_ms, note.rate):
        yield Broken("own_words", f"{words!r} was said at {remark.media_ms} ms, and is at frame {note.frame_in}")


def find_remark(world: World, id: str) -> Remark | None:
    """The latest first: it is looked for while its words are fresh."""
    for review in world.cast.reviews:
        for remark in reversed(review.remarks):
            if remark.said is not None and remark.said.facts["id"] == id:
                return remark
    return None


def remarks_by_id(world: World) -> Mapping[str, Remark]:
    return {
        str(remark.said.facts["id"]): remark
        for review in world.cast.reviews
        for remark in review.remarks
        if remark.said is not None
    }
