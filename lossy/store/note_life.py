"""What becomes of a note, by `statecharts/note.yaml`. Pure: whoever keeps notes asks this within their transaction.

Of the chart's effects `record` and `refuse_change` are performed here: the one is a `Change` to be kept, the other
the reason that whoever asked is told.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import evolve, frozen

from lossy.charts.load import load_file
from lossy.charts.migrate import migrated
from lossy.charts.model import Chart, Data, Effect, Event, Names, State, dump, read
from lossy.charts.step import next_timer, start, step
from lossy.charts.value import value
from lossy.domain import note as rules
from lossy.domain.ids import id_text
from lossy.domain.notes import MAX_TRANSCRIPT, Category, Note, Status
from lossy.domain.quality import Outcome
from lossy.domain.rules import GUARDS, INVARIANTS, MIGRATIONS, UPDATES
from lossy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lossy.settings import Posting

NAME, BEGUN, RECORD, REFUSE = "note", "said", "record", "refuse_change"
EFFECTS = frozenset({RECORD, REFUSE})

# Why a change was not made, beside what the chart itself says: it is not made of a note in that state, or of none.
CONFLICT, NOT_FOUND = "conflict", "not_found"


@frozen
class Amended:
    """New words for a note, and new frames (in and out) where they are given. `heard` is added to its transcript."""

    text: str
    category: Category
    confidence: float
    frames: tuple[int, int | None] | None = None
    heard: str = ""


@value
class Kept:
    """A note, and where its chart is with it."""

    note: Note
    state: State


@value
class Change:
    """Who, when and what: one of these for each time a note is recorded, with the note's version from then on.

    `request` is the id that its client gave it, and `takes_back` whether it brought back words of before.
    """

    note_id: UUID
    version: int
    at: int
    by: UUID | None
    event: str
    status: Status
    text: str
    category: Category
    confidence: float
    frame_in: int
    frame_out: int | None
    request: UUID | None = None
    takes_back: bool = False


@value
class Moved:
    """The note after it, what is to be recorded, and why nothing was done, if the one who asked should know."""

    kept: Kept
    changes: tuple[Change, ...] = ()
    refused: str | None = None


@frozen
class NoteLife:
    chart: Chart
    delays: Data
    limits: Data

    def begin(self, note: Note, *, self_firming: bool) -> Moved:
        state, effects = start(self.chart, self._initial(note, self_firming=self_firming), note.created_at)
        # One that firms itself is recorded twice, and what is recorded first is what was said.
        statuses = (Status.GHOST, self._status(state))[-_count(effects, RECORD) :]
        noted = [_begun(note, version, status) for version, status in enumerate(statuses, 1)]
        return Moved(Kept(noted[-1], state), tuple([_change(each, BEGUN, note.author_id) for each in noted]))

    def move(
        self,
        kept: Kept,
        event: str,
        by: UUID | None,
        at: int,
        *,
        facts: Data | None = None,
        amended: Amended | None = None,
        request: UUID | None = None,
        takes_back: bool = False,
    ) -> Moved:
        """The event after every timer of the note that was due by then. `facts` are of the event, as the chart says."""
        changes: list[Change] = []
        while (timer := next_timer(kept.state)) is not None and timer[0] <= at:
            kept, recorded, _ = self._step(kept, Event(timer[1], timer[0], {"by": None}), None)
            changes += recorded
        asked = Event(event, at, {**(facts or {}), "by": None if by is None else str(by)})
        kept, recorded, refused = self._step(kept, asked, amended)
        mine = (evolve(change, request=request, takes_back=takes_back) for change in recorded)
        return Moved(kept, (*changes, *mine), refused)

    def _step(self, kept: Kept, event: Event, amended: Amended | None) -> tuple[Kept, Sequence[Change], str | None]:
        state, effects, taken = step(self.chart, kept.state, event)
        status, by = self._status(state), event.payload["by"]
        refused = next((str(effect.args["code"]) for effect in effects if effect.name == REFUSE), None)
        if refused is None and not taken.transitions and not rules.is_as_wanted(event.name, status):
            refused = CONFLICT
        if not _count(effects, RECORD):
            return Kept(kept.note, state), (), refused
        worded = kept.note if amended is None else _with_words(kept.note, amended)
        note = evolve(worded, status=status, version=worded.version + 1, updated_at=event.at)
        return Kept(note, state), (_change(note, event.name, None if by is None else UUID(by)),), refused

    def _status(self, state: State) -> Status:
        (innermost,) = (id for id in state.active if self.chart.is_atomic(id))
        return Status(innermost)

    def _initial(self, note: Note, *, self_firming: bool) -> Data:
        return rules.initial(self.delays, self.limits, author=id_text(note.author_id), self_firming=self_firming)

    def stored(self, state: State) -> Mapping[str, Any]:
        return dump(self.chart, state)

    def read(self, note: Note, stored: Mapping[str, Any]) -> State:
        """Raises ChartError for a state of a chart that today's does not know."""
        initial = self._initial(note, self_firming=False)
        return read(self.chart, migrated(self.chart, stored, initial, note.updated_at))


def earlier_words(changes: Sequence[Change]) -> Amended | None:
    """The words to go back to, by all that was recorded of a note; None when it has had no others.

    Going back takes one change of words off the row of them, so the next time it is the one before.
    """
    row: list[Amended] = []
    for each in changes:
        words = Amended(each.text, each.category, each.confidence, (each.frame_in, each.frame_out))
        if each.takes_back and len(row) > 1:
            row.pop()
        elif not row or row[-1] != words:
            row.append(words)
    return row[-2] if len(row) > 1 else None


def _count(effects: Sequence[Effect], name: str) -> int:
    return sum(effect.name == name for effect in effects)


def _begun(note: Note, version: int, status: Status) -> Note:
    is_so = (note.version, note.status) == (version, status)
    return note if is_so else evolve(note, version=version, status=status)


def _change(note: Note, event: str, by: UUID | None) -> Change:
    what = (note.status, note.text, note.category, note.confidence, note.frame_in, note.frame_out)
    return Change(note.id, note.version, note.updated_at, by, event, *what)


def _with_words(note: Note, amended: Amended) -> Note:
    frame_in, frame_out = amended.frames or (note.frame_in, note.frame_out)
    return evolve(
        note,
        text=amended.text,
        category=amended.category,
        confidence=amended.confidence,
        frame_in=frame_in,
        frame_out=frame_out,
        transcript="\n".join(filter(None, (note.transcript, amended.heard)))[:MAX_TRANSCRIPT],
    )


def was_asked(changes: Iterable[Change], by: UUID, request: UUID | None) -> bool:
    """Whether that request of theirs has been done."""
    return request is not None and any((each.by, each.request) == (by, request) for each in changes)


def outcome(status: Status, events: Iterable[str]) -> Outcome:
    """What the author made of a note, by all that was recorded of it. Words that went into another note were good."""
    heard = list(events)
    if status is Status.DELETED and heard[-1] != "merge":
        return Outcome.DELETED
    return Outcome.EDITED if {"edit", "merge"} & {*heard} else Outcome.KEPT


@cache
def _chart() -> Chart:
    names = Names(
        guards=GUARDS[NAME],
        updates=UPDATES[NAME],
        effects=EFFECTS,
        delays=frozenset({"tool"}),
        invariants=INVARIANTS[NAME],
        migrations=MIGRATIONS[NAME],
    )
    return load_file(folder("statecharts") / f"{NAME}.yaml", names)


def note_life(posting: Posting) -> NoteLife:
    """Raises ChartError when the file of the chart is not as it should be."""
    return NoteLife(_chart(), {"tool": posting.tool_ms}, {"attempts": posting.attempts})
