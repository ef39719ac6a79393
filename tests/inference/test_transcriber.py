from __future__ import annotations

import importlib.util
import shutil
from typing import TYPE_CHECKING

import pytest
import trio
from structlog.testing import capture_logs

from lossy.inference import transcriber as transcriber_module
from lossy.inference.stt import ModelError, WhisperSettings
from lossy.inference.transcriber import WhisperTranscriber
from lossy.inference.vad import SpeechNotInstalled
from tests.inference.test_samples import opus, pcm
from tests.inference.tiny_whisper import write_saying

if TYPE_CHECKING:
    from pathlib import Path

SENTENCE = "Please make the intro shorter."


@pytest.fixture(scope="module")
def saying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "saying"
    write_saying(folder, SENTENCE)
    return folder


async def test_what_a_client_sends_becomes_words(saying: Path) -> None:
    transcriber = WhisperTranscriber(WhisperSettings(saying))

    for chunks in (pcm(16_000), pcm(44_100), opus("mono", "20")):
        transcript = await transcriber.transcribe(chunks)
        assert transcript.text == SENTENCE
        assert transcript.confidence > 0.99
        assert transcript.duration_ms == pytest.approx(1_000, abs=25)


async def test_the_model_is_loaded_once_and_that_is_logged(saying: Path) -> None:
    transcriber = WhisperTranscriber(WhisperSettings(saying, parallel=2))

    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transcriber.prepare)
            nursery.start_soon(transcriber.transcribe, pcm(16_000))
            nursery.start_soon(transcriber.transcribe, pcm(16_000))
    assert [log["event"] for log in logs] == ["loading the speech model", "speech model loaded"]


def test_a_folder_that_holds_no_model_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"it lacks model\.bin"):
        WhisperTranscriber(WhisperSettings(tmp_path))


def test_without_the_extra_it_is_refused_at_once(saying: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(transcriber_module, "find_spec", lambda name: None if name == "av" else there(name))

    with pytest.raises(SpeechNotInstalled, match=r"av is not installed: pip install 'lossy\[speech\]'"):
        WhisperTranscriber(WhisperSettings(saying))


async def test_a_model_that_does_not_load_is_logged_and_used_no_more(saying: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(saying, tmp_path / "broken")
    (broken / "model.bin").write_bytes(b"a pointer to what is stored elsewhere")
    transcriber = WhisperTranscriber(WhisperSettings(broken))

    with capture_logs() as logs:
        await transcriber.prepare()
    assert [log["event"] for log in logs] == ["loading the speech model", "speech model not loaded"]
    assert not transcriber.usable
    with pytest.raises(ModelError):
        await transcriber.transcribe(pcm(16_000))
