from __future__ import annotations

import re
import struct
import sys
from itertools import pairwise
from runpy import run_path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossy.sim.recording as recording_module
from lossy.inference.vad import SpeechNotInstalled
from lossy.sim.recording import HIGHEST_RATE, LOWEST_RATE, Recording, RecordingError, open_recording
from tests.charts.strategies import examples
from tests.sim.audio import as_int16, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.inference.vad import Pcm

RATES = [8_000, 11_025, 22_050, 44_100, 44_101, 48_000, 96_000, 192_000]


def tone(hertz: float, rate: int, seconds: float = 2.0) -> Pcm:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def resampled(path: Path, pcm: Pcm, rate: int) -> Pcm:
    write_wav(path, as_int16(pcm), rate)
    recording = open_recording(path)
    return recording.read(0, recording.duration_ms)


def decibels(pcm: Pcm) -> float:
    """Below full scale, without the edges."""
    return float(20 * np.log10(np.sqrt(np.mean(pcm[1_600:-1_600] ** 2)) + 1e-12))


def test_sixteen_kilohertz_are_read_as_they_are(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", struct.pack("<4h", 0, 16_384, -32_768, 32_767), 16_000)

    assert open_recording(tmp_path / "a.wav").read(0, 1).tolist() == [0.0, 0.5, -1.0, 32_767 / 32_768]


def test_stereo_is_the_mean_of_its_sides(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", struct.pack("<4h", 16_384, 0, -16_384, -16_384), 16_000, channels=2)

    assert open_recording(tmp_path / "a.wav").read(0, 1).tolist() == [0.25, -0.5]


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_comes_out_at_the_same_pitch_time_and_loudness(rate: int, tmp_path: Path) -> None:
    pcm = resampled(tmp_path / "a.wav", tone(1_000, rate), rate)

    expected = tone(1_000, 16_000)
    assert abs(len(pcm) - len(expected)) <= 16
    middle = slice(1_600, 30_000)
    assert np.abs(pcm[middle] - expected[middle]).max() < 0.001


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_what_sixteen_kilohertz_cannot_hold_is_taken_out(rate: int, tmp_path: Path) -> None:
    kept = resampled(tmp_path / "kept.wav", tone(7_000, rate), rate)
    removed = resampled(tmp_path / "removed.wav", tone(9_500, rate), rate)

    assert decibels(kept) == pytest.approx(decibels(tone(7_000, 16_000)), abs=0.1)
    assert decibels(removed) < -70


@pytest.fixture(scope="module", params=[8_000, 16_000, 44_100])
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """2.1 s and one frame of noise."""
    rate: int = request.param
    path = tmp_path_factory.mktemp("sound") / f"{rate}.wav"
    write_wav(path, np.random.default_rng(0).bytes(2 * (rate * 21 // 10 + 1)), rate)
    return open_recording(path)


@pytest.fixture(scope="module")
def whole(sound: Recording) -> Pcm:
    return sound.read(0, 2_100)


@examples(20, 1_000)
@given(cuts=st.lists(st.integers(0, 2_100), max_size=6))
def test_a_recording_in_pieces_is_the_recording(cuts: list[int], sound: Recording, whole: Pcm) -> None:
    edges = [0, *sorted(cuts), 2_100]

    pieces = [sound.read(start_ms, end_ms) for start_ms, end_ms in pairwise(edges)]

    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)


def test_chunks_are_the_whole_recording_ten_milliseconds_at_a_time(sound: Recording) -> None:
    chunks = list(sound.chunks())

    assert {len(chunk) for chunk in chunks[:-1]} == {160}
    assert 0 < len(chunks[-1]) <= 160
    np.testing.assert_allclose(np.concatenate(chunks), sound.read(0, 10_000), atol=1e-6)


def test_outside_of_a_recording_there_is_nothing(sound: Recording) -> None:
    assert sound.duration_ms == 2_100
    assert len(sound.read(5_000, 6_000)) == len(sound.read(1_000, 1_000)) == len(sound.read(2_000, 1_000)) == 0
    np.testing.assert_array_equal(sound.read(-50, 20), sound.read(0, 20))


def header(frames: int, rate: int = 8_000) -> bytes:
    """Of a mono WAV file that says it holds so many frames."""
    size = 2 * frames
    form = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    return form + struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size)


TWO_HOURS = 2 * 60 * 60 * 8_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it ends in its header"),
        (header(10)[:30], "it ends in its header"),
        (b"\xff\xfb" + bytes(100), "not a PCM WAV file: file does not start with RIFF id"),
        (header(10).replace(struct.pack("<HH", 1, 1), struct.pack("<HH", 3, 1)) + bytes(20), "unknown format: 3"),
        (header(0), "empty"),
        (header(10) + bytes(10), "cut short"),
        (header(TWO_HOURS + 1), "7200 s long: 7200 s at most"),
        (header(TWO_HOURS), "cut short"),
        (header(10, LOWEST_RATE - 1) + bytes(20), "7999 Hz"),
        (header(10, HIGHEST_RATE + 1) + bytes(20), "192001 Hz"),
    ],
)
def test_what_cannot_be_listened_to_is_refused_with_the_reason(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)

    with pytest.raises(RecordingError, match=f"^{re.escape(str(path))}: .*{re.escape(reason)}"):
        open_recording(path)


@pytest.mark.parametrize(
    ("channels", "width", "reason"),
    [(1, 3, "24-bit samples"), (1, 1, "8-bit samples"), (6, 2, "6 channels")],
)
def test_samples_of_another_shape_are_refused(channels: int, width: int, reason: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", bytes(channels * width * 10), 16_000, channels, width)

    with pytest.raises(RecordingError, match=reason):
        open_recording(tmp_path / "a.wav")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        open_recording(tmp_path / "none.wav")


def test_without_numpy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)

    with pytest.raises(SpeechNotInstalled, match=r"lossy\[speech\]"):
        run_path(recording_module.__file__)
