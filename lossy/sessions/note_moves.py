"""What the agent does with notes: it saves them, mends them, and tells their own charts what was said or clicked.

Each function is a half of a row in `lossy/sessions/effects.py`. A note's id follows from its session and its remark,
so nothing is made twice, and whoever speaks of the last note knows which that is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import attrs

from lossy.domain import agent
from lossy.domain.commands import Command, command_of
from lossy.domain.ids import id_text
from lossy.domain.notes import Category, Note, Status
from lossy.domain.timecode import frame_at
from lossy.inference.speech import ONSET_UNCERTAINTY_MS
from lossy.store.ledger import MoveNote, Noted, SaveNote, SettleRemark
from lossy.store.note_life import Amended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.charts.model import Data, Effect
    from lossy.sessions.effects import Performer, Written
    from lossy.store.ledger import Write

# The command by which the note's own chart comes to hear each event; an undo may delete too.
COMMAND_OF: Mapping[str, Command] = {
    "confirm": Command.CONFIRM,
    "delete": Command.SCRATCH,
    "undo": Command.UNDO,
    "unqueue": Command.UNDO,
    "edit": Command.UNDO,
    "queue": Command.POST,
}
ABOUT_A_NOTE = frozenset(COMMAND_OF.values())
CLICKED: Mapping[str, str] = {"cancel": Command.SCRATCH}  # the others have the names of their commands
EDIT, AMEND = "edit", "amend"
CLICK = "click"  # in the payload of a click: the id that its client gave it, by which a repeat is known

# A note's id is asked for five times while it is made, at 4 us each.
NOTES_IN_HAND = 1024


@lru_cache(NOTES_IN_HAND)
def note_of(session_id: UUID, remark_id: str) -> UUID:
    return uuid5(session_id, f"note {remark_id}")


def remark_of_last(session_id: UUID, data: Data, note_id: UUID) -> str | None:
    """The remark that the agent's last note is of, if that is the note; `data` is the agent's."""
    last = data["last"]
    return last["id"] if last and note_of(session_id, last["id"]) == note_id else None


# -- a note that is said ------------------------------------------------------------------------------------------


def save_note(session: Performer, effect: Effect, n: int) -> tuple[Write, ...]:
    note = _note(session, effect, n)
    firms = note.category.value in effect.data["self_firming"]
    outcome = {"note_id": id_text(note.id), **decided(effect)}
    save = SaveNote(note, outcome["decision"]["threshold"], self_firming=firms)
    return save, _settled(session, effect, outcome)


def tell_note(session: Performer, effect: Effect, written: Written) -> None:
    note = _left(written).note
    assert note is not None, "it has just been saved"
    session.announce("note_created", note)
    tell_settled(session, written)


def decided(effect: Effect) -> dict[str, Any]:
    """The decision about the draft that the effect's event brought, with its numbers."""
    return {"decision": agent.judgement(effect.data, effect.event.payload).as_payload()}


def _note(session: Performer, effect: Effect, n: int) -> Note:
    remark, draft = effect.data["remark"], effect.event.payload
    frame_in, frame_out = _frames(session, draft)
    uncertainty = remark.get("onset_uncertainty_ms")  # a client that saw the player's frames knows better than we do
    return Note(
        id=note_of(session.id, remark["id"]),
        video_id=session.video.id,
        session_id=session.id,
        author_id=session.user_id,
        text=draft["text"],
        category=Category(draft["category"]),
        confidence=draft["confidence"],
        frame_in=frame_in,
        frame_out=frame_out,
        rate=session.video.rate,
        onset_uncertainty_ms=ONSET_UNCERTAINTY_MS if uncertainty is None else uncertainty,
        status=Status.GHOST,
        transcript=remark["text"],
        provenance={
            "remark": remark["id"],
            "segment": remark["segment"],
            "entries": [remark["n"], n],
            "charts": {name: chart.version for name, chart in session.kinds.items()},
            "rules": [*draft["reasons"]],
            "by": draft["by"],
        },
        created_at=effect.event.at,
    )


def _frames(session: Performer, draft: Data) -> tuple[int, int | None]:
    rate, end = session.video.rate, draft["media_end_ms"]
    return frame_at(draft["media_ms"], rate), None if end is None else frame_at(end, rate)


# -- the last note ------------------------------------------------------------------------------------------------


def amend_note(session: Performer, effect: Effect, n: int) -> tuple[Write, ...]:
    """A correction keeps the note's frames where it names no time: its `media_ms` is None then."""
    draft = effect.event.payload
    amended = Amended(
        text=draft["text"],
        category=Category(draft["category"]),
        confidence=draft["confidence"],
        frames=None if draft["media_ms"] is None else _frames(session, draft),
        heard=effect.data["remark"]["text"],
    )
    edit = _move(session, effect, EDIT, {"spoken": True}, amended)
    outcome = {**about_last(session, effect.data), "amended": True, **decided(effect)}
    return edit, _settled(session, effect, outcome)


def tell_amended(session: Performer, effect: Effect, written: Written) -> None:
    _announce(session, _left(written))
    tell_settled(session, written)
    _tell_result(session, effect, AMEND, _left(written))


def move_note(session: Performer, effect: Effect, n: int) -> tuple[Write, ...]:
    """An edit that brings no words of its own takes the last ones back."""
    event = effect.args["event"]
    if event == EDIT:
        return (attrs.evolve(_move(session, effect, EDIT, {"spoken": True}), earlier=True),)
    return (_move(session, effect, event),)


def tell_moved(session: Performer, effect: Effect, written: Written) -> None:
    _announce(session, _left(written))
    _tell_result(session, effect, _asked(effect).value, _left(written))


def _asked(effect: Effect) -> Command:
    """What was said or clicked, or the rule did, that moves the note."""
    remark = effect.data["remark"]
    undone = effect.event.name == Command.UNDO or (remark and command_of(remark["text"]) is Command.UNDO)
    return Command.UNDO if undone else COMMAND_OF[effect.args["event"]]


def _move(
    session: Performer, effect: Effect, event: str, facts: Data | None = None, amended: Amended | None = None
) -> MoveNote:
    last = note_of(session.id, effect.data["last"]["id"])
    click = effect.event.payload.get(CLICK)
    request = None if click is None else UUID(click)
    return MoveNote(last, event, session.user_id, effect.event.at, facts or {}, amended, request=request)


def _announce(session: Performer, noted: Noted) -> None:
    if noted.changed and noted.note is not None:
        deleted = noted.note.status is Status.DELETED
        session.announce("note_deleted" if deleted else "note_updated", noted.note)


def _tell_result(session: Performer, effect: Effect, command: str, noted: Noted) -> None:
    result: dict[str, Any] = {"type": "tool_result", "command": command, "ok": noted.refused is None}
    if noted.note is not None:
        result |= {"status": noted.note.status.value}
    if noted.refused is not None:
        result |= {"code": noted.refused}
    last = {"remark_id": effect.data["last"]["id"], **about_last(session, effect.data)}
    session.push("agent_event", {**last, **result})


def about_last(session: Performer, data: Data) -> dict[str, Any]:
    return {"note_id": str(note_of(session.id, data["last"]["id"]))} if data["last"] else {}


# -- what was a command -------------------------------------------------------------------------------------------


def obey(session: Performer, effect: Effect, n: int) -> tuple[Write, ...]:
    command = command_of(effect.data["remark"]["text"])
    assert command is not None, "the chart has asked"
    about = about_last(session, effect.data) if command in ABOUT_A_NOTE else {}
    return (_settled(session, effect, {"command": command.value, **about}),)


def tell_obeyed(session: Performer, effect: Effect, written: Written) -> None:
    settled = _settlement(written)
    session.push("agent_event", {"type": "intent", "remark_id": str(settled.id), **settled.outcome})
    tell_settled(session, written)


def tell_agent_event(session: Performer, effect: Effect, written: Written) -> None:
    """An intent is of the remark in hand, everything else about the last note, if there is one."""
    data, told = effect.data, dict(effect.args)
    if told["type"] == "intent":
        told["remark_id"] = data["remark"]["id"]
    elif data["last"]:
        told |= {"remark_id": data["last"]["id"], **about_last(session, data)}
    if told["type"] == "tool_result":
        told["command"] = CLICKED.get(effect.event.name, effect.event.name)
    session.push("agent_event", told)


# -- both halves --------------------------------------------------------------------------------------------------


def _settled(session: Performer, effect: Effect, outcome: Mapping[str, Any]) -> SettleRemark:
    return SettleRemark(session.user_id, UUID(effect.data["remark"]["id"]), outcome)


def tell_settled(session: Performer, written: Written) -> None:
    """What became of the remark, as it was written: to those who watch, and to whoever sent it."""
    settled = _settlement(written)
    remark_id = id_text(settled.id)
    session.push("remark", {"remark_id": remark_id, **settled.outcome})
    session.audience.settle(remark_id, settled.outcome)


def _settlement(written: Written) -> SettleRemark:
    (settled,) = [write for write in written.writes if isinstance(write, SettleRemark)]
    return settled


def _left(written: Written) -> Noted:
    (noted,) = written.noted
    return noted
