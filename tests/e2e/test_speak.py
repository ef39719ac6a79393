"""A voice reviews a video on the whole server: every utterance becomes one note, and what is no utterance none."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest
from rich.console import Console

from lossy.app import open_app
from lossy.settings import Database, Server, Settings
from lossy.sim.speak import Speech, speak_to
from tests.inference.tiny_whisper import write_saying
from tests.sim.audio import conversation, noise, record, remarks, silence, voice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lossy.inference.vad import Pcm

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(server=Server(port=0), database=Database(url=database, data=tmp_path / "data"))


async def speak(settings: Settings, wav: Path, stt: Path | None = None) -> str:
    heard = io.StringIO()
    async with open_app(settings) as app:
        speech = Speech(
            wav=wav,
            transcript=None,
            stt=stt,
            url=app.url,
            link=await app.sign_in_url(),
            own_server=False,
            fast=True,
            rate="25",
            video="https://example.com/cut.mp4",
        )
        await speak_to(speech, Console(file=heard, width=200), settings)
    return heard.getvalue()


def notes(settings: Settings) -> list[tuple[str, int]]:
    """Their transcripts and the frames they begin at, in the order of the film."""
    with psycopg.connect(settings.database.url) as connection:
        rows = connection.execute("SELECT transcript, frame_in FROM notes ORDER BY frame_in").fetchall()
    return [(text, frame) for text, frame in rows]


def written(folder: Path, *parts: Pcm, said: Iterable[tuple[int, int, str]] = ()) -> Path:
    wav = folder / "review.wav"
    record(wav, *parts)
    utterances = [{"start_ms": start, "end_ms": end, "text": text} for start, end, text in said]
    wav.with_suffix(".json").write_text(json.dumps({"version": 1, "utterances": utterances}))
    return wav


@pytest.mark.parametrize("name", ["first_cut", "second_look"])
async def test_each_utterance_of_a_voice_is_one_note(name: str, settings: Settings) -> None:
    recording, utterances = voice(name)
    printed = await speak(settings, recording.path)
    assert Counter(text for text, _ in notes(settings)) == Counter(utterance.text for utterance in utterances)
    assert f"{len(utterances)} remarks, {len(utterances)} notes." in printed


async def test_a_note_begins_at_the_frame_its_remark_began_or_at_the_time_it_names(settings: Settings) -> None:
    recording, utterances = voice("second_look")
    await speak(settings, recording.path)
    frames = dict(notes(settings))
    for utterance in utterances:
        names_a_time = "At one twenty three" in utterance.text
        begins_ms = 83_000 if names_a_time else utterance.start_ms
        assert abs(frames[utterance.text] - begins_ms * 25 / 1000) <= (0 if names_a_time else 3)


@pytest.mark.parametrize(
    "sound",
    [silence(10_000), noise(10_000, 0.05), np.concatenate([silence(2000), noise(120, 0.5), silence(2000)])],
    ids=["silence", "noise", "click of 120 ms"],
)
async def test_what_is_no_speech_is_no_note(sound: Pcm, settings: Settings, tmp_path: Path) -> None:
    printed = await speak(settings, written(tmp_path, sound))
    assert notes(settings) == []
    assert "0 remarks, 0 notes." in printed


async def test_two_utterances_four_tenths_of_a_second_apart_are_two_notes(settings: Settings, tmp_path: Path) -> None:
    """The second begins within the cooldown of 500 ms, and outlasts it."""
    first, second = remarks("first_cut")[1:3]
    parts, truth = conversation([first, second], 400)
    wav = written(tmp_path, *parts, silence(1000), said=((u.start_ms, u.end_ms, u.text) for u in truth))
    await speak(settings, wav)
    assert [text for text, _ in notes(settings)] == [first.text, second.text]


async def test_a_speaker_of_seventy_seconds_makes_two_notes(settings: Settings, tmp_path: Path) -> None:
    """A remark ends after a minute, and what goes on is the next one."""
    spoken = [remark for _ in range(20) for remark in remarks("first_cut")]
    parts, truth = conversation(spoken, 200)
    said = [utterance for utterance in truth if utterance.end_ms <= 70_000]
    wav = written(tmp_path, *parts[: 2 * len(said)], silence(1000), said=((u.start_ms, u.end_ms, u.text) for u in said))
    printed = await speak(settings, wav)
    texts = [text for text, _ in notes(settings)]
    assert len(texts) == 2, printed
    assert " ".join(texts) == " ".join(utterance.text for utterance in said)


async def test_a_model_on_the_server_side_of_the_microphone_transcribes(settings: Settings, tmp_path: Path) -> None:
    """A real model, made here, that says one sentence whatever it hears."""
    write_saying(tmp_path / "model", "Please make the intro shorter.")
    recording, utterances = voice("first_cut")
    await speak(settings, recording.path, stt=tmp_path / "model")
    assert [text for text, _ in notes(settings)] == ["Please make the intro shorter."] * len(utterances)
