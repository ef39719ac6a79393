"""The rules of `statecharts/voice.yaml`: its guards, and the updates of its data.

Everything is judged by the events' own times, never by their arrival: remarks replayed within milliseconds after a
break count as they were spoken. A segment is opened by `speech_start` and judged once, at its `speech_end`.

The data of a voice session (JSON values; times in ms):

| key | meaning |
|---|---|
| delays | every duration the chart or a rule here names |
| limits | counts and floors: breaker_errors, noise_floor |
| auto_pause, auto_resume | the user's settings |
| owner | the tab of this session that has the microphone, and its device; None while none has |
| taken_by | who took the microphone from this session, as clients are told; None where nobody did |
| context_epoch | of the latest word of the microphone; older ones are not heard |
| devices | those whose sockets are there |
| segment | the one that is open: device, seq, at, media_ms, and refused when it was refused at its start |
| quiet_from | end of the last segment that was kept |
| paused | since when and by whom nobody is listened to: person, silence or context |
| set_aside | what `paused` was when the microphone was lost, in a dict; None while there is none to go on with |
| broken_at, broken_until | when the breaker last opened, and the end of that back-off |
| errors | times of the latest errors, breaker_errors of them at most |
| probing | whether the breaker is half open |
| kept, ignored | counts, the latter by reason |
| refused | device and seq of the latest ignored segments, REFUSED_KEPT of them at most |
| metrics | the client's latest figures |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.domain.commands import Command, command_of
from lossy.domain.concerns import concerns

if TYPE_CHECKING:
    from lossy.domain.occurrence import Data, Move, Occurrence

# A transcript names its segment and comes within seconds of it; an offline queue holds 100 events at most (F1).
REFUSED_KEPT = 100


def initial(delays: Data, limits: Data, *, auto_pause: bool = True, auto_resume: bool = True) -> Data:
    return {
        "delays": {**delays, "breaker_backoff": delays["breaker_first"]},
        "limits": limits,
        "auto_pause": auto_pause,
        "auto_resume": auto_resume,
        "owner": None,
        "taken_by": None,
        "context_epoch": 0,
        "devices": [],
        "segment": None,
        "quiet_from": None,
        "paused": None,
        "set_aside": None,
        "broken_at": None,
        "broken_until": 0,
        "errors": [],
        "probing": False,
        "kept": 0,
        "ignored": {},
        "refused": [],
        "metrics": {},
    }


# -- guards -------------------------------------------------------------------------------------------------------


def owner(data: Data, event: Occurrence) -> bool:
    return data["owner"] is not None


def overtaken(data: Data, event: Occurrence) -> bool:
    return bool(event.payload.get("epoch", data["context_epoch"]) < data["context_epoch"])


def goes_on(data: Data, event: Occurrence) -> bool:
    """Whether it listened until the microphone was lost, and nobody else has had that since."""
    return bool(not overtaken(data, event) and _regains(data, event) and data["set_aside"]["paused"] is None)


def read_only(data: Data, start: Occurrence) -> bool:
    """Whether another device than the one that speaks has the microphone."""
    owner = data["owner"]
    return owner is not None and owner["device"] not in (None, start.payload.get("device"))


def of_another_device(data: Data, end: Occurrence) -> bool:
    """Whether this end is of no segment that could be open: another device's is, or the device is read-only."""
    if data["segment"] is None:
        return read_only(data, end)
    return bool(data["segment"]["device"] != end.payload.get("device"))


def others_there(data: Data, drop: Occurrence) -> bool:
    return bool(forget_device(data, drop)["devices"])


def wakes(data: Data, event: Occurrence) -> bool:
    """Speech or a seek ends a pause that silence began: where the user wants that, or when it came before the pause."""
    paused = data["paused"]
    asleep = data["owner"] and paused and paused["by"] == "silence"
    return bool(asleep and (data["auto_resume"] or event.at < paused["at"]))


def falls_asleep(data: Data, event: Occurrence) -> bool:
    return bool(data["auto_pause"])


def sleeps_again(data: Data, changed: Occurrence) -> bool:
    """Whether the user wants silence to pause the microphone, and did not before."""
    return bool(changed.payload.get("auto_pause") and not data["auto_pause"])


def without_microphone(data: Data, start: Occurrence) -> bool:
    return data["owner"] is None


def not_started(data: Data, start: Occurrence) -> bool:
    """Whether nobody has turned the microphone on yet."""
    return data["paused"] is None


def spoken_before_pause(data: Data, event: Occurrence) -> bool:
    return data["paused"] is not None and event.at < data["paused"]["at"]


def spoken_before_break(data: Data, event: Occurrence) -> bool:
    return data["broken_at"] is not None and event.at < data["broken_at"]


def keeps(data: Data, event: Occurrence) -> bool:
    """Whether the segment that ends is a remark: it had a start, was not refused, is loud enough, outlasts the guard
    and, where it began within the cooldown, that too.
    """
    return verdict(data, event) is None


def breaks(data: Data, event: Occurrence) -> bool:
    """Half open, one error is enough; else as many as the limit within the window. None counts while it is open."""
    if _in_back_off(data, event):
        return False
    recent = [at for at in data["errors"] if event.at - at < data["delays"]["breaker_window"]]
    return bool(data["probing"] or len(recent) + 1 >= data["limits"]["breaker_errors"])


def of_ignored_segment(data: Data, event: Occurrence) -> bool:
    """Whether its words are none of a remark's. Who paused by a word may go on by one, though nobody listens."""
    paused = data["paused"]
    if paused is not None and paused["by"] == "person" and command_of(event.payload.get("text", "")) is Command.RESUME:
        return False
    return [event.payload.get("device"), event.payload.get("segment")] in data["refused"]


def speaks(data: Data, event: Occurrence) -> bool:
    return data["segment"] is not None


def speaker_is_gone(data: Data, event: Occurrence) -> bool:
    """Whether the device whose grace is over is the one that the open segment is of."""
    return data["segment"] is not None and data["segment"]["device"] == event.payload.get("device")


def verdict(data: Data, end: Occurrence) -> str | None:
    """Why the open segment, ending now, is ignored; None to keep it.

    A segment that began within the cooldown must outlast it as well as the guard.
    """
    segment, delays = data["segment"], data["delays"]
    if segment is None:
        return "unstarted"
    if segment["refused"] is not None:
        return str(segment["refused"])
    if end.payload.get("probability", 1.0) < data["limits"]["noise_floor"]:
        return "noise"
    quiet_from = data["quiet_from"]  # a segment of before it is of a clock that was set back
    if quiet_from is not None and quiet_from <= segment["at"] and end.at < quiet_from + delays["cooldown"]:
        return "cooldown"
    return "short" if end.at - segment["at"] < delays["guard"] else None


# -- updates ------------------------------------------------------------------------------------------------------


def open_segment(data: Data, start: Occurrence) -> Data:
    """The back-off may have ended by now; what was spoken within it is refused all the same."""
    return {**_unfinished(data), "segment": _segment(start, "error" if _in_back_off(data, start) else None)}


def skip_segment(data: Data, start: Occurrence, reason: str) -> Data:
    """Opens a segment that is refused from its start, for that reason; one still open is counted as abandoned."""
    return {**_unfinished(data), "segment": _segment(start, reason)}


def turn_away(data: Data, start: Occurrence, reason: str) -> Data:
    """Counts a segment as ignored at its start, whatever is open. Its words are known for those of an ignored one."""
    turned = _ignored({**data, "segment": _segment(start, reason)}, reason)
    return {**turned, "segment": data["segment"]}


def refuse_segment(data: Data, event: Occurrence, reason: str) -> Data:
    segment = data["segment"]
    return data if segment is None else {**data, "segment": {**segment, "refused": segment["refused"] or reason}}


def keep_segment(data: Data, end: Occurrence) -> Data:
    """Also closes the breaker, when the segment began after it opened: the probe went through."""
    kept = {**data, "segment": None, "quiet_from": end.at, "kept": data["kept"] + 1}
    if not data["probing"] or data["segment"]["at"] < data["broken_at"]:
        return kept
    delays = {**data["delays"], "breaker_backoff": data["delays"]["breaker_first"]}
    return {**kept, "delays": delays, "probing": False, "errors": []}


def ignore_segment(data: Data, end: Occurrence) -> Data:
    """Closes the segment and counts it by what was against it: unstarted, noise, cooldown, short, or why it was refused
    before it ended. Transcripts of it will be known for those of an ignored one.
    """
    return _ignored(data, verdict(data, end) or "unfinished")


def abandon_segment(data: Data, event: Occurrence) -> Data:
    """Closes the segment, if one is open, and counts it by why it was refused, else as unfinished."""
    return _unfinished(data)


def pause_by_person(data: Data, event: Occurrence) -> Data:
    return {**data, "paused": {"at": event.at, "by": "person"}, "set_aside": None}


def pause_by_silence(data: Data, event: Occurrence) -> Data:
    paused = data["paused"]
    if paused is not None and paused["by"] != "silence":
        return data
    return {**data, "paused": {"at": event.at, "by": "silence"}}


def listen(data: Data, event: Occurrence) -> Data:
    """Ends a pause, and a back-off too."""
    return {**data, "paused": None, "broken_until": min(data["broken_until"], event.at)}


def gain_context(data: Data, event: Occurrence) -> Data:
    """With what was set aside, where nobody else has had the microphone since."""
    owner = {name: event.payload.get(name) for name in ("tab", "device")}
    paused = data["set_aside"]["paused"] if _regains(data, event) else data["paused"]
    gained = {"owner": owner, "taken_by": None, "paused": paused, "set_aside": None}
    return {**_heard_of_context(data, event), **gained}


def set_aside(data: Data, event: Occurrence) -> Data:
    """Should it hear of the loss once more, what it was then is nothing to go on with."""
    return data if data["owner"] is None else {**data, "set_aside": {"paused": data["paused"]}}


def lose_context(data: Data, event: Occurrence) -> Data:
    lost = {"owner": None, "taken_by": event.payload.get("by"), "paused": {"at": event.at, "by": "context"}}
    return {**_heard_of_context(data, event), **lost}


def note_device(data: Data, event: Occurrence) -> Data:
    return {**data, "devices": [*forget_device(data, event)["devices"], event.payload.get("device")]}


def forget_device(data: Data, event: Occurrence) -> Data:
    return {**data, "devices": [device for device in data["devices"] if device != event.payload.get("device")]}


def count_error(data: Data, event: Occurrence) -> Data:
    return {**data, "errors": [*data["errors"], event.at][-data["limits"]["breaker_errors"] :]}


def trip_breaker(data: Data, event: Occurrence) -> Data:
    """Opens the breaker: for the first back-off or, when it was half open, twice the last one, up to the longest."""
    delays = data["delays"]
    backoff = min(2 * delays["breaker_backoff"], delays["breaker_max"]) if data["probing"] else delays["breaker_first"]
    return {
        **count_error(data, event),
        "delays": {**delays, "breaker_backoff": backoff},
        "broken_at": event.at,
        "broken_until": event.at + backoff,
        "probing": True,
    }


def note_metrics(data: Data, event: Occurrence) -> Data:
    return {**data, "metrics": {"at": event.at, **event.payload}}


def apply_settings(data: Data, event: Occurrence) -> Data:
    """Settings under a live session: durations count from the next timer on."""
    changed: Data = event.payload
    return {
        **data,
        "auto_pause": changed.get("auto_pause", data["auto_pause"]),
        "auto_resume": changed.get("auto_resume", data["auto_resume"]),
        "delays": {**data["delays"], **changed.get("delays", {})},
    }


def _heard_of_context(data: Data, event: Occurrence) -> Data:
    return {**data, "context_epoch": event.payload.get("epoch", data["context_epoch"])}


def _regains(data: Data, event: Occurrence) -> bool:
    return bool(data["set_aside"] is not None and event.payload.get("regained"))


def _in_back_off(data: Data, event: Occurrence) -> bool:
    return data["broken_at"] is not None and data["broken_at"] <= event.at < data["broken_until"]


def _segment(start: Occurrence, refused: str | None) -> dict[str, Any]:
    device, seq, media_ms = map(start.payload.get, ("device", "seq", "media_ms"))
    return {"device": device, "seq": seq, "media_ms": media_ms, "at": start.at, "refused": refused}


def _unfinished(data: Data) -> Data:
    """A segment whose end never came is counted when the next one begins, or when the session ends."""
    segment = data["segment"]
    return data if segment is None else _ignored(data, segment["refused"] or "unfinished")


def _ignored(data: Data, reason: str) -> Data:
    segment, ignored = data["segment"], data["ignored"]
    counted = {**data, "segment": None, "ignored": {**ignored, reason: ignored.get(reason, 0) + 1}}
    if segment is None or reason == "unfinished":
        return counted
    return {**counted, "refused": [*data["refused"], [segment["device"], segment["seq"]]][-REFUSED_KEPT:]}


# -- data of earlier versions --------------------------------------------------------------------------------------


def name_owner(stored: Data) -> Data:
    """Up to version 2 it was only known whether the microphone is this session's."""
    nobody_knows = {"tab": None, "device": None}
    return {**stored, "owner": nobody_knows if stored["owner"] else None}


# -- what holds after every step ----------------------------------------------------------------------------------


@concerns(enters=("recording",))
def recording_is_owned(move: Move) -> bool:
    begun = "recording" in move.after.active and "recording" not in move.before.active
    return not begun or move.after.data["owner"] is not None


@concerns(events=("speech_start", "speech_end"), fields=("kept", "segment", "ignored"))
def segments_are_counted_once(move: Move) -> bool:
    """The open one, the kept and the ignored are one more after each start, and after an end that had no start."""
    before = move.before.data
    if not move.before.active or not move.taken.transitions:
        return True
    stray = move.event.name == "speech_end" and before["segment"] is None and not of_another_device(before, move.event)
    heard = int(move.event.name == "speech_start" or stray)
    return _segments(move.after.data) == _segments(before) + heard


@concerns(fields=("delays",))
def back_off_never_shrinks(move: Move) -> bool:
    before, after = move.before.data, move.after.data
    if not before or after["kept"] > before["kept"] or move.event.name == "settings_changed":
        return True
    return bool(after["delays"]["breaker_backoff"] >= before["delays"]["breaker_backoff"])


@concerns(fields=("kept",))
def paused_is_silent(move: Move) -> bool:
    before, after = move.before.data, move.after.data
    paused = before["paused"] if before else None
    if paused is None or paused["by"] == "silence" or after["kept"] == before["kept"]:
        return True
    return bool(before["segment"]["at"] <= paused["at"])


def _segments(data: Data) -> int:
    ignored = data["ignored"]
    counted: int = data["kept"] + (data["segment"] is not None)
    return counted + sum(ignored.values()) if ignored else counted
