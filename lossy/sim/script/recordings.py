"""The recordings that a story names: each is a WAV that can be listened to, with its words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.inference.vad import SpeechError
from lossy.sim.script.steps import Speak
from lossy.sim.script.story import Story, walk
from lossy.sim.transcripts import TranscriptError, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def missing_recordings(story: Story, folder: Path) -> Iterator[str]:
    """What is wrong with those it names from its `folder`, each with its path in the story."""
    for path, step in walk(story.steps):
        if not isinstance(step, Speak) or step.wav is None:
            continue
        wav = folder / step.wav
        try:
            from lossy.sim.recording import open_recording

            open_recording(wav)
            read_transcript(wav.with_suffix(".json"))
        except (SpeechError, TranscriptError) as error:
            yield f"{error} @ {path}.wav"
