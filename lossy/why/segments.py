"""The segments of speech of a session: when each was, and whether it was kept, or ignored and why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from lossy.sessions.links import device_of
from lossy.sessions.restore import AGENT, VOICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossy.charts.model import Data, Move
    from lossy.why.replay import Step

BEGIN, END, TRANSCRIPT = "speech_start", "speech_end", "transcript_final"

KEPT, IGNORED, OPEN, UNHEARD, UNKNOWN = "kept", "ignored", "open", "unheard", "unknown"
THERE, AWAITED, MISSING = "there", "awaited", "missing"

Key = tuple[Any, Any]  # its device, and the seq of its start


@frozen
class Segment:
    """`began_at` and `ended_at` are the client's times on our clock, `began_n` and `ended_n` the entries that say so.

    `fate` is kept, ignored (then `reason` says why), open, unheard (nobody listened any more) or unknown. `words` of a
    kept one are there, awaited or missing; `remarks` are the ids of those whose words name it.
    """

    device: str | None
    seq: int | None
    began_n: int | None
    began_at: int | None
    media_ms: int | None
    probability: float | None = None
    ended_n: int | None = None
    ended_at: int | None = None
    end_seq: int | None = None
    fate: str = UNKNOWN
    reason: str | None = None
    words: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """The entry that it is first told by."""
        first = self.began_n or self.ended_n
        assert first is not None, "it began or it ended"
        return first

    @property
    def length_ms(self) -> int | None:
        return None if self.began_at is None or self.ended_at is None else self.ended_at - self.began_at


def segments(steps: Sequence[Step]) -> tuple[Segment, ...]:
    """In the order in which they began."""
    found: dict[Key, Segment] = {}
    for step in steps:
        _hear(step, found)
        for heard in step.heard:
            if heard.chart == VOICE:
                _judge(heard.move, found)
        if step.entry.event == TRANSCRIPT:
            _give_words(step, found)
    last = steps[-1].after if steps else None
    return tuple(_with_words(each, None if last is None else last[AGENT].data) for each in found.values())


def _hear(step: Step, found: dict[Key, Segment]) -> None:
    entry, device = step.entry, device_of(step.entry.chart)
    payload = entry.payload
    if device is None or payload.get("kind") not in (BEGIN, END):
        return
    if payload["kind"] == BEGIN:
        fate = UNKNOWN if not step.heard else UNHEARD
        found[device, entry.seq] = Segment(device, entry.seq, entry.n, entry.at, payload.get("media_ms"), fate=fate)
        return
    begun = next((key for key in reversed(found) if key[0] == device and found[key].ended_n is None), None)
    if begun is None:
        begun = (device, entry.seq)
        found[begun] = Segment(device, None, None, None, None)
    probability = payload.get("probability")
    ended = evolve(found[begun], ended_n=entry.n, ended_at=entry.at, end_seq=entry.seq, probability=probability)
    found[begun] = ended


def _judge(move: Move, found: dict[Key, Segment]) -> None:
    for key, fate, reason in _judged(move):
        if key in found:
            found[key] = evolve(found[key], fate=fate, reason=reason)


def _judged(move: Move) -> Iterator[tuple[Key, str, str | None]]:
    before, after = move.before.data, move.after.data
    was, now = before["segment"], after["segment"]
    own = (move.event.payload.get("device"), move.event.payload.get("seq"))
    closed = was is not None and (now is None or _key(now) != _key(was))
    if now is not None and (was is None or _key(now) != _key(was)):
        yield _key(now), OPEN, now["refused"]
    if after["kept"] > before["kept"]:
        yield _key(was), KEPT, None
    for reason, count in after["ignored"].items():
        if count > before["ignored"].get(reason, 0):
            yield (_key(was) if closed else own), IGNORED, reason


def _key(segment: Data) -> Key:
    return segment["device"], segment["seq"]


def _give_words(step: Step, found: dict[Key, Segment]) -> None:
    device, payload = step.entry.device_id, step.entry.payload
    key = (None if device is None else str(device), payload.get("segment"))
    if key in found and payload["id"] not in found[key].remarks:
        found[key] = evolve(found[key], remarks=(*found[key].remarks, payload["id"]))


def _with_words(segment: Segment, agent: Data | None) -> Segment:
    if segment.remarks:
        return evolve(segment, words=THERE)
    if segment.fate != KEPT or agent is None:
        return segment
    awaited = any((each["device"], each["seq"]) == (segment.device, segment.end_seq) for each in agent["awaited"])
    return evolve(segment, words=AWAITED if awaited else MISSING)
