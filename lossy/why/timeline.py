"""What happened in a session, a line for each thing that matters to people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.sessions.links import device_of
from lossy.sessions.restore import ITSELF, VOICE
from lossy.why.chosen import chosen
from lossy.why.words import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lossy.charts.model import Data
    from lossy.store.ledger import Entry
    from lossy.why.replay import Step

MICROPHONE, LINK, CLICK, SESSION = "microphone", "link", "click", "session"
TAKEN_OVER, CHANGED = "taken_over", "settings_changed"


@frozen
class Happening:
    """With the entry that says so. `kind` is microphone, link, click or session; `device` is whose word it is."""

    n: int
    at: int
    kind: str
    words: str
    device: str | None = None


def happenings(steps: Sequence[Step], moved: Mapping[int, str]) -> Iterator[Happening]:
    """All but speech, remarks, and the signs of life; `moved` is what was done to a note, by its entry."""
    epoch = None
    for step in steps:
        if step.entry.event == TAKEN_OVER:  # each link of the session hears of it
            if step.epoch == epoch:
                continue
            epoch = step.epoch
        yield from _of(step, moved)


def _of(step: Step, moved: Mapping[int, str]) -> Iterator[Happening]:
    entry = step.entry
    device = device_of(entry.chart) or (None if entry.device_id is None else str(entry.device_id))
    kind, words = _told(step, entry)
    if kind == CLICK and entry.n in moved:
        words = f"{moved[entry.n]}, by click"
    if words:
        yield Happening(entry.n, entry.at, kind, words, device)
    for decision in _decisions(step):
        yield Happening(entry.n, entry.at, MICROPHONE, decision)


def _told(step: Step, entry: Entry) -> tuple[str, str]:
    if entry.event == TAKEN_OVER:
        return SESSION, f"the session was taken up, in epoch {entry.payload.get('push_epoch')}"
    if entry.event == CHANGED:
        return SESSION, chosen(step)
    if entry.chart == ITSELF:
        return SESSION, _say(_ITSELF, entry.event, entry.payload) or entry.event
    if device_of(entry.chart) is not None:
        resets = any("resetting" in heard.move.after.active - heard.move.before.active for heard in step.heard)
        again = ", and told to number anew: what it holds does not continue what is here" if resets else ""
        words = _say(_LINK, entry.event, entry.payload)
        return LINK, words + again if words else ""
    if entry.chart == VOICE:
        return (CLICK if entry.event in _BUTTONS else MICROPHONE), _say(_VOICE, entry.event, entry.payload)
    return CLICK if entry.event in _CLICKS else SESSION, _say(_AGENT, entry.event, entry.payload)


def _decisions(step: Step) -> Iterator[str]:
    """Those that the clients are told with the status."""
    for heard in step.heard:
        for effect in heard.move.effects:
            if effect.name == "status" and "decision" in effect.args:
                decision, reason = effect.args["decision"], effect.args["reason"]
                yield DECISIONS.get((decision, reason), f"{decision}: {reason}")


def _say(table: Mapping[str, Any], event: str, payload: Data) -> str:
    words = table.get(event, "")
    return str(words(payload) if callable(words) else words)


def _taken_by(payload: Data) -> str:
    by = payload.get("by")
    return "microphone lost: another tab has it" if by else "microphone lost: nobody has it"


_ITSELF: Mapping[str, Any] = {
    "resumed": "brought to life again; its timers run on",
    "rested": "laid to rest",
    "failed": lambda payload: f"failed; the server's log has it under {payload.get('incident')}",
    "migrated": lambda payload: f"brought over to other charts, from {_versions(payload.get('versions', {}))}",
    "begun_anew": lambda payload: f"begun anew: {payload.get('reason')}",
}
_LINK: Mapping[str, Any] = {
    "attach": "joined",
    "drop": "left",
    "skipped": lambda payload: f"lost its events {payload.get('from')} to {payload.get('to')}",
    "ack": "has numbered anew",
    "after.lost": "not waited for any longer",
    "after.replaying": "taken for live, though not all that it kept came in time",
    "after.resetting": "told once more to number anew",
    "close": "told that the session is over",
}
_BUTTONS = frozenset({"start", "stop", "pause", "resume", "cancel", "close"})
_VOICE: Mapping[str, Any] = {
    "context_gained": "microphone gained",
    "context_lost": _taken_by,
    "start": "started, by click",
    "stop": "stopped, by click",
    "pause": "paused, by click",
    "resume": "resumed, by click",
    "cancel": "cancelled, by click",
    "close": "closed",
    "error": lambda payload: f"the extension says: {payload.get('reason') or 'an error'}",
    "after.idle": "nothing happened for hours: the session closes",
    "after.disconnected": "nobody came back for hours: the session closes",
    "after.connected": "the browser has gone quiet",
}
_CLICKS = frozenset({"confirm", "undo", "post", "cancel"})
_AGENT: Mapping[str, Any] = {
    "confirm": "confirm was clicked, and did nothing",
    "undo": "undo was clicked, and did nothing",
    "post": "post was clicked, and did nothing",
    "cancel": "cancel was clicked, and did nothing",
    "audio_full": "so much was heard that it is transcribed at once",
    "failed.transcribing_here": lambda payload: f"not transcribed: {payload.get('reason')}",
    "after.transcribing": "words did not come in time",
}


def _versions(versions: Data) -> str:
    return ", ".join(f"{name} version {version}" for name, version in versions.items())
