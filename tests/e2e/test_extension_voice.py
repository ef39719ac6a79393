"""A voice in a real Chromium: what is said becomes notes, whatever goes and comes back meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from attrs import frozen
from playwright.sync_api import expect

from tests.e2e.cut_wire import Wire, wire_to
from tests.e2e.extension_notes import HOLD, LOUDEST, SCRATCH, SHORTER, TEXTS, noted
from tests.e2e.film import RATE, films
from tests.e2e.known_extension import make_known
from tests.e2e.live_extension import Live, Server, chromium, serving, until
from tests.e2e.onnx_whisper import write_whisper
from tests.e2e.spoken import spoken
from tests.e2e.staged_extension import NEEDS_BROWSER
from tests.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from lossy.store.embedded import Postgres

pytestmark = [*NEEDS_BROWSER, pytest.mark.browser]

REMARK = spoken("Please make the intro shorter.")
# What F5 promises from the network's return to the first accepted event; a busy machine gets half as much again.
BACK_S = 3.0


@frozen(eq=False)
class Stage:
    live: Live
    server: Server
    wire: Wire
    database: str
    films: list[str]

    def notes(self, title: str | None = None) -> list[Any]:
        return [note for note in noted(self.database) if title is None or note.title == title]

    def more_notes(self, before: int, count: int = 1) -> list[Any]:
        """Waits until there are so many more, and gives a moment for those too many to show."""
        self.live.until(lambda _: len(self.notes()) >= before + count, f"{count} more notes")
        return self.notes()[before:]

    def listening(self) -> dict[str, Any]:
        return self.live.until(
            lambda s: s["session"] and s["session"]["mine"] and s["microphone"]["phase"] == "listening", "listening"
        )


@pytest.fixture(scope="module")
def stage(postgres: Postgres, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("voice")
    write_whisper(folder / "whisper", TEXTS, LOUDEST)
    (folder / "films").mkdir()
    variables = {
        "LOSSY_STT_BROWSER_MODEL": str(folder / "whisper"),
        "LOSSY_SERVER_TOKEN_MINUTES": "1",  # so that tokens end all the time, in the middle of whatever is tested
    }
    with (
        fresh_database(postgres, migrated) as database,
        serving(folder, database, **variables) as server,
        wire_to(server.port) as wire,
        films(folder / "films", "First", "Second") as urls,
        chromium(folder) as live,
    ):
        make_known(live, server, wire.url)
        yield Stage(live, server, wire, database, urls)


@pytest.fixture
def first(stage: Stage) -> Iterator[Page]:
    """The first film, in front and playing, and somebody listened to."""
    page = stage.live.film(stage.films[0])
    stage.live.until(lambda s: s["video"] and s["video"]["title"] == "First" and s["video"]["video_id"], "the film")
    stage.live.done("start")
    stage.listening()
    yield page
    stage.live.ask("pause")
    page.close()
    stage.live.until(lambda s: s["video"] is None, "no film")


def test_a_spoken_remark_is_a_note_in_the_panel_at_the_frame_that_was_seen(stage: Stage, first: Page) -> None:
    first.evaluate(
        """() => {
          const video = document.querySelector('video');
          globalThis.seen = [];
          const each = (_, { expectedDisplayTime, mediaTime }) => {
            seen.push([performance.timeOrigin + expectedDisplayTime, mediaTime]);
            video.requestVideoFrameCallback(each);
          };
          video.requestVideoFrameCallback(each);
        }"""
    )
    panel = stage.live.open("panel.html", 360, 720)
    first.bring_to_front()
    before = len(stage.notes())
    heard = stage.live.say(REMARK, SHORTER)
    (note,) = stage.more_notes(before)
    assert note.text == TEXTS[0]
    seen = [media for at, media in first.evaluate("seen") if at <= heard["from"]]
    assert abs(note.frame_in - seen[-1] * RATE) <= 3
    assert 0 < note.uncertainty_ms <= 250
    expect(panel.locator(".note", has_text=TEXTS[0]).last).to_be_visible()
    panel.close()


def test_what_is_done_in_the_panel_is_done_at_the_server(stage: Stage, first: Page) -> None:
    panel = stage.live.open("panel.html", 360, 720)
    first.bring_to_front()
    before = len(stage.notes())
    stage.live.say(REMARK, SHORTER)
    stage.more_notes(before)
    row = panel.locator(".note", has_text=TEXTS[0]).last
    expect(row.locator("img")).to_be_visible()
    with panel.expect_download() as saved:
        panel.get_by_role("button", name="Export").click()
        panel.get_by_role("button", name="CSV").click()
    assert TEXTS[0] in saved.value.path().read_text("utf-8-sig")
    rows = panel.locator(".note").count()
    row.focus()
    panel.keyboard.press("x")
    expect(panel.locator(".note")).to_have_count(rows - 1)
    panel.keyboard.press("u")
    expect(panel.locator(".note")).to_have_count(rows)
    panel.close()
    ledger = stage.live.open("privacy.html", 768, 720)
    expect(ledger.get_by_role("row", name="The words of your remarks")).not_to_contain_text("nothing")
    expect(ledger.get_by_role("row", name="The sound of your voice")).to_contain_text("nothing")
    ledger.close()


def test_a_word_takes_the_last_remark_back(stage: Stage, first: Page) -> None:
    before = len(stage.notes())
    stage.live.say(REMARK, SHORTER)
    stage.more_notes(before)
    stage.live.say(spoken("Scratch that."), SCRATCH)
    until(lambda: len(stage.notes()) == before, "the note to be gone")


def test_what_is_said_before_a_seek_is_about_what_was_seen_before_it(stage: Stage, first: Page) -> None:
    before = len(stage.notes())
    first.evaluate("document.querySelector('video').currentTime = 2")
    time.sleep(0.5)
    heard = stage.live.speak(REMARK, SHORTER)
    time.sleep(max(0, heard["from"] / 1000 + 0.6 - time.time()))
    first.evaluate("document.querySelector('video').currentTime = 20")
    (note,) = stage.more_notes(before)
    assert 2 * RATE <= note.frame_in <= 5 * RATE
    assert note.frame_out is None or note.frame_out <= 5 * RATE


def test_who_turns_to_another_tab_talks_of_its_film(stage: Stage, first: Page) -> None:
    second = stage.live.film(stage.films[1])
    stage.live.until(lambda s: s["video"]["title"] == "Second" and s["video"]["video_id"], "the other film")
    known = stage.live.shown["video"]["video_id"]
    stage.live.until(
        lambda s: s["session"] and s["session"]["video_id"] == known and s["session"]["mine"], "its review"
    )
    before = len(stage.notes())
    stage.live.say(REMARK, SHORTER)
    (there,) = stage.more_notes(before)
    first.bring_to_front()
    stage.live.until(lambda s: s["session"] and s["session"]["video_id"] != known and s["session"]["mine"], "the first")
    stage.live.say(spoken("Hold this frame a little longer please."), HOLD)
    (here,) = stage.more_notes(before + 1)
    assert (there.title, here.title) == ("Second", "First")
    assert (there.text, here.text) == (TEXTS[0], TEXTS[2])
    second.close()


def test_the_service_worker_may_go_at_any_time(stage: Stage, first: Page) -> None:
    before = len(stage.notes())
    stage.live.stop_worker()
    stage.live.say(REMARK, SHORTER)
    stage.more_notes(before)
    panel = stage.live.open("panel.html", 360, 720)
    expect(panel.locator(".note").first).to_be_visible()
    panel.close()


@pytest.mark.parametrize("away_s", [5, 40])
def test_a_cut_of_the_network_loses_nothing_and_is_over_at_once(stage: Stage, first: Page, away_s: int) -> None:
    before = len(stage.notes())
    stage.wire.cut()
    began = time.monotonic()
    stage.live.until(lambda s: s["connection"]["phase"] == "offline", "to be away")
    stage.live.say(REMARK, SHORTER)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 1, "its words to wait")
    time.sleep(0.7)  # a remark that begins within the cooldown has to outlast it
    stage.live.say(REMARK, SHORTER)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 2, "its words to wait")
    time.sleep(max(0, away_s - (time.monotonic() - began)))
    stage.wire.mend()
    stage.live.until(lambda s: s["connection"]["phase"] == "online", "to be back", BACK_S)
    stage.more_notes(before, 2)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 0, "nothing to wait")
    assert len(stage.notes()) == before + 2
    # Longer than the grace the microphone was nobody's; whoever talked on has it again, and presses nothing.
    assert stage.listening()["session"]["paused"] is None
    stage.live.say(REMARK, SHORTER)
    stage.more_notes(before + 2)


def test_a_server_that_dies_in_the_middle_of_a_sentence_gets_it_all_the_same(stage: Stage, first: Page) -> None:
    before = len(stage.notes())
    heard = stage.live.speak(REMARK, SHORTER)
    time.sleep(max(0, heard["from"] / 1000 + 0.5 - time.time()))
    stage.server.kill()
    stage.live.until(lambda s: s["queue"]["transcripts"] == 1, "its words to wait")
    stage.server.start()
    stage.more_notes(before)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 0, "nothing to wait")
    assert len(stage.notes()) == before + 1


def test_a_microphone_that_goes_is_said_and_what_was_heard_is_kept(stage: Stage, first: Page) -> None:
    before = len(stage.notes())
    heard = stage.live.speak(REMARK, SHORTER)
    time.sleep(max(0, heard["from"] / 1000 + 0.9 - time.time()))
    stage.live.unplug()
    stage.live.until(lambda s: any(fault["code"] == "microphone_lost" for fault in s["faults"]), "it to be said")
    stage.more_notes(before)
    stage.live.done("start")
    shown = stage.listening()
    assert all(fault["code"] != "microphone_lost" for fault in shown["faults"])


def test_the_popup_looks_for_a_film_on_a_page_of_no_known_platform(stage: Stage) -> None:
    page = stage.live.context.new_page()
    page.goto(stage.films[1])
    popup = stage.live.open("popup.html", 320, 420)
    page.bring_to_front()  # the popup lies over the page, and is a page of its own only here
    expect(popup.get_by_text("No video is known on this page.")).to_be_visible()
    popup.get_by_role("button", name="Look for one here").dispatch_event("click")
    stage.live.until(lambda s: s["video"] and s["video"]["title"] == "Second" and s["video"]["video_id"], "the film")
    expect(popup.get_by_role("heading", name="Second")).to_be_visible()
    popup.close()
    page.close()
    stage.live.until(lambda s: s["video"] is None, "no film")


def test_sound_stays_in_the_browser(stage: Stage, first: Page) -> None:
    """A second of it would be 32,000 bytes."""
    before, sent = len(stage.notes()), stage.wire.sent
    began = time.monotonic()
    for _ in range(3):
        stage.live.say(REMARK, SHORTER)
        time.sleep(1)
    stage.more_notes(before, 3)
    minute = (stage.wire.sent - sent) / (time.monotonic() - began) * 60
    assert minute < 60_000


def test_what_was_measured_while_the_network_was_away_arrives_after_the_notes(stage: Stage, first: Page) -> None:
    before, measured = len(stage.notes()), len(events_of(stage.database))
    stage.wire.cut()
    stage.live.until(lambda s: s["connection"]["phase"] == "offline", "to be away")
    stage.live.say(REMARK, SHORTER)
    stage.live.until(lambda s: s["queue"]["transcripts"] == 1, "its words to wait")
    assert len(events_of(stage.database)) == measured
    stage.wire.mend()
    stage.more_notes(before)

    def arrived() -> set[str]:
        return {name for name, _ in events_of(stage.database)[measured:]}

    until(lambda: {"lossy.voice.segment_ended", "lossy.stt.completed", "lossy.connection.recovered"} <= arrived(), "it")
    (away_ms,) = (f["away_ms"] for name, f in events_of(stage.database)[measured:] if name.endswith("recovered"))
    assert away_ms > 500
    assert TEXTS[0] not in str(events_of(stage.database))


def events_of(database: str) -> list[tuple[str, dict[str, Any]]]:
    """What was measured, in the order in which it came to be."""
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT name, fields FROM telemetry_events ORDER BY device, seq").fetchall()
