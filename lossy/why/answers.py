"""What `lossy why` answers of a note, a remark and a session. Pure: from what is kept of the session, and the charts.

Their fields are the keys of `--json`. Times are in ms since the Unix epoch.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.charts.together import Charts
from lossy.store.journal_reading import Recorded
from lossy.why import event as entry_told
from lossy.why.event import Difference, Standing, differences
from lossy.why.remarks import Remark, remarks
from lossy.why.replay import Step, replay
from lossy.why.segments import IGNORED, KEPT, MISSING, UNKNOWN, Segment, segments
from lossy.why.timeline import Happening, happenings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lossy.charts.model import Chart, Data
    from lossy.store.journal_reading import Changed, KeptNote


class Unknown(LookupError):
    """Nothing is kept under that name."""


SIGNS_OF_LIFE = ("heartbeat", "metrics")


@frozen
class About:
    """Whose session it is, of which film, and when."""

    session: str
    person: str
    film: str
    url: str
    rate: str
    began_at: int
    last_at: int
    ended_at: int | None
    devices: tuple[str, ...]
    tabs: tuple[str, ...]


@frozen
class Change:
    """A change of a note: who (nobody when a timer or a job), when, by which entry, and what is different. `words` are
    those that were said to make it.
    """

    version: int
    at: int
    by: str | None
    event: str
    status: str
    n: int | None
    in_this_session: bool
    words: str | None
    changed: tuple[Difference, ...]


@frozen
class Frame:
    """Where a note is, and how that came from the media time; `spoken` is the rule by which a time was said."""

    media_ms: int | None
    media_end_ms: int | None
    rate: str
    frame_in: int
    frame_out: int | None
    uncertainty_ms: int
    spoken: str | None


@frozen
class Note:
    """`decision` has the numbers by which it was kept, `made_of_it` is what its author made of that since.

    `state` is where its chart stands, outermost first, and `why` what that state is for.
    """

    id: str
    text: str
    category: str
    confidence: float
    status: str
    about: About | None
    remark: Remark | None
    decision: dict[str, Any]
    frame: Frame
    versions: dict[str, int]
    changes: tuple[Change, ...]
    state: tuple[str, ...]
    why: str
    threshold: float | None
    made_of_it: str | None


@frozen
class Counts:
    """`ignored` are segments, `refused` and `commands` remarks, by reason or name; `missing` segments without words. Of
    `unknown` ones nobody knows whether they were kept.
    """

    entries: int
    kept: int
    ignored: dict[str, int]
    unknown: int
    remarks: int
    notes: int
    mended: int
    refused: dict[str, int]
    commands: dict[str, int]
    open: int
    missing: int
    signs_of_life: int


@frozen
class Session:
    """`stands` is None where it is not known; `doubts` says why, from which entry on."""

    about: About
    held: bool
    epochs: tuple[int, ...]
    versions: dict[str, int]
    stands: tuple[Standing, ...] | None
    counts: Counts
    happenings: tuple[Happening, ...]
    segments: tuple[Segment, ...]
    remarks: tuple[Remark, ...]
    notes: dict[str, str]
    doubts: tuple[tuple[int, str], ...]


@frozen(eq=False)
class Case:
    """A session, played again once for all that is asked of it."""

    charts: Charts
    recorded: Recorded
    steps: tuple[Step, ...]
    segments: tuple[Segment, ...]
    remarks: tuple[Remark, ...]

    def remark(self, id: str) -> Remark | None:
        return next((each for each in self.remarks if each.id == id), None)

    def entry(self, which: str) -> entry_told.Event | None:
        """The entry of that number, or `seq@device`."""
        step = entry_told.find(self.steps, which)
        return None if step is None else entry_told.tell(self.charts, self.recorded, step)


def open_case(charts: Charts, initial: Mapping[str, Data], recorded: Recorded) -> Case:
    """`charts` has one of each kind of a session's, `initial` what a new session would start with here."""
    steps = replay(charts, initial, recorded)
    spoken = segments(steps)
    return Case(charts, recorded, steps, spoken, remarks(charts, recorded, steps, spoken))


# -- a session ----------------------------------------------------------------------------------------------------


def about(recorded: Recorded) -> About:
    entries = recorded.entries
    devices = dict.fromkeys(str(entry.device_id) for entry in entries if entry.device_id is not None)
    tabs = dict.fromkeys(str(entry.payload["tab"]) for entry in entries if "tab" in entry.payload)
    return About(
        session=str(recorded.session_id),
        person=recorded.people.get(recorded.user_id, str(recorded.user_id)),
        film=recorded.film.title,
        url=recorded.film.url,
        rate=str(recorded.film.rate),
        began_at=recorded.created_at,
        last_at=max((entry.at for entry in entries), default=recorded.created_at),
        ended_at=recorded.ended_at,
        devices=tuple(devices),
        tabs=tuple(tabs),
    )


def tell_session(case: Case) -> Session:
    last = case.steps[-1] if case.steps else None
    stands = None if last is None or last.after is None else entry_told.standing(case.charts, last.after)
    return Session(
        about=about(case.recorded),
        held=case.recorded.held,
        epochs=tuple(sorted({*case.recorded.epochs})),
        versions=dict(last.versions) if last else {},
        stands=stands,
        counts=_counts(case),
        happenings=tuple(happenings(case.steps)),
        segments=case.segments,
        remarks=case.remarks,
        notes={str(kept.note.id): kept.note.status.value for kept in case.recorded.notes},
        doubts=tuple(_doubts(case.steps)),
    )


def _counts(case: Case) -> Counts:
    outcomes = [remark.outcome for remark in case.remarks]
    made = ["note_id" in each and not {"command", "amended"} & {*each} for each in outcomes]
    return Counts(
        entries=len(case.recorded.entries),
        kept=sum(segment.fate == KEPT for segment in case.segments),
        ignored=_by(segment.reason for segment in case.segments if segment.fate == IGNORED),
        unknown=sum(segment.fate == UNKNOWN for segment in case.segments),
        remarks=len(case.remarks),
        notes=sum(made),
        mended=sum(bool(each.get("amended")) for each in outcomes),
        refused=_by(each.get("refused") for each in outcomes),
        commands=_by(each.get("command") for each in outcomes),
        open=sum(not each for each in outcomes),
        missing=sum(segment.words == MISSING for segment in case.segments),
        signs_of_life=sum(entry.event in SIGNS_OF_LIFE for entry in case.recorded.entries),
    )


def _by(names: Iterable[str | None]) -> dict[str, int]:
    return dict(Counter(name for name in names if name is not None).most_common())


def _doubts(steps: Sequence[Step]) -> Iterator[tuple[int, str]]:
    """Each reason once, with the first entry of those it is of."""
    said = ""
    for step in steps:
        if step.doubt and step.doubt != said:
            yield step.entry.n, step.doubt
        said = step.doubt


# -- a note -------------------------------------------------------------------------------------------------------


def tell_note(chart: Chart, kept: KeptNote, case: Case | None) -> Note:
    """`chart` is that of notes; `case` is the session it was said in, where that is kept."""
    note, remark_id = kept.note, str(kept.note.provenance.get("remark", ""))
    remark = case.remark(remark_id) if case else None
    state = tuple(kept.state["active"])
    innermost = chart.nodes.get(state[-1]) if state else None
    return Note(
        id=str(note.id),
        text=note.text,
        category=note.category.value,
        confidence=note.confidence,
        status=note.status.value,
        about=about(case.recorded) if case else None,
        remark=remark,
        decision=dict(remark.outcome.get("decision", {})) if remark else {},
        frame=_frame(kept, remark),
        versions={name: int(version) for name, version in note.provenance.get("charts", {}).items()},
        changes=tuple(_changes(kept, case)),
        state=state,
        why=innermost.why if innermost else "",
        threshold=kept.threshold,
        made_of_it=kept.outcome,
    )


def _frame(kept: KeptNote, remark: Remark | None) -> Frame:
    """As it was at first; what changed it since is among the changes."""
    draft, first = remark.draft if remark else None, kept.changes[0].change if kept.changes else kept.note
    rules = draft.reasons if draft else kept.note.provenance.get("rules", ())
    spoken = next((reason.removeprefix("time: ") for reason in rules if reason.startswith("time: ")), None)
    return Frame(
        media_ms=draft.media_ms if draft else None,
        media_end_ms=draft.media_end_ms if draft else None,
        rate=str(kept.note.rate),
        frame_in=first.frame_in,
        frame_out=first.frame_out,
        uncertainty_ms=kept.note.onset_uncertainty_ms,
        spoken=spoken,
    )


def _changes(kept: KeptNote, case: Case | None) -> Iterator[Change]:
    before: dict[str, Any] = {}
    for changed in kept.changes:
        now = _said(changed)
        people = case.recorded.people if case else {}
        by, here = changed.change.by, case is not None and changed.session_id == case.recorded.session_id
        yield Change(
            version=changed.change.version,
            at=changed.change.at,
            by=None if by is None else people.get(by, str(by)),
            event=changed.change.event,
            status=changed.change.status.value,
            n=changed.n,
            in_this_session=here,
            words=_words(case, changed.n) if case is not None and here else None,
            changed=tuple(differences(before, now)) if before else (),
        )
        before = now


def _words(case: Case, n: int | None) -> str | None:
    """What was said about a note that was there, where that is what the entry settles."""
    about = (remark for remark in case.remarks if remark.settled_n == n and {"command", "amended"} & {*remark.outcome})
    return next((remark.said[0].text for remark in about if remark.said), None)


def _said(changed: Changed) -> dict[str, Any]:
    change = changed.change
    words = {"text": change.text, "category": change.category.value, "confidence": change.confidence}
    return {**words, "frame_in": change.frame_in, "frame_out": change.frame_out}
