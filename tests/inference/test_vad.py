from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import astuple
from faster_whisper.vad import get_vad_model
from hypothesis import given, settings
from hypothesis import strategies as st

import lossy.sim
from lossy.inference import vad
from lossy.inference.speech import DEFAULTS, Hysteresis, SpeechEvent, SpeechStart
from lossy.inference.vad import FRAME, Silero, SpeechNotInstalled, Vad
from lossy.sim.recording import open_recording

if TYPE_CHECKING:
    from lossy.inference.vad import Pcm

SILERO = Silero()
REMARKS = open_recording(Path(lossy.sim.__file__).parent / "voices" / "first_cut.wav").read(0, 6_000)


def listen(pcm: Pcm, cuts: list[int]) -> list[SpeechEvent]:
    """The events of `pcm` when it arrives in pieces."""
    stream = Vad(SILERO)
    pieces = np.split(pcm, sorted(cuts))
    return [event for piece in pieces for event in stream.feed(piece)] + list(stream.finish())


WHOLE = listen(REMARKS, [])


@settings(deadline=None, max_examples=30)  # each listens to four remarks
@given(st.lists(st.integers(0, len(REMARKS)), max_size=40))
def test_how_the_samples_arrive_changes_nothing(cuts: list[int]) -> None:
    assert len(WHOLE) == 4
    assert listen(REMARKS, cuts) == WHOLE


def test_chunks_of_ten_milliseconds_change_nothing() -> None:
    assert listen(REMARKS, list(range(160, len(REMARKS), 160))) == WHOLE


def test_it_hears_what_the_library_hears_that_carries_the_model() -> None:
    whole_frames = REMARKS[: len(REMARKS) // FRAME * FRAME].copy()  # theirs writes into it
    hysteresis = Hysteresis(DEFAULTS)
    theirs = [event for p in get_vad_model()(whole_frames) for event in hysteresis.feed(float(p))]
    theirs += hysteresis.finish()

    assert len(WHOLE) == len(theirs)
    for ours, event in zip(WHOLE, theirs, strict=True):
        assert astuple(ours) == pytest.approx(astuple(event), abs=1e-4)


def test_two_streams_of_one_model_do_not_hear_each_other() -> None:
    one, other = Vad(SILERO), Vad(SILERO)
    heard: list[SpeechEvent] = []
    for piece in np.array_split(REMARKS, 600):
        heard += one.feed(piece)
        assert list(other.feed(np.zeros_like(piece))) == []

    assert heard + list(one.finish()) == WHOLE
    assert list(other.finish()) == []


def test_the_end_of_the_stream_ends_what_is_being_said() -> None:
    start = WHOLE[0]
    stream = Vad(SILERO)

    live = list(stream.feed(REMARKS[: 16 * 2_000]))
    assert [type(event) for event in live] == [SpeechStart]
    (end,) = stream.finish()

    assert (start.at_ms, end.at_ms, end.known_at_ms) == (live[0].at_ms, 1_984, 1_984)
    assert list(stream.finish()) == []


@pytest.mark.parametrize("package", ["numpy", "onnxruntime"])
def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(SpeechNotInstalled, match=rf"^{package} is not installed: pip install 'lossy\[speech\]'$"):
        Silero()


def test_without_faster_whisper_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vad, "find_spec", lambda name: None)

    with pytest.raises(SpeechNotInstalled, match=r"faster-whisper is not installed.*lossy\[speech\]"):
        Silero()


def test_a_faster_whisper_with_another_model_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vad, "MODEL", "silero_vad_v7.onnx")

    with pytest.raises(SpeechNotInstalled, match=r"a faster-whisper with silero_vad_v7\.onnx"):
        Silero()
