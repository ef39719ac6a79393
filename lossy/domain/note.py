"""The rules of `statecharts/note.yaml`: its guards, the updates of its data, and what holds after every step.

A job acts on a platform outside any transaction, so what it did may stay unknown: that is the doubt. Whoever acts
next has to look at the platform first, later than the doubt arose.

The data of a note (JSON values; times in ms):

| key | meaning |
|---|---|
| delays | tool: how long a job may act |
| limits | attempts: how often it is tried before a person decides |
| author | user id |
| self_firming | whether the author wants this category without being asked |
| attempts | how many ever began; also the number of the latest one |
| spent | how many of them were before the latest approval |
| doubt | since when an attempt may have posted; none when it is known |
| permalink | where it is on the platform, once that is known |
| deleted_by | user id; none while it is kept, and when it expired |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from lossy.domain.occurrence import Data, Move, Occurrence, Snapshot


def initial(delays: Data, limits: Data, *, author: str, self_firming: bool) -> Data:
    return {
        "delays": delays,
        "limits": limits,
        "author": author,
        "self_firming": self_firming,
        "attempts": 0,
        "spent": 0,
        "doubt": None,
        "permalink": None,
        "deleted_by": None,
    }


# -- guards -------------------------------------------------------------------------------------------------------


def firms_itself(data: Data, event: Occurrence) -> bool:
    return bool(data["self_firming"])


def not_there_yet(data: Data, begin: Occurrence) -> bool:
    """A look at the platform counts when it is younger than the doubt: one of before may have missed what came."""
    looked: int | None = begin.payload.get("probed_at")
    return data["doubt"] is None or (looked is not None and looked > data["doubt"])


def of_earlier_attempt(data: Data, answer: Occurrence) -> bool:
    return bool(answer.payload["attempt"] != data["attempts"])


def may_try_again(data: Data, event: Occurrence) -> bool:
    return bool(data["attempts"] - data["spent"] < data["limits"]["attempts"])


def on_platform(data: Data, event: Occurrence) -> bool:
    return data["permalink"] is not None


def spoken(data: Data, edit: Occurrence) -> bool:
    return bool(edit.payload.get("spoken"))


def not_theirs(data: Data, undo: Occurrence) -> bool:
    return undo.payload.get("by") not in {data["author"], data["deleted_by"]} - {None}


# -- updates ------------------------------------------------------------------------------------------------------


def start_over(data: Data, event: Occurrence) -> Data:
    """The doubt stays: a person's approval tells nothing of what an attempt did."""
    return {**data, "spent": data["attempts"]}


def count_attempt(data: Data, event: Occurrence) -> Data:
    return {**data, "attempts": data["attempts"] + 1}


def doubt(data: Data, event: Occurrence) -> Data:
    return {**data, "doubt": event.at}


def settle_doubt(data: Data, event: Occurrence) -> Data:
    return {**data, "doubt": None}


def keep_permalink(data: Data, posted: Occurrence) -> Data:
    return {**data, "permalink": posted.payload["permalink"], "doubt": None}


def note_deleter(data: Data, event: Occurrence) -> Data:
    return {**data, "deleted_by": event.payload["by"]}


def forget_deleter(data: Data, event: Occurrence) -> Data:
    return {**data, "deleted_by": None}


# -- what somebody wanted -----------------------------------------------------------------------------------------

# Where the one who asks for a change wants the note to be.
WANTED: Mapping[str, AbstractSet[str]] = {
    "confirm": frozenset({"firmed", "queued", "posting", "posted", "failed"}),
    "delete": frozenset({"deleted"}),
    "merge": frozenset({"deleted"}),
    "undo": frozenset({"ghost", "firmed", "queued", "posting", "posted", "failed"}),
    "queue": frozenset({"queued", "posting", "posted"}),
    "unqueue": frozenset({"ghost", "firmed"}),
}


def is_as_wanted(event: str, status: str) -> bool:
    """Whether a note that did not move is where the event was to bring it anyway, as one that is confirmed twice."""
    return status in WANTED.get(event, ())


# -- what holds after every step ----------------------------------------------------------------------------------

PLATFORM = frozenset({"permalink", "doubt"})  # what the platform says, whenever it says it


def posted_once(move: Move) -> bool:
    before, after = move.before.data.get("permalink"), move.after.data["permalink"]
    if after is None:
        return before is None and "posted" not in move.after.active
    return before in (None, after) and not move.after.active.isdisjoint({"posted", "deleted"})


def looked_first(move: Move) -> bool:
    begins = "posting" in move.after.active - move.before.active
    return not begins or not_there_yet(move.before.data, move.event)


def deleted_is_not_posted(move: Move) -> bool:
    """A job is on its way to a note that is queued, and the only thing that sends it is `enqueue`."""
    if not _is_deleted(move.before) and not _is_deleted(move.after):
        return True
    acts = "posting" in move.before.active | move.after.active
    return not acts and not (_is_deleted(move.after) and _count(move, "enqueue"))


def undo_restores(move: Move) -> bool:
    """Deleting changes nothing but who did it, and undoing takes that back; in between only the platform is heard."""
    match _is_deleted(move.before), _is_deleted(move.after):
        case False, True:
            return _child(move.before) == move.after.history["was"] and _same(move, {"deleted_by"})
        case True, True:
            return move.before.history == move.after.history and _same(move, PLATFORM)
        case True, False:
            posted = move.before.data["permalink"] is not None
            returned = _child(move.after) == (("posted",) if posted else move.before.history["was"])
            return returned and _same(move, {"deleted_by"}) and move.after.data["deleted_by"] is None
    return True


def every_change_is_recorded(move: Move) -> bool:
    """A note that firms itself is said and firmed at its start, which makes two."""
    if not move.before.active:
        return _count(move, "record") == len({"ghost", *_child(move.after)})
    edited = move.event.name == "edit" and bool(move.taken.transitions) and not _count(move, "refuse_change")
    changed = edited or move.before.active != move.after.active or move.before.data != move.after.data
    return _count(move, "record") == int(changed)


def _is_deleted(state: Snapshot) -> bool:
    return "deleted" in state.active


def _child(state: Snapshot) -> tuple[str, ...]:
    return tuple(sorted(state.active - {"kept"}))


def _same(move: Move, but: AbstractSet[str]) -> bool:
    before, after = move.before.data, move.after.data
    return all(before[key] == after[key] for key in before.keys() | after.keys() if key not in but)


def _count(move: Move, effect: str) -> int:
    return sum(performed.name == effect for performed in move.effects)
