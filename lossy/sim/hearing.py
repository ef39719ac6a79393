"""What is heard in a recording: the reviewer of the simulator who is made of a WAV file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from lossy.inference.speech import DEFAULTS, SpeechEnd, SpeechEvent, SpeechStart, VadSettings
from lossy.inference.vad import Silero, Vad

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .recording import Recording


@frozen
class Segment:
    """One utterance as it was heard, in ms of the recording."""

    start_ms: int
    end_ms: int


def hear(recording: Recording, silero: Silero, settings: VadSettings = DEFAULTS) -> Iterator[SpeechEvent]:
    """Speech events in order of `known_at_ms`, as fast as they are asked for: real time is the caller's to keep."""
    vad = Vad(silero, settings)
    for chunk in recording.chunks():
        yield from vad.feed(chunk)
    yield from vad.finish()


def segments(events: Iterable[SpeechEvent]) -> Iterator[Segment]:
    """Every start with its end."""
    start_ms = 0
    for event in events:
        match event:
            case SpeechStart():
                start_ms = event.at_ms
            case SpeechEnd():
                yield Segment(start_ms, event.at_ms)
