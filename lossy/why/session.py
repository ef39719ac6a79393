"""What happened in a session, and what came of it. Pure.

The fields are the keys of `--json`. Times are in ms since the Unix epoch.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.why.case import About, Case, about
from lossy.why.event import Standing, standing
from lossy.why.moved import moved
from lossy.why.remark import Remark
from lossy.why.segments import IGNORED, KEPT, MISSING, UNKNOWN, Segment
from lossy.why.timeline import Happening, happenings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossy.why.replay import Step

SIGNS_OF_LIFE = ("heartbeat", "metrics")


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


def tell_session(case: Case) -> Session:
    last = case.steps[-1] if case.steps else None
    stands = None if last is None or last.after is None else standing(case.charts, last.after)
    return Session(
        about=about(case.recorded),
        held=case.recorded.held,
        epochs=tuple(sorted({*case.recorded.epochs})),
        versions=dict(last.versions) if last else {},
        stands=stands,
        counts=_counts(case),
        happenings=tuple(happenings(case.steps, moved(case.recorded))),
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
