"""A WAV file as mono samples at 16 kHz, the rate that Silero and Whisper listen at."""

from __future__ import annotations

import wave
from functools import lru_cache
from math import ceil, gcd
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.inference.vad import SAMPLE_RATE, SpeechError, SpeechNotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.inference.vad import Pcm

try:
    import numpy as np
except ImportError as missing:
    raise SpeechNotInstalled("numpy") from missing

CHUNK_MS = 10
BLOCK_MS = 200  # read and resampled at a time, however long the recording is; a second takes twice the time

# Longer than any cut under review: a longer file is a mistake, and would be found out only after minutes of work.
MAX_MS = 2 * 60 * 60 * 1_000

# From telephone to studio. A rate outside of it is a broken header, and would ask for a filter of any size.
LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000

# The resampling filter: zero crossings of the sinc on each side, the pass band as a part of the lower Nyquist
# frequency, and the Kaiser window's beta. From 44.1 kHz: 0.2 dB down at 7.2 kHz, 29 at 8 kHz, 84 from 8.4 kHz on.
ZERO_CROSSINGS = 32
PASS_BAND = 0.95
KAISER_BETA = 8.0


class RecordingError(SpeechError):
    """The file cannot be listened to; the message says which file and why."""


@frozen
class Recording:
    """A checked WAV file. Nothing of it is held: every call reads what it needs."""

    path: Path
    rate: int
    channels: int
    frames: int

    @property
    def duration_ms(self) -> int:
        return self.frames * 1_000 // self.rate

    def chunks(self) -> Iterator[Pcm]:
        """All of it, CHUNK_MS at a time; the last chunk may be shorter."""
        size = SAMPLE_RATE * CHUNK_MS // 1_000
        for start_ms in range(0, self.duration_ms + 1, BLOCK_MS):
            block = self.read(start_ms, start_ms + BLOCK_MS)
            yield from (block[first : first + size] for first in range(0, len(block), size))

    def read(self, start_ms: int, end_ms: int) -> Pcm:
        """Samples of [start_ms, end_ms), as far as the recording has them."""
        total = self.frames * SAMPLE_RATE // self.rate
        first, last = (min(max(ms, 0) * SAMPLE_RATE // 1_000, total) for ms in (start_ms, end_ms))
        if first >= last:
            return np.empty(0, np.float32)
        return self._frames(first, last) if self.rate == SAMPLE_RATE else self._resampled(first, last)

    def _resampled(self, first: int, last: int) -> Pcm:
        up, down, phases = _polyphase(self.rate)
        taps = phases.shape[1]
        frame, phase = np.divmod(np.arange(first, last, dtype=np.int64) * down, up)
        begin = int(frame[0]) - taps // 2 + 1
        frames = self._frames(begin, begin + int(frame[-1] - frame[0]) + taps)
        near = np.lib.stride_tricks.sliding_window_view(frames, taps)[frame - frame[0]]
        pcm: Pcm = np.einsum("nt,nt->n", near, phases[phase])
        return pcm

    def _frames(self, first: int, last: int) -> Pcm:
        """Frames [first, last) of the file as mono; silence before its beginning and after its end."""
        begin, end = max(first, 0), min(last, self.frames)
        with wave.open(str(self.path)) as file:
            file.setpos(begin)
            samples = np.frombuffer(file.readframes(end - begin), "<i2").reshape(-1, self.channels)
        mono = samples.mean(axis=1, dtype=np.float32) / np.float32(1 << 15)
        return np.pad(mono, (begin - first, last - end))


@lru_cache(maxsize=4)
def _polyphase(rate: int) -> tuple[int, int, Pcm]:
    """Output sample n lies at input n * down / up: its filter is row (n * down) % up, for the frames around it.

    A Kaiser-windowed sinc, each row of gain 1 (J. O. Smith, "Digital Audio Resampling Home Page", 2002).
    """
    divisor = gcd(rate, SAMPLE_RATE)
    up, down = SAMPLE_RATE // divisor, rate // divisor
    cutoff = PASS_BAND * min(1.0, SAMPLE_RATE / rate)
    half = ceil(ZERO_CROSSINGS / cutoff)
    offsets = np.arange(1 - half, half + 1) - np.arange(up)[:, None] / up
    taps = np.sinc(cutoff * offsets) * np.i0(KAISER_BETA * np.sqrt(np.clip(1 - (offsets / half) ** 2, 0, None)))
    return up, down, (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)


def open_recording(path: Path) -> Recording:
    """Raises RecordingError unless it is a whole WAV file of 16-bit PCM, mono or stereo, of at most MAX_MS."""
    try:
        with wave.open(str(path)) as file:
            reason = _unfit(file)
            recording = Recording(path, file.getframerate(), file.getnchannels(), file.getnframes())
    except (wave.Error, EOFError) as error:
        raise RecordingError(f"{path}: not a PCM WAV file: {str(error) or 'it ends in its header'}") from error
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error
    if reason:
        raise RecordingError(f"{path}: {reason}")
    return recording


def _unfit(file: wave.Wave_read) -> str | None:
    frames, rate = file.getnframes(), file.getframerate()
    if file.getsampwidth() != 2:
        return f"{8 * file.getsampwidth()}-bit samples: only 16-bit PCM is read"
    if file.getnchannels() > 2:
        return f"{file.getnchannels()} channels: only mono and stereo are read"
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        return f"{rate} Hz: only {LOWEST_RATE} to {HIGHEST_RATE} Hz is read"
    if frames == 0:
        return "empty: it has no samples"
    if frames > rate * MAX_MS // 1_000:
        return f"{frames // rate} s long: {MAX_MS // 1_000} s at most"
    file.setpos(frames - 1)
    return None if file.readframes(1) else "cut short: its header promises more samples than it has"
