"""Audio for tests, composed from the recordings that ship with the simulator."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import lossy.sim
from lossy.inference.vad import SAMPLE_RATE
from lossy.sim.recording import Recording, open_recording
from lossy.sim.transcripts import Utterance, read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossy.inference.vad import Pcm

VOICES = Path(lossy.sim.__file__).parent / "voices"


class Remark(NamedTuple):
    text: str
    pcm: Pcm

    @property
    def duration_ms(self) -> int:
        return len(self.pcm) * 1_000 // SAMPLE_RATE


def voice(name: str) -> tuple[Recording, tuple[Utterance, ...]]:
    path = VOICES / f"{name}.wav"
    return open_recording(path), read_transcript(path.with_suffix(".json")).utterances


def remarks(name: str) -> list[Remark]:
    recording, utterances = voice(name)
    return [Remark(said.text, recording.read(said.start_ms, said.end_ms)) for said in utterances]


def silence(ms: int) -> Pcm:
    return np.zeros(ms * SAMPLE_RATE // 1_000, np.float32)


def noise(ms: int, amplitude: float, seed: int = 0) -> Pcm:
    """White, with the amplitude given as the standard deviation."""
    return (np.random.default_rng(seed).normal(size=ms * SAMPLE_RATE // 1_000) * amplitude).astype(np.float32)


def record(path: Path, *parts: Pcm) -> Recording:
    """Parts one after another, as a WAV file of 16-bit mono at 16 kHz."""
    write_wav(path, as_int16(np.concatenate(parts)), SAMPLE_RATE)
    return open_recording(path)


def as_int16(pcm: Pcm) -> bytes:
    return (np.clip(pcm, -1, 1) * 32_767).round().astype("<i2").tobytes()


def write_wav(path: Path, samples: bytes, rate: int, channels: int = 1, width: int = 2) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples)


def conversation(spoken: Iterable[Remark], gap_ms: int) -> tuple[list[Pcm], tuple[Utterance, ...]]:
    """Remarks with the same gap before each: the parts for `record`, and the truth."""
    parts, truth, now_ms = [], [], 0
    for remark in spoken:
        start_ms, now_ms = now_ms + gap_ms, now_ms + gap_ms + remark.duration_ms
        parts += [silence(gap_ms), remark.pcm]
        truth.append(Utterance(start_ms, now_ms, remark.text))
    return parts, tuple(truth)
