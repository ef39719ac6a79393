"""A voice reviews a video on the whole server, which asks a model over HTTP; and the rules when that is gone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import psycopg
import pytest
from rich.console import Console

from lossy.app import open_app
from lossy.settings import Database, Llm, Server, Settings
from lossy.sim.speak import Speech, speak_to
from tests.inference.fake_llm import open_fake, refuses, well
from tests.sim.audio import voice

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

MODEL = "small-model"


async def speak(settings: Settings, wav: Path) -> None:
    async with open_app(settings) as app:
        speech = Speech(
            wav=wav,
            transcript=None,
            stt=None,
            url=app.url,
            link=await app.sign_in_url(),
            own_server=False,
            fast=True,
            rate="25",
            video="https://example.com/cut.mp4",
        )
        await speak_to(speech, Console(file=io.StringIO()), settings)


def made_by(settings: Settings) -> list[tuple[str, str]]:
    """What was said and who made a note of it, in the order of the film."""
    with psycopg.connect(settings.database.url) as connection:
        rows = connection.execute("SELECT transcript, provenance->>'by' FROM notes ORDER BY frame_in").fetchall()
    return [(text, by) for text, by in rows]


async def test_a_model_makes_the_notes_until_it_is_gone(database: str, tmp_path: Path) -> None:
    """It answers the first remark, and asks to be let alone at the second."""
    recording, utterances = voice("first_cut")
    async with open_fake() as fake:
        fake.script = [refuses(400), refuses(400), well, refuses(429, headers={"retry-after": "60"})]
        settings = Settings(
            server=Server(port=0),
            database=Database(url=database, data=tmp_path / "data"),
            llm=Llm(url=fake.url, key="sk-a-secret", model=MODEL),
        )
        await speak(settings, recording.path)
        said = [utterance.text for utterance in utterances]
        assert made_by(settings) == [*zip(said, [MODEL, *["rules"] * (len(said) - 1)], strict=True)]
        assert [heard.said for heard in fake.heard] == [*[said[0]] * 3, said[1]]
