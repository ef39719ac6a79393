"""Words by WebGPU, in a Chromium that computes it in software: plumbing, and nothing of how fast it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.extension_notes import LOUDEST, SHORTER, TEXTS, noted
from tests.e2e.film import films
from tests.e2e.known_extension import listen_to, make_known
from tests.e2e.live_extension import chromium, serving
from tests.e2e.onnx_whisper import write_whisper
from tests.e2e.spoken import spoken
from tests.e2e.staged_extension import NEEDS_BROWSER
from tests.postgres import fresh_database

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.store.embedded import Postgres

pytestmark = [*NEEDS_BROWSER, pytest.mark.browser]

IN_SOFTWARE = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan")
ADAPTER = "navigator.gpu?.requestAdapter().then((adapter) => adapter !== null)"


def test_a_remark_is_heard_by_webgpu_where_there_is_an_adapter(
    postgres: Postgres, migrated: str, tmp_path: Path
) -> None:
    write_whisper(tmp_path / "whisper", TEXTS, LOUDEST)
    (tmp_path / "films").mkdir()
    with (
        fresh_database(postgres, migrated) as database,
        serving(tmp_path, database, LOSSY_STT_BROWSER_MODEL=str(tmp_path / "whisper")) as server,
        films(tmp_path / "films", "First") as urls,
        chromium(tmp_path, *IN_SOFTWARE) as live,
    ):
        with live.attached("offscreen.html") as offscreen:
            if not offscreen.evaluate(ADAPTER):
                pytest.skip("this Chromium has no WebGPU in software")
        make_known(live, server, server.url)
        assert live.shown["recogniser"]["device"] == "webgpu"
        listen_to(live, urls[0])
        live.say(spoken("Please make the intro shorter."), SHORTER)
        live.until(lambda _: noted(database), "a note")
        assert [note.text for note in noted(database)] == [TEXTS[0]]
