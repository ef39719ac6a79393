"""The rules of `statecharts/agent.yaml`.

The data of an agent (JSON values; times in ms):

| key | meaning |
|---|---|
| delays | the durations the chart names; `retry_backoff` and `words_backoff` double with each try |
| limits | tries: how often a remark, or its transcription, is tried again; waiting: how many remarks may wait |
| min_confidence | the user's base threshold for keeping a note |
| auto_post | whether a sure note is posted without being asked (J4) |
| commands | whether what is said or clicked about the last note is obeyed; if not, it is a remark, or nothing (C2) |
| server_stt | whether the user lets the server transcribe (K1) |
| self_firming | the categories whose notes are firmed without being asked (D1) |
| deletions | how many notes of each category were deleted in this session (H1) |
| remark | the one in hand: id, segment, text, spoken_at, media_ms, duration_ms, stt_confidence, n (its journal entry) |
| waiting | remarks heard meanwhile, oldest first |
| last | the last note: the id of its remark, text, category, confidence, done (saved, scratched, queued) |
| last.mended_from | the categories it had before its last MENDS corrections; not there when there are none |
| pending | whether that note may still be taken back by a word |
| time_up | whether the time for that is over, but for words that were on their way |
| failure | why the last try came to nothing |
| tries | how often the remark in hand, or its words, have been tried again: {"remark": n, "words": n} |
| awaited | segments whose words are to come: n (its number), device, seq of its end, at; AWAITED at most |
| asked | the number of the last segment that the server's transcriber was given |
| segments, worded, missing | counts: segments kept; those whose words came; those whose words were given up |
| closing | whether the session ends once nothing is in hand |
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from lossy.domain.commands import Command, command_of, is_correction
from lossy.domain.concerns import concerns, implies
from lossy.domain.notes import Category
from lossy.domain.quality import Decision, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.domain.occurrence import Data, Deed, Move, Occurrence

# Remarks are structured within milliseconds by rules and within seconds by a model; a reviewer who is twenty ahead
# has lost the connection for a while, and the client still holds what does not fit.
WAITING = 20
# Nobody mends a note ten times and then takes all of it back by word.
MENDS = 10
# As many as a client replays after a break (F1).
AWAITED = 100
# Surer than this, a note may be posted without being asked (J4).
SURE = 0.7

_NAME = attrgetter("name")
SETTLING = frozenset({"save_note", "amend_note", "refuse", "report_failure", "obey"})


def initial(
    delays: Data,
    *,
    min_confidence: float,
    retries: int,
    auto_post: bool = False,
    commands: bool = True,
    server_stt: bool = False,
    self_firming: Sequence[str] = (),
) -> Data:
    return {
        "delays": {**delays, "retry_backoff": delays["retry_first"], "words_backoff": delays["retry_first"]},
        "limits": {"tries": retries, "waiting": WAITING},
        "min_confidence": min_confidence,
        "auto_post": auto_post,
        "commands": commands,
        "server_stt": server_stt,
        "self_firming": [*self_firming],
        "deletions": {},
        "remark": None,
        "waiting": [],
        "last": None,
        "pending": False,
        "time_up": False,
        "failure": None,
        "tries": {"remark": 0, "words": 0},
        "awaited": [],
        "asked": 0,
        "segments": 0,
        "worded": 0,
        "missing": 0,
        "closing": False,
    }


def judgement(data: Data, draft: Data) -> Decision:
    return judge(draft["confidence"], Category(draft["category"]), data["min_confidence"], data["deletions"])


def mends(data: Data) -> bool:
    """Whether the remark in hand mends the note before it, which was still pending when it was said."""
    return bool(data["pending"] and data["commands"] and is_correction(data["remark"]["text"]))


def in_hand(data: Data, remark_id: str) -> bool:
    """Whether a note is being made of the remark, or it waits for that."""
    return remark_id in held(data)


def held(data: Data) -> tuple[str, ...]:
    """The ids of the remark in hand and of those that wait."""
    return tuple(remark["id"] for remark in (data["remark"], *data["waiting"]) if remark)


# -- the words that are to come -----------------------------------------------------------------------------------


def words_awaited(data: Data, event: Occurrence) -> bool:
    return bool(data["awaited"])


@implies(words_awaited)
def awaited_from_server(data: Data, event: Occurrence) -> bool:
    return bool(data["awaited"] and data["server_stt"])


def last_words(data: Data, event: Occurrence) -> bool:
    """Whether nothing is awaited any more once this transcript is here; one that is deferred will come again."""
    return room_to_wait(data, event) and not words_came(data, event)["awaited"]


def may_try_words_again(data: Data, event: Occurrence) -> bool:
    return bool(data["tries"]["words"] < data["limits"]["tries"])


def await_words(data: Data, end: Occurrence) -> Data:
    """Beyond AWAITED the oldest is given up; should its words come, they are still words of a remark."""
    n = data["segments"] + 1
    segment = {"n": n, "device": end.payload.get("device"), "seq": end.payload.get("seq"), "at": end.at}
    awaited = [*data["awaited"], segment]
    return _awaiting({**data, "segments": n, "awaited": awaited}, awaited[-AWAITED:])


def words_came(data: Data, transcript: Occurrence) -> Data:
    """A transcript names the seq of its segment's start: it is of the first awaited one that ended after that.

    One that names no awaited segment is of one that was given up, if there is any.
    """
    device, start = transcript.payload.get("device"), transcript.payload.get("segment")
    if start is None:
        return data
    for i, segment in enumerate(data["awaited"]):
        if segment["device"] == device and segment["seq"] is not None and segment["seq"] > start:
            rest = [*data["awaited"][:i], *data["awaited"][i + 1 :]]
            return {**data, "awaited": rest, "worded": data["worded"] + 1}
    if not data["missing"]:
        return data
    return {**data, "missing": data["missing"] - 1, "worded": data["worded"] + 1}


def give_up_words(data: Data, event: Occurrence) -> Data:
    """Those that have been awaited for the whole time; younger ones have theirs still to come."""
    wait = data["delays"]["transcript_wait"]
    return _awaiting(data, [segment for segment in data["awaited"] if event.at - segment["at"] < wait])


def ask_for_words(data: Data, event: Occurrence) -> Data:
    return {**data, "asked": data["segments"]}


def give_up_asked_words(data: Data, event: Occurrence) -> Data:
    """Those that the transcriber was given and found no words in."""
    return _awaiting(data, [segment for segment in data["awaited"] if segment["n"] > data["asked"]])


def give_up_all_words(data: Data, event: Occurrence) -> Data:
    return _awaiting(data, [])


def _awaiting(data: Data, kept: list[Data]) -> Data:
    """Only `kept` are awaited any more; the others are missing."""
    return {**data, "awaited": kept, "missing": data["missing"] + len(data["awaited"]) - len(kept)}


def begin_tries_at_words(data: Data, event: Occurrence) -> Data:
    return _tries(data, "words", "words_backoff", 0)


def count_try_at_words(data: Data, event: Occurrence) -> Data:
    return _tries(data, "words", "words_backoff", data["tries"]["words"] + 1)


# -- the remark in hand -------------------------------------------------------------------------------------------


def room_to_wait(data: Data, event: Occurrence) -> bool:
    return bool(len(data["waiting"]) < data["limits"]["waiting"])


def somebody_waits(data: Data, event: Occurrence) -> bool:
    return bool(data["waiting"])


def good_enough(data: Data, event: Occurrence) -> bool:
    return judgement(data, event.payload).keeps


def good_correction(data: Data, event: Occurrence) -> bool:
    return mends(data) and good_enough(data, event)


def may_try_again(data: Data, event: Occurrence) -> bool:
    return bool(data["tries"]["remark"] < data["limits"]["tries"])


def closing(data: Data, event: Occurrence) -> bool:
    return bool(data["closing"])


def may_end(data: Data, event: Occurrence) -> bool:
    return bool(data["closing"] and not data["awaited"])


def queue_remark(data: Data, event: Occurrence) -> Data:
    return {**data, "waiting": [*data["waiting"], event.payload]}


def next_remark(data: Data, event: Occurrence) -> Data:
    first, *rest = data["waiting"]
    return {**data, "remark": first, "waiting": rest}


def put_down(data: Data, event: Occurrence) -> Data:
    return {**data, "remark": None, "pending": False, "failure": None}


def note_failure(data: Data, event: Occurrence, reason: str) -> Data:
    return {**data, "failure": reason}


def begin_tries(data: Data, event: Occurrence) -> Data:
    return _tries(data, "remark", "retry_backoff", 0)


def count_try(data: Data, event: Occurrence) -> Data:
    return _tries(data, "remark", "retry_backoff", data["tries"]["remark"] + 1)


def note_saved(data: Data, draft: Occurrence) -> Data:
    """The note made of the remark in hand is the last one, and pending."""
    last = {"id": data["remark"]["id"], "done": "saved", **_drafted(draft)}
    return {**data, "remark": None, "last": last, "pending": True, "time_up": False}


def note_amended(data: Data, draft: Occurrence) -> Data:
    """The last note has the words of the correction, and remembers the category of before it."""
    mended_from = [*data["last"].get("mended_from", []), data["last"]["category"]]
    last = {**data["last"], **_drafted(draft), "mended_from": mended_from[-MENDS:]}
    return {**data, "remark": None, "last": last, "pending": True, "time_up": False}


def _drafted(draft: Occurrence) -> Data:
    return {name: draft.payload[name] for name in ("text", "category", "confidence")}


def time_is_up(data: Data, event: Occurrence) -> Data:
    return {**data, "time_up": True}


def note_close(data: Data, event: Occurrence) -> Data:
    return {**data, "closing": True}


def apply_settings(data: Data, event: Occurrence) -> Data:
    """Settings under a live session: those that are the agent's; durations count from the next timer on."""
    mine = ("min_confidence", "auto_post", "commands", "server_stt", "self_firming")
    changed = {name: event.payload[name] for name in mine if name in event.payload}
    delays = {name: ms for name, ms in event.payload.get("delays", {}).items() if name in data["delays"]}
    return {**data, **changed, "delays": {**data["delays"], **delays}}


def _tries(data: Data, of: str, backoff: str, tries: int) -> Data:
    """The wait before each try is twice the one before, and a setting for the first."""
    wait = data["delays"]["retry_first"] * 2 ** max(0, tries - 1)
    if data["tries"][of] == tries and data["delays"][backoff] == wait:
        return data
    return {**data, "tries": {**data["tries"], of: tries}, "delays": {**data["delays"], backoff: wait}}


# -- what is said about the last note -----------------------------------------------------------------------------

# By click. One that names a note does so by that note's remark, and is meant only while that is the last note.
CLICKS = frozenset({"confirm", "undo", "post", "cancel"})


def command_waits(data: Data, event: Occurrence) -> bool:
    """Whether what waits is to be understood together with the pending note: a command, or a correction of it."""
    return bool(data["waiting"]) and _about_the_last(data, data["waiting"][0])


def last_saved(data: Data, event: Occurrence) -> bool:
    return _last_is(data, event, "saved")


def last_may_go(data: Data, event: Occurrence) -> bool:
    """A note that is queued can still be deleted, as long as no job acts on it; its own chart knows."""
    return _last_is(data, event, "saved") or _last_is(data, event, "queued")


def unopposed(data: Data, event: Occurrence) -> bool:
    return bool(data["time_up"] and not data["awaited"])


def last_scratched(data: Data, event: Occurrence) -> bool:
    return _last_is(data, event, "scratched")


def deleted_elsewhere(data: Data, event: Occurrence) -> bool:
    """Of a note that is pending: what is said or clicked here takes it out of that at once."""
    return bool(data["last"]["done"] == "scratched")


def last_queued(data: Data, event: Occurrence) -> bool:
    return _last_is(data, event, "queued")


def last_mended(data: Data, event: Occurrence) -> bool:
    """Whether a correction of it is what was done last."""
    return _last_is(data, event, "saved") and "mended_from" in data["last"]


def says_command(data: Data, event: Occurrence) -> bool:
    """Any command at all; asked last, it is one with nothing to act on."""
    return _said(data) is not None


@implies(says_command)
def says_unmend(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.UNDO and last_mended(data, event)


@implies(says_command)
def says_scratch(data: Data, event: Occurrence) -> bool:
    """Also "undo" right after a note was made: that is what was done last."""
    said = _said(data)
    undone = said is Command.UNDO and _last_is(data, event, "saved")
    return undone or (said is Command.SCRATCH and last_may_go(data, event))


@implies(says_command)
def says_restore(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.UNDO and _last_is(data, event, "scratched")


@implies(says_command)
def says_unqueue(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.UNDO and _last_is(data, event, "queued")


@implies(says_command)
def says_confirm(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.CONFIRM and _last_is(data, event, "saved")


@implies(says_command)
def says_post(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.POST and _last_is(data, event, "saved")


@implies(says_command)
def says_pause(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.PAUSE


@implies(says_command)
def says_resume(data: Data, event: Occurrence) -> bool:
    return _said(data) is Command.RESUME


def posts_by_itself(data: Data, event: Occurrence) -> bool:
    wanted = data["auto_post"] and data["pending"] and _last_is(data, event, "saved")
    return bool(wanted and data["last"]["confidence"] > SURE)


def mark_last(data: Data, event: Occurrence, done: str) -> Data:
    """A correction of it is not what was done last any more."""
    last = {name: value for name, value in data["last"].items() if name != "mended_from"}
    return {**data, "last": {**last, "done": done}}


def take_back_correction(data: Data, event: Occurrence) -> Data:
    """Its deletion would be one of its earlier category. Its earlier words are with the note."""
    *earlier, category = data["last"]["mended_from"]
    marked = mark_last(data, event, "saved")
    last = {**marked["last"], "category": category, **({"mended_from": earlier} if earlier else {})}
    return {**marked, "last": last}


def count_deletion(data: Data, event: Occurrence) -> Data:
    """Of the last note, by a word or a click about it."""
    return _deleted(data, data["last"]["category"], 1)


def take_back_deletion(data: Data, event: Occurrence) -> Data:
    return _deleted(data, data["last"]["category"], -1)


def count_deleted(data: Data, deleted: Occurrence) -> Data:
    """Of any note of this session, wherever its author deleted it."""
    return _deleted(data, deleted.payload["category"], 1)


def take_back_deleted(data: Data, restored: Occurrence) -> Data:
    return _deleted(data, restored.payload["category"], -1)


def _deleted(data: Data, category: str, more: int) -> Data:
    count = max(0, data["deletions"].get(category, 0) + more)
    return {**data, "deletions": {**data["deletions"], category: count}}


def _about_the_last(data: Data, remark: Data) -> bool:
    return bool(data["commands"]) and (command_of(remark["text"]) is not None or is_correction(remark["text"]))


def _said(data: Data) -> Command | None:
    """What the remark in hand commands, where commands are obeyed."""
    remark = data["remark"]
    return command_of(remark["text"]) if remark and data["commands"] else None


def _last_is(data: Data, event: Occurrence, done: str) -> bool:
    last = data["last"]
    if not last or last["done"] != done or not data["commands"]:
        return False
    return bool(event.payload.get("remark", last["id"]) == last["id"])


# -- data of earlier versions -------------------------------------------------------------------------------------


def obey_from_now_on(stored: Data) -> Data:
    """Up to version 2 nothing that was said or clicked moved a note, and of the last one too little was kept to."""
    return {**stored, "commands": True, "last": None, "pending": False}


def mended_in_a_row(stored: Data) -> Data:
    """Up to version 3 one correction could be taken back, and the category of before stood by itself."""
    last = stored["last"]
    if not last or "mended_from" not in last:
        return stored
    return {**stored, "last": {**last, "mended_from": [last["mended_from"]]}}


# -- what holds after every step ----------------------------------------------------------------------------------


@concerns(fields=("segments", "awaited", "missing", "worded"))
def segments_are_accounted_for(move: Move) -> bool:
    """Also: the words of a remark that is deferred are of a segment that is awaited still."""
    data = move.after.data
    if _defers(move) and data["awaited"] != move.before.data["awaited"]:
        return False
    return bool(data["segments"] == len(data["awaited"]) + data["missing"] + data["worded"])


@concerns(events=("transcript",), effects=SETTLING, fields=("remark", "waiting"))
def remarks_are_settled(move: Move) -> bool:
    """What was in hand or waited, and what was taken in now, is there still or was settled in this step, once."""
    known = [*_remarks(move.before.data), *_taken_in(move)]
    settled = [effect.data["remark"]["id"] for effect in move.effects if effect.name in SETTLING]
    there = [*_remarks(move.after.data), *settled]
    return known == there or sorted(known) == sorted(there)


@concerns(fields=("remark", "waiting"))
def turns_in_order(move: Move) -> bool:
    before, after = _remarks(move.before.data), _remarks(move.after.data)
    kept = [id for id in before if id in after]
    return after[: len(kept)] == kept


@concerns(effects=("move_note",))
def posting_is_meant(move: Move) -> bool:
    queued = [each for each in move.effects if each.name == "move_note" and each.args["event"] == "queue"]
    return all(_is_meant(each, move.event) for each in queued)


def _is_meant(queued: Deed, event: Occurrence) -> bool:
    return event.name == "post" or says_post(queued.data, event) or posts_by_itself(queued.data, event)


@concerns(events=CLICKS)
def clicks_are_answered(move: Move) -> bool:
    """The note's own chart hears of it, or whoever clicked is told why not."""
    if move.event.name not in CLICKS or not move.taken.transitions:
        return True
    results = [effect for effect in move.effects if effect.args.get("type") == "tool_result"]
    return len(results) + any(effect.name == "move_note" for effect in move.effects) == 1


@concerns(enters=("ended",), fields=("remark", "waiting", "awaited"))
def end_loses_nothing(move: Move) -> bool:
    data = move.after.data
    return "ended" not in move.after.active or not (_remarks(data) or data["awaited"])


def _remarks(data: Data) -> list[str]:
    """Those in hand and waiting, in order; there are none before the start."""
    if not data:
        return []
    remark, waiting = data["remark"], data["waiting"]
    there = [remark["id"]] if remark else []
    return [*there, *(each["id"] for each in waiting)] if waiting else there


def _taken_in(move: Move) -> list[str]:
    """The transcript of this step, unless the client was asked to send it again, or nobody was there to take it."""
    heard = move.event.name == "transcript" and move.taken.transitions
    return [move.event.payload["id"]] if heard and not _defers(move) else []


def _defers(move: Move) -> bool:
    return "defer" in map(_NAME, move.effects)
