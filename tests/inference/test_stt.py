from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import trio
import trio.testing
from attrs import define, evolve, field, frozen

import lossy.sim
from lossy.inference.stt import (
    WINDOW,
    ModelError,
    TooBusy,
    Transcript,
    Whisper,
    WhisperSettings,
    confidence_of,
    is_understood,
    load_whisper,
    text_of,
)
from lossy.inference.vad import SpeechNotInstalled
from lossy.sim.recording import open_recording
from tests.inference.tiny_whisper import write_random, write_saying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.inference.vad import Pcm

SENTENCE = "Please make the intro shorter."
SECOND_OF_SILENCE = np.zeros(16_000, np.float32)


@define
class Segment:
    """As faster-whisper gives it."""

    text: str = ""
    tokens: Sequence[int] = (1,)
    avg_logprob: float = -0.1
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0


@frozen
class Info:
    language: str = "en"


@define(eq=False)
class SlowModel:
    """Stands where faster_whisper.WhisperModel does: its windows are decoded once it is let go on."""

    windows: int = 1
    decoded: int = 0
    begun: trio.Event = field(factory=trio.Event)
    go_on: threading.Event = field(factory=threading.Event)

    def transcribe(self, pcm: Pcm, **options: Any) -> tuple[Iterator[Segment], Info]:
        trio.from_thread.run_sync(self.begun.set)
        return self._segments(), Info()

    def _segments(self) -> Iterator[Segment]:
        for _ in range(self.windows):
            assert self.go_on.wait(timeout=10)
            self.decoded += 1
            yield Segment(" Fade it out.")


@pytest.fixture(scope="module")
def saying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "saying"
    write_saying(folder, SENTENCE)
    return folder


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "random"
    write_random(folder)
    return folder


@pytest.fixture
def broken(random: Path, tmp_path: Path) -> Path:
    """A folder of its own, for a test to break."""
    return shutil.copytree(random, tmp_path / "broken")


async def test_a_wav_becomes_its_text(saying: Path) -> None:
    recording = open_recording(Path(lossy.sim.__file__).parent / "voices" / "first_cut.wav")
    whisper = await load_whisper(WhisperSettings(saying))

    transcript = await whisper.transcribe(recording.read(4_000, 5_700))

    assert evolve(transcript, confidence=1.0) == Transcript(SENTENCE, 1.0, "en", duration_ms=1_700)
    assert transcript.confidence > 0.99


async def test_a_model_that_knows_nothing_says_nothing(random: Path) -> None:
    whisper = await load_whisper(WhisperSettings(random))

    for pcm in (SECOND_OF_SILENCE, np.zeros(WINDOW + 16, np.float32)):
        assert await whisper.transcribe(pcm) == Transcript("", 0.0, "en", len(pcm) // 16)


async def test_no_samples_are_no_speech(saying: Path) -> None:
    whisper = await load_whisper(WhisperSettings(saying, language=None))

    assert await whisper.transcribe(np.zeros(0, np.float32)) == Transcript("", 0.0, "en", duration_ms=0)


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("tokenizer.json", "it lacks tokenizer.json$"),
        ("model.bin", "it lacks model.bin$"),
        ("vocabulary.json", "it lacks vocabulary.json or vocabulary.txt$"),
    ],
)
async def test_a_missing_file_is_named_and_not_downloaded(broken: Path, gone: str, named: str) -> None:
    (broken / gone).unlink()

    with pytest.raises(ModelError, match=named):
        await load_whisper(WhisperSettings(broken))


async def test_a_missing_folder_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"it lacks model\.bin, config\.json, tokenizer\.json"):
        await load_whisper(WhisperSettings(tmp_path / "tiny"))


@pytest.mark.parametrize("file", ["model.bin", "config.json", "tokenizer.json"])
async def test_a_file_that_is_a_pointer_to_itself_is_refused(broken: Path, file: str) -> None:
    (broken / file).write_text("version 1 of what is stored elsewhere")

    with pytest.raises(ModelError, match=str(broken)):
        await load_whisper(WhisperSettings(broken))


async def test_features_of_another_model_are_refused(broken: Path) -> None:
    (broken / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))

    with pytest.raises(ModelError, match=r"80 mel bands, but preprocessor_config\.json makes 128"):
        await load_whisper(WhisperSettings(broken))


async def test_a_language_the_model_does_not_know_is_refused(random: Path) -> None:
    with pytest.raises(ModelError, match="language 'de'"):
        await load_whisper(WhisperSettings(random, language="de"))


async def test_without_the_extra_the_error_names_it(random: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)

    with pytest.raises(SpeechNotInstalled, match=r"lossy\[speech\]"):
        await load_whisper(WhisperSettings(random))


async def test_a_cancelled_caller_leaves_at_once_and_its_thread_at_the_next_window() -> None:
    model = SlowModel(windows=3)
    whisper = Whisper(model, WhisperSettings(Path("unused"), waiting=1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(whisper.transcribe, SECOND_OF_SILENCE)
        await model.begun.wait()
        nursery.cancel_scope.cancel()
    assert model.decoded == 0

    async with trio.open_nursery() as nursery:
        nursery.start_soon(whisper.transcribe, SECOND_OF_SILENCE)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(TooBusy):  # the thread that nobody waits for still has its place
            await whisper.transcribe(SECOND_OF_SILENCE)
        model.go_on.set()
    assert model.decoded == 1 + 3


async def test_what_cannot_even_wait_is_refused(nursery: trio.Nursery) -> None:
    model = SlowModel()
    whisper = Whisper(model, WhisperSettings(Path("unused"), waiting=1))
    nursery.start_soon(whisper.transcribe, SECOND_OF_SILENCE)
    await model.begun.wait()
    nursery.start_soon(whisper.transcribe, SECOND_OF_SILENCE)
    await trio.testing.wait_all_tasks_blocked()

    with pytest.raises(TooBusy, match="1 remarks wait"):
        await whisper.transcribe(SECOND_OF_SILENCE)
    model.go_on.set()


async def test_what_need_not_wait_is_taken_where_nobody_may_wait(random: Path) -> None:
    whisper = await load_whisper(WhisperSettings(random, waiting=0))

    assert (await whisper.transcribe(SECOND_OF_SILENCE)).text == ""


def test_a_guess_is_not_understood() -> None:
    assert is_understood(Segment(avg_logprob=-1.0, compression_ratio=2.4))
    assert not is_understood(Segment(avg_logprob=-1.01))
    assert not is_understood(Segment(compression_ratio=2.41))


def test_what_was_heard_in_silence_must_be_sure() -> None:
    """What Whisper likes to say when nobody speaks."""
    assert is_understood(Segment(avg_logprob=-0.5, no_speech_prob=0.9))
    assert not is_understood(Segment(avg_logprob=-0.51, no_speech_prob=0.61))
    assert is_understood(Segment(avg_logprob=-0.51, no_speech_prob=0.6))


async def test_samples_are_made_in_the_worker_thread_when_their_turn_has_come(random: Path) -> None:
    whisper, made_in = await load_whisper(WhisperSettings(random)), list[str]()

    def make() -> Pcm:
        made_in.append(threading.current_thread().name)
        return SECOND_OF_SILENCE

    transcript = await whisper.transcribe(make)

    assert transcript.duration_ms == 1_000
    assert made_in != [threading.current_thread().name]


def test_text_is_composed_and_single_spaced() -> None:
    assert text_of([Segment("  Color is\noff "), Segment(" here, Rene\u0301.")]) == "Color is off here, Ren\u00e9."
    assert text_of([]) == ""


def test_confidence_weighs_every_token_the_same() -> None:
    sure, unsure = Segment(tokens=(1, 2, 3), avg_logprob=-0.1), Segment(tokens=(4,), avg_logprob=-0.9)

    assert confidence_of([sure, unsure]) == pytest.approx(exp(-0.3))
    assert confidence_of([]) == 0.0
    assert confidence_of([Segment(avg_logprob=1e-7)]) == 1.0
