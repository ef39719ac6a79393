"""What every effect of the charts does: the rows of one table.

A row has two halves. `write` gives durable values that commit in the transaction of the event's journal entry;
it is pure, and its ids follow from (session, entry, position), so nothing is made twice. `tell` runs after that
commit, in the order of the chart, and does nothing durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid5

from attrs import frozen

from lossy.channels.errors import rate_limited
from lossy.charts.model import Effect
from lossy.domain import agent
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import frame_at
from lossy.inference.speech import ONSET_UNCERTAINTY_MS
from lossy.store.ledger import EndSession, SaveNote, SettleRemark, Write

if TYPE_CHECKING:
    from lossy.charts.together import Charts
    from lossy.sessions.audience import Audience
    from lossy.store.videos import Video

RETRY_AFTER_MS = 1000


@frozen
class Position:
    """Where an effect stands: the journal entry it commits with, and its place in that step."""

    n: int
    index: int


class Performer(Protocol):
    """What effects need of their session."""

    id: UUID
    user_id: UUID
    video: Video
    charts: Charts

    audience: Audience

    def push_status(self, decision: Mapping[str, Any]) -> None: ...
    def announce(self, note: Note) -> None: ...


def _nothing(session: Performer, effect: Effect, position: Position) -> tuple[Write, ...]:
    return ()


def _silence(session: Performer, effect: Effect, position: Position) -> None:
    return


@frozen
class Row:
    write: Callable[[Performer, Effect, Position], tuple[Write, ...]] = _nothing
    tell: Callable[[Performer, Effect, Position], None] = _silence


def _note(session: Performer, effect: Effect, position: Position) -> Note:
    remark, draft = effect.data["remark"], effect.event.payload
    rate, end = session.video.rate, draft["media_end_ms"]
    return Note(
        id=uuid5(session.id, f"note {position.n} {position.index}"),
        video_id=session.video.id,
        session_id=session.id,
        author_id=session.user_id,
        text=draft["text"],
        category=Category(draft["category"]),
        confidence=draft["confidence"],
        frame_in=frame_at(draft["media_ms"], rate),
        frame_out=None if end is None else frame_at(end, rate),
        rate=rate,
        onset_uncertainty_ms=ONSET_UNCERTAINTY_MS,
        status=Status.GHOST,
        transcript=remark["text"],
        provenance={
            "remark": remark["id"],
            "segment": remark["segment"],
            "entries": [remark["n"], position.n],
            "charts": {name: chart.version for name, chart in session.charts.items()},
            "rules": [*draft["reasons"]],
        },
        created_at=effect.event.at,
    )


def _save_note(session: Performer, effect: Effect, position: Position) -> tuple[Write, ...]:
    note = _note(session, effect, position)
    settled = SettleRemark(session.user_id, UUID(effect.data["remark"]["id"]), {"note_id": str(note.id)})
    return SaveNote(note), settled


def _tell_note(session: Performer, effect: Effect, position: Position) -> None:
    note = _note(session, effect, position)
    session.announce(note)
    session.audience.push("remark", {"note_id": str(note.id), "remark_id": effect.data["remark"]["id"]})
    session.audience.settle(effect.data["remark"]["id"], {"note_id": str(note.id)})


def _outcome(effect: Effect) -> tuple[str, dict[str, Any]]:
    """The remark that is refused, and why, with the numbers of the decision.

    The voice chart refuses what is in its event, the agent what it has in hand. A failure's reason is in the data.
    """
    refused = {"refused": effect.args.get("reason") or effect.data["failure"]}
    remark = effect.data.get("remark")
    if remark is None:
        return effect.event.payload["id"], refused
    if "confidence" in effect.event.payload:
        verdict = agent.judgement(effect.data, effect.event.payload)
        refused |= {"confidence": verdict.confidence, "threshold": verdict.threshold}
    return remark["id"], refused


def _refuse(session: Performer, effect: Effect, position: Position) -> tuple[Write, ...]:
    remark_id, outcome = _outcome(effect)
    return (SettleRemark(session.user_id, UUID(remark_id), outcome),)


def _tell_refusal(session: Performer, effect: Effect, position: Position) -> None:
    remark_id, outcome = _outcome(effect)
    session.audience.push("remark", {"remark_id": remark_id, **outcome})
    session.audience.settle(remark_id, outcome)


def _tell_status(session: Performer, effect: Effect, position: Position) -> None:
    session.push_status(effect.args)


def _defer(session: Performer, effect: Effect, position: Position) -> None:
    session.audience.settle(effect.event.payload["id"], rate_limited(RETRY_AFTER_MS))


def _tell_agent_event(session: Performer, effect: Effect, position: Position) -> None:
    """Of the remark in hand, or else of the one that the last note is of."""
    remark = effect.data["remark"] or effect.data["last"]
    session.audience.push("agent_event", {"remark_id": remark["id"], **effect.args})


def _end_session(session: Performer, effect: Effect, position: Position) -> tuple[Write, ...]:
    return (EndSession(effect.event.at),)


EFFECTS: Mapping[str, Row] = {
    "status": Row(tell=_tell_status),
    "save_note": Row(write=_save_note, tell=_tell_note),
    "refuse": Row(write=_refuse, tell=_tell_refusal),
    "report_failure": Row(write=_refuse, tell=_tell_refusal),
    "agent_event": Row(tell=_tell_agent_event),
    "defer": Row(tell=_defer),
    "end_session": Row(write=_end_session),
}
