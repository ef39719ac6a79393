from __future__ import annotations

from itertools import cycle, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lossy.inference.speech import SpeechEnd, SpeechEvent, SpeechStart
from lossy.inference.vad import Silero
from lossy.sim.hearing import Segment, hear, segments
from lossy.sim.transcripts import attach
from tests.sim.audio import conversation, noise, record, remarks, silence, voice

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.inference.vad import Pcm
    from lossy.sim.recording import Recording

SILERO = Silero()


def heard(recording: Recording) -> list[Segment]:
    return list(segments(hear(recording, SILERO)))


@pytest.mark.parametrize("name", ["first_cut", "second_look"])
def test_every_remark_of_a_voice_is_heard_once_and_where_it_began(name: str) -> None:
    recording, utterances = voice(name)

    found = heard(recording)

    assert len(found) == len(utterances)
    for segment, said in zip(found, utterances, strict=True):
        assert abs(segment.start_ms - said.start_ms) <= 100
        assert abs(segment.end_ms - said.end_ms) <= 100
    assert attach(found, utterances).texts == {index: said.text for index, said in enumerate(utterances)}


@pytest.mark.parametrize("name", ["first_cut", "second_look"])
def test_the_truth_beside_a_voice_is_what_its_samples_say(name: str) -> None:
    recording, utterances = voice(name)

    assert utterances[0].start_ms >= 800
    assert all(800 <= later.start_ms - said.end_ms <= 2_000 for said, later in pairwise(utterances))
    quiet_from = 0
    for said in utterances:
        assert not recording.read(quiet_from, said.start_ms).any()
        assert np.abs(recording.read(said.start_ms, said.start_ms + 1)).max() > 0.009
        assert np.abs(recording.read(said.end_ms - 1, said.end_ms)).max() > 0.009
        quiet_from = said.end_ms
    assert not recording.read(quiet_from, recording.duration_ms).any()


def click(ms: int) -> Pcm:
    """A key struck hard: noise that dies away by the end."""
    pcm = noise(ms, 0.3)
    return (pcm * np.exp(-np.linspace(0, 5, len(pcm)))).astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [
        silence(10_000),
        noise(10_000, amplitude=0.05),
        np.concatenate([silence(1_000), click(120), silence(2_000)]),
        np.concatenate([silence(1_000), noise(120, amplitude=0.3), silence(2_000)]),
    ],
    ids=["silence", "white noise", "a click that dies away", "a click that stops"],
)
def test_what_is_not_speech_is_not_heard(sound: Pcm, tmp_path: Path) -> None:
    assert heard(record(tmp_path / "sound.wav", sound)) == []


def test_remarks_of_two_voices_in_a_noisy_room_are_all_heard(tmp_path: Path) -> None:
    parts, truth = conversation(remarks("first_cut") + remarks("second_look"), gap_ms=1_000)
    pcm = np.concatenate([*parts, silence(1_000)])

    found = heard(record(tmp_path / "room.wav", pcm + noise(len(pcm) // 16, amplitude=0.005)))

    assert attach(found, truth).texts == {index: said.text for index, said in enumerate(truth)}


def test_two_remarks_four_tenths_of_a_second_apart_are_two(tmp_path: Path) -> None:
    parts, truth = conversation(remarks("first_cut")[:2], gap_ms=400)

    found = heard(record(tmp_path / "close.wav", *parts, silence(1_000)))

    assert attach(found, truth).texts == {0: "The logo comes in too early.", 1: "Please make the intro shorter."}


def test_a_speaker_who_does_not_stop_is_split_at_a_minute(tmp_path: Path) -> None:
    long, length_ms = [], 0
    for remark in cycle(remarks("second_look")):
        if length_ms >= 70_000:
            break
        long.append(remark)
        length_ms += 200 + remark.duration_ms
    parts, truth = conversation(long, gap_ms=200)

    found = heard(record(tmp_path / "long.wav", *parts, silence(1_000)))

    assert len(found) == 2
    assert 59_000 < found[0].end_ms - found[0].start_ms <= 60_000
    assert found[1].start_ms - found[0].end_ms < 300
    attached = attach(found, truth)
    assert not attached.unheard
    assert all(attached.texts.values())
    assert " ".join(attached.texts.values()) == " ".join(said.text for said in truth)


def test_the_last_word_of_a_recording_that_stops_in_it_is_heard(tmp_path: Path) -> None:
    remark = remarks("first_cut")[0]

    (segment,) = heard(record(tmp_path / "cut.wav", silence(1_000), remark.pcm[: 16 * 1_000]))

    assert 1_950 <= segment.end_ms <= 2_000


def test_every_start_has_its_end() -> None:
    events: list[SpeechEvent] = [SpeechStart(10, 150, 0.9), SpeechEnd(400, 700, 390, 0.9), SpeechStart(900, 1_000, 0.8)]

    assert list(segments(events)) == [Segment(10, 400)]
