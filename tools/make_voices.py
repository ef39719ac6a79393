"""Make the recordings that ship with the simulator, and beside each the truth of what is said when.

    python tools/make_voices.py

Needs espeak-ng. Text, voices and gaps are fixed, so one version of espeak-ng always makes the same bytes.
"""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import orjson
from attrs import asdict, frozen

from lossy.inference.vad import SAMPLE_RATE
from lossy.sim.recording import open_recording
from lossy.sim.transcripts import Transcript, Utterance

if TYPE_CHECKING:
    from lossy.inference.vad import Pcm

VOICES = Path(__file__).parent.parent / "lossy" / "sim" / "voices"

# Samples quieter than -40 dB of full scale are the silence that espeak-ng puts around its speech.
LOUD = 0.01

# How loud people speak into a headset: a third of full scale at the peak.
PEAK = 0.33


@frozen
class Line:
    """A remark and the silence before it."""

    gap_ms: int
    text: str


@frozen
class Script:
    name: str
    voice: str
    words_per_minute: int
    lines: tuple[Line, ...]
    closing_ms: int = 1_000


SCRIPTS = (
    Script(
        "first_cut",
        "en-us",
        165,
        (
            Line(1_200, "The logo comes in too early."),
            Line(1_400, "Please make the intro shorter."),
            Line(850, "Color is off in this shot."),
            Line(1_900, "Hold this frame a little longer please."),
        ),
    ),
    Script(
        "second_look",
        "en-gb",
        175,
        (
            Line(900, "The opening works much better now."),
            Line(1_100, "At one twenty three the music is too loud."),
            Line(1_600, "Her name is spelled wrong in the title."),
            Line(800, "Fade it out."),
            Line(1_300, "Cut to the wide shot two seconds later."),
        ),
    ),
)


def main() -> None:
    for script in SCRIPTS:
        pcm, transcript = perform(script)
        write_wav(VOICES / f"{script.name}.wav", pcm)
        truth = orjson.dumps(asdict(transcript), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (VOICES / f"{script.name}.json").write_bytes(truth)
        print(f"{script.name}: {len(transcript.utterances)} utterances in {len(pcm) / SAMPLE_RATE:.1f} s")


def perform(script: Script) -> tuple[Pcm, Transcript]:
    parts, utterances, now_ms = [], [], 0
    for line in script.lines:
        spoken = say(line.text, script)
        start_ms = now_ms + line.gap_ms
        now_ms = start_ms + len(spoken) * 1_000 // SAMPLE_RATE
        parts += [silence(line.gap_ms), spoken]
        utterances.append(Utterance(start_ms, now_ms, line.text))
    return np.concatenate([*parts, silence(script.closing_ms)]), Transcript(1, tuple(utterances))


def say(text: str, script: Script) -> Pcm:
    """From the first loud sample to the last, then filled up to a whole millisecond."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        how = ["-v", script.voice, "-s", str(script.words_per_minute), "-w", str(path)]
        subprocess.run(["espeak-ng", *how, text], check=True)
        recording = open_recording(path)
        pcm = recording.read(0, recording.duration_ms)
    pcm *= PEAK / np.abs(pcm).max()
    loud = np.flatnonzero(np.abs(pcm) > LOUD)
    pcm = pcm[loud[0] : loud[-1] + 1]
    return np.pad(pcm, (0, -len(pcm) % (SAMPLE_RATE // 1_000)))


def silence(ms: int) -> Pcm:
    return np.zeros(ms * SAMPLE_RATE // 1_000, np.float32)


def write_wav(path: Path, pcm: Pcm) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((pcm * 32_767).round().astype("<i2").tobytes())


if __name__ == "__main__":
    main()
