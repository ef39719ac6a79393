"""Spoken remarks by espeak-ng, at 16 kHz and as loud as wanted."""

from __future__ import annotations

import io
import subprocess
import wave
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from lossy.inference.vad import SAMPLE_RATE

if TYPE_CHECKING:
    from lossy.inference.vad import Pcm

AUDIBLE = 0.01


@cache
def spoken(text: str, voice: str = "en-us", words_a_minute: int = 190) -> Pcm:
    """From its first sound to its last, its peak at 1."""
    command = ["espeak-ng", "--stdout", "-v", voice, "-s", str(words_a_minute), text]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
        # espeak-ng does not know how long it will be when it writes the header: what is there counts.
        sound = np.frombuffer(file.readframes(len(made)), np.int16).astype(np.float32)
    times = np.arange(int(len(sound) * SAMPLE_RATE / rate)) * rate / SAMPLE_RATE
    resampled = np.interp(times, np.arange(len(sound)), sound).astype(np.float32)
    resampled /= np.abs(resampled).max()
    audible = np.flatnonzero(np.abs(resampled) > AUDIBLE)
    trimmed: Pcm = resampled[audible[0] : audible[-1] + 1]
    return trimmed
