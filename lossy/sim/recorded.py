"""A recording as a person in a story: what the detector hears in it, and the words that are beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.inference.speech import SpeechEvent
from lossy.inference.vad import Silero
from lossy.sim.hearing import hear, segments
from lossy.sim.recording import open_recording
from lossy.sim.transcripts import attach, read_transcript

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class Recorded:
    """`texts` are those of the segments, by index; "" where nobody's words are."""

    events: Sequence[SpeechEvent]
    texts: Mapping[int, str]


def listen(wav: Path) -> Recorded:
    """As fast as it goes: it is the same every time. Raises RecordingError, TranscriptError, SpeechNotInstalled."""
    events = tuple(hear(open_recording(wav), Silero()))
    utterances = read_transcript(wav.with_suffix(".json")).utterances
    return Recorded(events, attach([*segments(events)], utterances).texts)
