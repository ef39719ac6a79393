"""From nothing to notes and back: sign-in, the microphone's permission, consent, being signed out, a new start."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import define

from tests.e2e.cut_wire import Wire, wire_to
from tests.e2e.extension_notes import LOUDEST, SHORTER, TEXTS, Noted, noted
from tests.e2e.film import films
from tests.e2e.live_extension import Live, Server, chromium, serving, sign_in
from tests.e2e.onnx_whisper import write_whisper
from tests.e2e.spoken import spoken
from tests.e2e.staged_extension import NEEDS_BROWSER
from tests.inference.tiny_whisper import write_saying
from tests.postgres import fresh_database
from tests.sim.audio import as_int16, silence, write_wav

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.store.embedded import Postgres

pytestmark = [*NEEDS_BROWSER, pytest.mark.browser]

REMARK = spoken("Please make the intro shorter.")
BY_SERVER = "The server has heard this."
SOUND = 32_000  # bytes a second


@define(eq=False)
class Stage:
    folder: Path
    live: Live
    server: Server
    wire: Wire
    database: str
    films: list[str]

    def more_notes(self, before: int, count: int = 1) -> list[Noted]:
        self.live.until(lambda _: len(noted(self.database)) >= before + count, f"{count} more notes")
        return noted(self.database)[before:]

    def faults(self) -> set[str]:
        return {fault["code"] for fault in self.live.shown["faults"]}

    def lossy(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "lossy", *arguments], env=self.server.environment, check=True, cwd="/")

    def start(self) -> None:
        self.live.done("start")
        self.live.until(
            lambda s: s["session"] and s["session"]["mine"] and s["microphone"]["phase"] == "listening", "listening"
        )


def browser_flags(folder: Path) -> tuple[str, ...]:
    """A sound card that plays a recording from the moment somebody listens to it."""
    wav = folder / "microphone.wav"
    # The page that asks for permission listens first, and so the recording may be well under way.
    parts = [silence(1500), *(part for _ in range(5) for part in (REMARK * SHORTER, silence(2500)))]
    write_wav(wav, as_int16(np.concatenate(parts)), 16_000)
    return "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={wav}%noloop"


@pytest.fixture(scope="module")
def stage(postgres: Postgres, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """These tests are one story, in the order in which they stand."""
    folder = tmp_path_factory.mktemp("first_use")
    write_whisper(folder / "whisper", TEXTS, LOUDEST)
    write_saying(folder / "on_the_server", BY_SERVER)
    (folder / "films").mkdir()
    variables = {"LOSSY_STT_BROWSER_MODEL": str(folder / "whisper"), "LOSSY_STT_MODEL": str(folder / "on_the_server")}
    with (
        fresh_database(postgres, migrated) as database,
        serving(folder, database, **variables) as server,
        wire_to(server.port) as wire,
        films(folder / "films", "First") as urls,
        chromium(folder, *browser_flags(folder)) as live,
    ):
        yield Stage(folder, live, server, wire, database, urls)


def test_who_is_nobody_is_led_to_the_server_and_known_once_they_are_signed_in(stage: Stage) -> None:
    live = stage.live
    # Whoever works on this may have a server of their own where one is looked for first.
    live.until(lambda s: s["connection"]["phase"] in ("offline", "signed_out"), "a server to be looked for")
    live.done("set_server", server=stage.wire.url)
    live.until(lambda s: s["connection"]["phase"] == "signed_out", "to be nobody")
    refused = live.ask("toggle_microphone")
    assert not refused["ok"]
    live.done("sign_in")
    live.until_page(f"{stage.wire.url}/sign-in")
    sign_in(live, stage.server)
    shown = live.until(lambda s: s["connection"]["phase"] == "online" and s["settings"], "to be known")
    assert shown["account"]["user_id"]
    live.until(lambda s: s["recogniser"]["phase"] == "ready", "the model", 60)


def test_the_microphone_is_asked_for_on_a_page_and_a_real_one_is_heard(stage: Stage) -> None:
    live = stage.live
    film = live.film(stage.films[0])
    live.until(lambda s: s["video"] and s["video"]["video_id"], "the film")
    live.set_permission("prompt")
    live.ask("start")
    live.until_page(f"chrome-extension://{live.id}/permission.html")
    live.set_permission("denied")
    live.until(lambda s: "microphone_denied" in {fault["code"] for fault in s["faults"]}, "that it is denied")
    film.bring_to_front()
    live.set_permission("granted")
    live.until(lambda s: s["session"] and s["microphone"]["phase"] in ("listening", "speech"), "to be heard by itself")
    note, *_ = stage.more_notes(0)
    assert note.text in TEXTS
    assert "microphone_denied" not in stage.faults()
    live.ask("pause")
    live.until(lambda s: s["queue"]["transcripts"] == 0 and s["hearing"] is None, "all to be settled")


def test_a_permission_that_is_taken_back_ends_the_listening(stage: Stage) -> None:
    stage.start()
    stage.live.set_permission("denied")
    stage.live.until(lambda s: s["microphone"]["phase"] == "off", "the microphone to be off")
    stage.live.set_permission("granted")
    stage.live.plug_in()


def test_without_a_model_it_says_so_and_who_allows_it_is_heard_by_the_server(stage: Stage) -> None:
    live, before = stage.live, len(noted(stage.database))
    live.done("set_model", address=f"{stage.server.url}/nowhere/")
    live.until(lambda s: s["recogniser"]["phase"] == "unset", "no model")
    stage.start()
    live.say(REMARK, SHORTER)
    live.until(lambda s: "no_recogniser" in {fault["code"] for fault in s["faults"]}, "that there are no words")
    live.ask("pause")
    live.done("update_settings", changes={"server_stt": True})
    stage.start()
    time.sleep(1)  # the line for sound is joined after the review
    sent = stage.wire.sent
    live.say(REMARK, SHORTER)
    (note,) = stage.more_notes(before)
    assert note.text == BY_SERVER
    assert stage.wire.sent - sent > SOUND
    assert "no_recogniser" not in stage.faults()
    live.ask("pause")
    live.done("update_settings", changes={"server_stt": False})
    live.done("set_model", address=None)
    live.until(lambda s: s["recogniser"]["phase"] == "ready", "the model", 60)


def test_without_voice_sessions_it_goes_on_as_version_1_did(stage: Stage) -> None:
    live, before = stage.live, len(noted(stage.database))
    stage.lossy("flags", "kill", "voice_session")
    live.until(lambda s: not s["flags"]["voice_session"]["value"], "the flag to be off")
    live.done("start")
    live.until(lambda s: s["connection"]["version"] == 1 and s["session"] and s["session"]["mine"], "version 1")
    live.say(REMARK, SHORTER)
    (note,) = stage.more_notes(before)
    assert note.text == TEXTS[0]
    live.ask("pause")
    stage.lossy("flags", "revive", "voice_session")
    live.until(lambda s: s["flags"]["voice_session"]["value"] and s["connection"]["version"] == 2, "version 2")


def test_who_may_not_fall_back_is_told_so_at_the_next_start(stage: Stage) -> None:
    live, before = stage.live, len(noted(stage.database))
    stage.lossy("flags", "kill", "voice_session")
    live.until(lambda s: not s["flags"]["voice_session"]["value"], "the flag to be off")
    stage.start()
    stage.lossy("flags", "set", "v1_fallback", "off")
    live.until(lambda s: not s["flags"]["v1_fallback"]["value"], "the other one to be off")
    live.say(REMARK, SHORTER)
    assert stage.more_notes(before)[0].text == TEXTS[0], "who talks goes on"
    live.done("pause")
    live.ask("start")
    shown = live.until(lambda s: any(fault["code"] == "unavailable" for fault in s["faults"]), "it to be said")
    assert shown["microphone"]["phase"] == "off"
    stage.lossy("flags", "set", "v1_fallback", "on")
    live.until(lambda s: s["flags"]["v1_fallback"]["value"], "it to be on again")
    stage.start()
    assert live.shown["connection"]["version"] == 1
    live.say(REMARK, SHORTER)
    stage.more_notes(before, 2)
    live.ask("pause")
    stage.lossy("flags", "revive", "voice_session")
    live.until(lambda s: s["flags"]["voice_session"]["value"] and s["connection"]["version"] == 2, "version 2")
    stage.start()
    assert live.shown["connection"]["version"] == 2
    live.ask("pause")


def test_what_waits_outlives_the_browser(stage: Stage) -> None:
    before = len(noted(stage.database))
    stage.start()
    stage.wire.cut()
    stage.live.until(lambda s: s["connection"]["phase"] == "offline", "to be away")
    stage.live.say(REMARK, SHORTER)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 1, "its words to wait")
    stage.live.close()
    stage.wire.mend()
    stage.live.start_again()
    stage.more_notes(before)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 0, "nothing to wait")
    assert len(noted(stage.database)) == before + 1


def test_a_device_that_is_revoked_is_out_at_once_and_comes_back_as_another(stage: Stage) -> None:
    live = stage.live
    device = live.until(lambda s: s["connection"]["phase"] == "online" and s["account"], "to be known")["account"]
    page = live.context.new_page()
    page.goto(f"{stage.server.url}/devices")
    page.locator(f"form[action$='/{device['device_id']}/revoke'] button").click()
    shown = live.until(lambda s: s["connection"]["phase"] == "revoked", "to be out")
    assert shown["microphone"]["phase"] == "off"
    page.close()
    live.done("sign_in")
    again = live.until(lambda s: s["connection"]["phase"] == "online" and s["account"], "to be known again")["account"]
    assert again["user_id"] == device["user_id"]
    assert again["device_id"] != device["device_id"]
