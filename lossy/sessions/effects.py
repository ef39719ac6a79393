"""What every effect of the charts does: the rows of one table.

A row has two halves. `write` gives durable values that commit in the transaction of the event's journal entry;
it is pure, and its ids follow from the session and what was said, so nothing is made twice. `tell` runs after that
commit, in the order of the chart, and does nothing durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from attrs import frozen

from lossy.channels.errors import gap, rate_limited
from lossy.charts.model import Effect
from lossy.charts.value import value
from lossy.sessions import note_moves
from lossy.sessions.links import ATTACH
from lossy.sessions.restore import AGENT
from lossy.sessions.view import picture
from lossy.store.ledger import EndSession, Noted, SettleRemark, Write

if TYPE_CHECKING:
    from lossy.charts.together import Charts, States
    from lossy.domain.notes import Note
    from lossy.sessions.audience import Audience
    from lossy.sessions.hearing import Hearing
    from lossy.sessions.inbox import Answer
    from lossy.store.videos import Video

RETRY_AFTER_MS = 1000
UNSURE = "low_confidence"


@value
class Written:
    """What an effect has written, now that it is durable, and what its note writes left behind."""

    writes: tuple[Write, ...] = ()
    noted: tuple[Noted, ...] = ()


NOTHING = Written()


class Performer(Protocol):
    """What effects need of their session."""

    id: UUID
    user_id: UUID
    video: Video
    kinds: Charts
    audience: Audience
    hearing: Hearing
    states: States

    @property
    def is_followed(self) -> bool: ...
    def push(self, event: str, payload: Mapping[str, Any]) -> None: ...
    def reply(self, answer: Answer) -> None: ...
    def status(self) -> dict[str, Any]: ...
    def close_links(self) -> None: ...
    def push_status(self, decision: Mapping[str, Any]) -> None: ...
    def announce(self, event: str, note: Note) -> None: ...


def _silence(session: Performer, effect: Effect, written: Written) -> None:
    return


@frozen
class Row:
    """`write` is given the number of the journal entry; most effects have none."""

    write: Callable[[Performer, Effect, int], tuple[Write, ...]] | None = None
    tell: Callable[[Performer, Effect, Written], None] = _silence


def _outcome(effect: Effect) -> tuple[str, dict[str, Any]]:
    """The remark that is refused, and why, with the numbers of the decision where it was one about a draft.

    The voice chart refuses what is in its event, the agent what it has in hand. A failure's reason is in the data.
    """
    refused = {"refused": effect.args.get("reason") or effect.data["failure"]}
    remark = effect.data.get("remark")
    if remark is None:
        return effect.event.payload["id"], refused
    return remark["id"], {**refused, **(note_moves.decided(effect) if refused["refused"] == UNSURE else {})}


def _refuse(session: Performer, effect: Effect, n: int) -> tuple[Write, ...]:
    remark_id, outcome = _outcome(effect)
    return (SettleRemark(session.user_id, UUID(remark_id), outcome),)


def _tell_refusal(session: Performer, effect: Effect, written: Written) -> None:
    note_moves.tell_settled(session, written)


def _tell_status(session: Performer, effect: Effect, written: Written) -> None:
    session.push_status(effect.args)


def _defer(session: Performer, effect: Effect, written: Written) -> None:
    session.audience.settle(effect.event.payload["id"], rate_limited(RETRY_AFTER_MS))


def _end_session(session: Performer, effect: Effect, n: int) -> tuple[Write, ...]:
    return (EndSession(effect.event.at),)


def _tell_end(session: Performer, effect: Effect, written: Written) -> None:
    session.close_links()


# -- a device's link ----------------------------------------------------------------------------------------------


def _acknowledge(session: Performer, effect: Effect, written: Written) -> None:
    session.reply({"accepted_through": effect.data["accepted_through"]})


def _refuse_gap(session: Performer, effect: Effect, written: Written) -> None:
    session.reply(gap(effect.data["accepted_through"] + 1))


def _deliver_pushes(session: Performer, effect: Effect, written: Written) -> None:
    session.audience.deliver(effect.event.payload["device"], effect.event.payload["count"])


def _seat(session: Performer, effect: Effect, *, since: int | None = None, reset: int | None = None) -> None:
    """The device that joined is there from now on, and is answered."""
    joined = effect.event.payload
    session.audience.seat(joined["device"], joined["socket"])
    session.reply(picture(session.status(), effect.data, session.audience.outbound, since=since, reset=reset))


def _replay_pushes(session: Performer, effect: Effect, written: Written) -> None:
    _seat(session, effect, since=effect.event.payload["last_push_seq"])


def _send_picture(session: Performer, effect: Effect, written: Written) -> None:
    _seat(session, effect)


def _reset_session(session: Performer, effect: Effect, written: Written) -> None:
    """The answer to a join; to a device that did not answer that, a push of this moment."""
    number = effect.data["resets"]
    if effect.event.name == ATTACH:
        return _seat(session, effect, reset=number)
    whole = picture(session.status(), effect.data, session.audience.outbound, reset=number)
    session.audience.aside_to(effect.event.payload["device"], "reset_session", whole)


# -- the reviewer's voice -----------------------------------------------------------------------------------------


def _forget_audio(session: Performer, effect: Effect, written: Written) -> None:
    """What was transcribed, or given up. Of what came meanwhile there may be enough for the next transcription."""
    session.hearing.settle(session.states)
    if "transcribing_here" not in session.states[AGENT].active:
        session.hearing.call_if_full()


EFFECTS: Mapping[str, Row] = {
    "status": Row(tell=_tell_status),
    "save_note": Row(write=note_moves.save_note, tell=note_moves.tell_note),
    "amend_note": Row(write=note_moves.amend_note, tell=note_moves.tell_amended),
    "move_note": Row(write=note_moves.move_note, tell=note_moves.tell_moved),
    "obey": Row(write=note_moves.obey, tell=note_moves.tell_obeyed),
    "refuse": Row(write=_refuse, tell=_tell_refusal),
    "report_failure": Row(write=_refuse, tell=_tell_refusal),
    "agent_event": Row(tell=note_moves.tell_agent_event),
    "defer": Row(tell=_defer),
    "forget_audio": Row(tell=_forget_audio),
    "end_session": Row(write=_end_session, tell=_tell_end),
    "acknowledge": Row(tell=_acknowledge),
    "refuse_gap": Row(tell=_refuse_gap),
    "deliver_pushes": Row(tell=_deliver_pushes),
    "replay_pushes": Row(tell=_replay_pushes),
    "send_picture": Row(tell=_send_picture),
    "reset_session": Row(tell=_reset_session),
}
