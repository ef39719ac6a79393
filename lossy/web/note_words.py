"""A note in words for people: where it stands, what became of it, and why it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.domain.imports.drafts import BY as IMPORT
from lossy.domain.timecode import range_text
from lossy.inference.rules import RULES as BY_RULES
from lossy.store.note_life import BEGUN
from lossy.why.words import CHANGED, DECIDED, RULES, TIMES, UNSAID, or_itself, points

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from lossy.domain.notes import Note
    from lossy.store.note_life import Change
    from lossy.why.note import Note as Why
    from lossy.why.remark import Draft

STATES: Mapping[str, str] = {
    "ghost": "heard",
    "firmed": "kept",
    "queued": "waits to be posted",
    "posting": "is being posted",
    "posted": "posted",
    "failed": "could not be posted",
    "deleted": "deleted",
}
ORDERS: Mapping[str, str] = {"frame": "As in the film", "newest": "Latest first", "updated": "Latest change first"}
NOBODY = "by itself"


@frozen
class Changed:
    """One change: when (ms), what, by whom, and what is different from before."""

    at: int
    what: str
    by: str
    differences: tuple[str, ...]


@frozen
class Story:
    """`said` is what the note itself was at first, without others that went into it. `reasons` say why it is there, the
    first of them in one line; `changes` are the latest first.
    """

    said: str
    by: str
    reasons: tuple[str, ...]
    decision: str
    place: tuple[str, ...]
    changes: tuple[Changed, ...]


def told(
    note: Note, changes: Sequence[Change], why: Why, people: Mapping[UUID, str], merged: Mapping[int, str]
) -> Story:
    """`changes` are the latest first; `merged` are the words of other notes, by the version that has them in it."""
    draft = why.remark.draft if why.remark else None
    return Story(
        said=_said(note, why),
        by=_maker(note, draft),
        reasons=tuple(_reasons(draft)) if draft else (),
        decision=_decision(why.decision),
        place=tuple(_place(note, why)),
        changes=tuple(_changes(note, changes, people, merged)),
    )


def _said(note: Note, why: Why) -> str:
    if note.provenance.get("by") in UNSAID:
        return ""
    return why.remark.said[0].text if why.remark and why.remark.said else note.transcript


def _maker(note: Note, draft: Draft | None) -> str:
    if draft is not None:
        return "the rules" if draft.by == BY_RULES else f"the model {draft.by}"
    if note.provenance.get("by") == IMPORT:
        return f"an import of {note.provenance.get('file') or 'a file'}"
    return "hand" if note.session_id is None else "the rules"


def _reasons(draft: Draft) -> Iterator[str]:
    for reason in draft.reasons:
        name, _, what = reason.partition(": ")
        adds = points(name)
        if name in RULES:
            yield or_itself(RULES, name) + (f", {adds / 100:+.2f}" if adds else "")
        elif name == "topic" and what:
            yield f"it is about {what}"
        elif name == "sign" and what:
            yield f"sign: {what}"


def _decision(numbers: Mapping[str, Any]) -> str:
    return or_itself(DECIDED, numbers["reason"]).format(**numbers) if numbers else ""


def _place(note: Note, why: Why) -> Iterator[str]:
    frames = f"frame {note.frame_in}" if note.frame_out is None else f"frames {note.frame_in} to {note.frame_out}"
    yield f"{frames} at {note.rate.num / note.rate.den:.3f} frames a second"
    if why.frame.spoken:
        yield f"the time was named, {or_itself(TIMES, why.frame.spoken)}"
    elif why.remark is not None:
        yield f"where the remark began; the true onset is within {why.frame.uncertainty_ms} ms of it"


def _changes(
    note: Note, changes: Sequence[Change], people: Mapping[UUID, str], merged: Mapping[int, str]
) -> Iterator[Changed]:
    for number, change in enumerate(changes):
        before = changes[number + 1] if number + 1 < len(changes) else None
        by = NOBODY if change.by is None else f"by {people.get(change.by, 'somebody who is gone')}"
        deed = f"merged with “{merged[change.version]}”" if change.version in merged else _deed(note, change)
        yield Changed(change.at, deed, by, tuple(_differences(note, before, change)) if before else ())


def _deed(note: Note, change: Change) -> str:
    if change.event == BEGUN and change.version > 1:
        return "kept at once"  # recorded as said once more: nobody was asked
    if change.event == BEGUN:
        return UNSAID.get(note.provenance.get("by", ""), CHANGED[BEGUN])
    return "a change taken back" if change.takes_back else or_itself(CHANGED, change.event)


def _differences(note: Note, before: Change, after: Change) -> Iterator[str]:
    if before.text != after.text:
        yield f"“{before.text}” became “{after.text}”"
    if before.category is not after.category:
        yield f"{before.category} became {after.category}"
    frames = (before.frame_in, before.frame_out), (after.frame_in, after.frame_out)
    if frames[0] != frames[1]:
        yield " became ".join(range_text(*each, note.rate) for each in frames)
