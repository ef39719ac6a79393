"""Why a note exists and reads as it does. Pure.

The fields are the keys of `--json`. Times are in ms since the Unix epoch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.domain.imports.drafts import BY as IMPORT
from lossy.domain.timecode import ms_of
from lossy.sessions.note_draft import BY as HAND
from lossy.why.case import About, Case, about
from lossy.why.event import Difference, differences
from lossy.why.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from lossy.charts.model import Chart
    from lossy.store.journal_reading import Changed, KeptNote


FRAMES = frozenset({"frame_in", "frame_out"})


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
class Moved:
    """Where a note is today, when that is not where it was at first; `words` and `n` are of what moved it last. The
    media times are those that the words named, else when the frames begin to show.
    """

    frame_in: int
    frame_out: int | None
    media_ms: int
    media_end_ms: int | None
    words: str | None
    n: int | None


@frozen
class Origin:
    """How a note came about that no session that is kept has: `by` is `import` or `hand`, else it was said."""

    by: str | None
    author: str
    file: str | None
    via: str | None


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
    origin: Origin | None
    remark: Remark | None
    decision: dict[str, Any]
    frame: Frame
    moved: Moved | None
    versions: dict[str, int]
    changes: tuple[Change, ...]
    state: tuple[str, ...]
    why: str
    threshold: float | None
    made_of_it: str | None


def tell_note(chart: Chart, kept: KeptNote, case: Case | None) -> Note:
    """`chart` is that of notes; `case` is the session it was said in, where that is kept."""
    note, remark_id = kept.note, str(kept.note.provenance.get("remark", ""))
    remark = case.remark(remark_id) if case else None
    state = tuple(kept.state["active"])
    innermost = chart.nodes.get(state[-1]) if state else None
    changes = tuple(_changes(kept, case))
    return Note(
        id=str(note.id),
        text=note.text,
        category=note.category.value,
        confidence=note.confidence,
        status=note.status.value,
        about=about(case.recorded) if case else None,
        origin=None if case else _origin(kept),
        remark=remark,
        decision=dict(remark.outcome.get("decision", {})) if remark else {},
        frame=_frame(kept, remark),
        moved=_moved(kept, changes, case),
        versions={name: int(version) for name, version in note.provenance.get("charts", {}).items()},
        changes=changes,
        state=state,
        why=innermost.why if innermost else "",
        threshold=kept.threshold,
        made_of_it=kept.outcome,
    )


def _origin(kept: KeptNote) -> Origin:
    by, file, via = (kept.note.provenance.get(name) for name in ("by", "file", "via"))
    made = by if by in (HAND, IMPORT) else None
    return Origin(made, _name(kept, kept.note.author_id), file, via)


def _name(kept: KeptNote, user_id: UUID) -> str:
    return kept.people.get(user_id, str(user_id))


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


def _moved(kept: KeptNote, changes: tuple[Change, ...], case: Case | None) -> Moved | None:
    note = kept.note
    frames = (note.frame_in, note.frame_out)
    by = next((each for each in reversed(changes) if FRAMES & {one.path for one in each.changed}), None)
    first = kept.changes[0].change if kept.changes else note
    if by is None or frames == (first.frame_in, first.frame_out):
        return None
    remarks = case.remarks if case and by.in_this_session and by.words else ()
    draft = next((remark.draft for remark in remarks if remark.settled_n == by.n and remark.draft), None)
    at, end = (draft.media_ms, draft.media_end_ms) if draft else (None, None)
    if at is None:
        at, end = ms_of(note.frame_in, note.rate), None if note.frame_out is None else ms_of(note.frame_out, note.rate)
    return Moved(*frames, at, end, by.words, by.n if by.in_this_session else None)


def _changes(kept: KeptNote, case: Case | None) -> Iterator[Change]:
    before: dict[str, Any] = {}
    for changed in kept.changes:
        now = _said(changed)
        by, here = changed.change.by, case is not None and changed.session_id == case.recorded.session_id
        yield Change(
            version=changed.change.version,
            at=changed.change.at,
            by=None if by is None else _name(kept, by),
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
