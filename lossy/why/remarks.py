"""The remarks of a session: what was said, each try at it, what was made of it, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.charts.together import Charts
from lossy.sessions.restore import AGENT
from lossy.store.journal_reading import Settled
from lossy.why.moved import moved
from lossy.why.passages import Passage, passages
from lossy.why.remark import Draft, Failure, Remark, Said, Stage
from lossy.why.replay import Step
from lossy.why.segments import TRANSCRIPT, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.together import States
    from lossy.store.journal_reading import Recorded

HEARD = "transcript"  # by which the agent hears of a remark
HAND = "hand"  # the region of the agent's chart that has the remark in hand
# The states in which that is the last note: it can be taken back, is moved, or goes on its way.
ABOUT_LAST = frozenset({"confirming", "accepted", "executing_tool", "cancelling"})
# Where a word about that note leads.
ACTS = frozenset({"executing_tool", "cancelling"})
DRAFTED, FAILED, TIMED_OUT = "done.structuring", "failed.structuring", "after.structuring"
TIMEOUT = "structuring_timeout"

# A client makes its remarks' ids at random; those of the server's transcriber follow from the segment (RFC 4122).
MADE_HERE = 5


def remarks(
    charts: Charts, recorded: Recorded, steps: Sequence[Step], segments: Sequence[Segment]
) -> tuple[Remark, ...]:
    """In the order in which they were first heard of."""
    settled = {str(each.remark_id): each for each in recorded.settled}
    with_entry: dict[int, list[str]] = {}
    for id, each in settled.items():
        with_entry.setdefault(each.n, []).append(id)
    about: dict[str, list[Step]] = {id: [] for id in settled}
    for step in steps:
        for id in dict.fromkeys((*_about(step), *with_entry.get(step.entry.n, ()))):
            about.setdefault(id, []).append(step)
    telling = _Telling(charts, steps, segments, settled, moved(recorded))
    told = (telling.of(id, each) for id, each in about.items())
    return tuple(sorted(told, key=lambda remark: remark.said[0].n if remark.said else remark.settled_n or 0))


@frozen
class _Telling:
    charts: Charts
    steps: Sequence[Step]
    segments: Sequence[Segment]
    settled: Mapping[str, Settled]
    moved: Mapping[int, str]

    def of(self, id: str, about: Sequence[Step]) -> Remark:
        settled = self.settled.get(id)
        step = None if settled is None else next((step for step in about if step.entry.n == settled.n), None)
        in_hand, waits = self._standing(id) if settled is None else ((), None)
        return Remark(
            id=id,
            said=tuple(_said(step) for step in about if _says(step, id)),
            segment=next((each for each in self.segments if id in each.remarks), None),
            failures=tuple(_failures(id, about)),
            draft=_draft(next((each for each in about if _is_draft(each, id)), step)),
            stages=tuple(self._stages(id, about)),
            settled_n=settled.n if settled else None,
            settled_at=step.entry.at if step else None,
            outcome=settled.outcome if settled else {},
            in_hand=in_hand,
            waits=waits,
            doubt=next((step.doubt for step in about if step.doubt), ""),
            did=self.moved.get(settled.n, "") if settled and "command" in settled.outcome else "",
        )

    def _standing(self, id: str) -> tuple[tuple[str, ...], int | None]:
        last = self.steps[-1].after if self.steps else None
        if last is None:
            return (), None
        agent = last[AGENT]
        if _is_in_hand(last, id):
            chart = self.charts[AGENT]
            return tuple(each for each in chart.in_order(agent.active) if chart.inside(each, HAND)), None
        waiting = [remark["id"] for remark in agent.data["waiting"]]
        return (), waiting.index(id) if id in waiting else None

    def _stages(self, id: str, about: Sequence[Step]) -> Iterator[Stage]:
        for step in about:
            of_hand = (each for each in passages(self.charts, step) if self._is_of_hand(each))
            taken = tuple(each for each in of_hand if _concerns(each, id, step))
            if taken:
                yield Stage(step.entry.n, step.entry.at, step.entry.event, taken)

    def _is_of_hand(self, passage: Passage) -> bool:
        chart = self.charts[AGENT]
        known = passage.chart == AGENT and passage.source in chart.nodes
        return known and (passage.source == HAND or chart.inside(passage.source, HAND))


def _failures(id: str, about: Sequence[Step]) -> Iterator[Failure]:
    for step in about:
        entry = step.entry
        if entry.event in (FAILED, TIMED_OUT) and _is_in_hand(step.before, id):
            reason = TIMEOUT if entry.event == TIMED_OUT else str(entry.payload["reason"])
            yield Failure(entry.n, entry.at, reason)


def _is_draft(step: Step, id: str) -> bool:
    return step.entry.event == DRAFTED and _is_in_hand(step.before, id)


def _draft(found: Step | None) -> Draft | None:
    """Where the states are not known, the draft is what the remark was settled by."""
    if found is None or found.entry.event != DRAFTED:
        return None
    entry = found.entry
    return Draft(entry.n, entry.at, **{**entry.payload, "reasons": tuple(entry.payload["reasons"])})


def _says(step: Step, id: str) -> bool:
    return step.entry.event == TRANSCRIPT and step.entry.payload["id"] == id


def _said(step: Step) -> Said:
    entry, payload = step.entry, step.entry.payload
    return Said(
        n=entry.n,
        at=entry.at,
        text=payload["text"],
        spoken_at=payload["spoken_at"],
        media_ms=payload["media_ms"],
        duration_ms=payload["duration_ms"],
        segment=payload.get("segment"),
        device=None if entry.device_id is None else str(entry.device_id),
        stt_confidence=payload.get("stt_confidence"),
        by_server=UUID(payload["id"]).version == MADE_HERE,
    )


def _about(step: Step) -> Iterator[str]:
    """The remarks that it moves: what is said, what is in hand, and the last note's while a word takes it back."""
    found = [step.entry.payload["id"]] if step.entry.event == TRANSCRIPT else []
    around = [states[AGENT] for states in (step.before, step.after) if states is not None]
    found += [agent.data["remark"]["id"] for agent in around if agent.data["remark"]]
    if around and ABOUT_LAST & (around[0].active | {_source(taken) for taken in step.entry.taken}):
        found += [agent.data["last"]["id"] for agent in around if agent.data["last"]]
    yield from dict.fromkeys(found)


def _concerns(passage: Passage, id: str, step: Step) -> bool:
    """Whether it moves that remark, and not another one that the same entry moves."""
    around = [states[AGENT].data for states in (step.before, step.after) if states is not None]
    if not around or passage.event == HEARD:
        return _says(step, id) or (not around and step.entry.event != TRANSCRIPT)
    is_last = any(agent["last"] and agent["last"]["id"] == id for agent in around)
    if passage.source in ABOUT_LAST:
        return is_last
    if is_last and not ACTS.isdisjoint(passage.to):
        return True
    return _says(step, id) or any(_is_in_hand(states, id) for states in (step.before, step.after))


def _source(taken: str) -> str:
    return taken.rpartition(":")[2].partition("/")[0]


def _is_in_hand(states: States | None, id: str) -> bool:
    return states is not None and bool(states[AGENT].data["remark"]) and states[AGENT].data["remark"]["id"] == id
