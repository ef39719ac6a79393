"""The side panel under a person's hands: keys, pointer, words in place, and notes that come in meanwhile."""

from __future__ import annotations

import json
from time import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.shown import NOTES, note, reviewing, session, video
from tests.e2e.staged_extension import NEEDS_BROWSER, Staged, staged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

pytestmark = NEEDS_BROWSER

EARLY = note(90, 2, "Before everything else.")
RED_DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAAAAACwAAAAAAQABAAACAkQBADs="


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    with staged(tmp_path_factory.mktemp("panel")) as stage:
        yield stage


@pytest.fixture
def panel(stage: Staged) -> Iterator[Page]:
    stage.answer()
    stage.show(reviewing())
    page = stage.open("panel.html", 360, 720)
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator(".note")).to_have_count(len(NOTES))
    stage.heard()
    yield page
    page.close()


def row(panel: Page, text: str) -> Locator:
    return panel.locator(".note", has_text=text)


def top(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"]


def press(panel: Page, *keys: str) -> None:
    for key in keys:
        panel.keyboard.press(key)


def heard(stage: Staged, panel: Page, name: str) -> dict[str, Any]:
    """The one command of that name; whatever the panel sent is there once it has heard back."""
    panel.evaluate("new Promise(requestAnimationFrame)")
    found = [each for each in stage.commands() if each["name"] == name]
    assert len(found) == 1, found
    return found[0]


def test_keys_go_from_note_to_note_from_where_the_film_is(panel: Page, stage: Staged) -> None:
    press(panel, "j")
    expect(panel.locator("[aria-current]")).to_contain_text("Hold this frame")
    press(panel, "j", "ArrowDown", "k")
    expect(panel.locator("[aria-current]")).to_contain_text("I love this cut")
    press(panel, "Enter")
    assert heard(stage, panel, "seek")["media_ms"] == 60_834


def test_what_is_said_to_a_note_is_said_of_that_note(panel: Page, stage: Staged) -> None:
    press(panel, "j", "c")
    assert heard(stage, panel, "confirm")["note_id"] == NOTES[3]["id"]
    press(panel, "p")
    assert heard(stage, panel, "post")["note_id"] == NOTES[3]["id"]
    press(panel, "x")
    assert heard(stage, panel, "delete_note")["note_id"] == NOTES[3]["id"]
    expect(panel.locator(".done")).to_contain_text("Note deleted")
    expect(panel.locator("[aria-current]")).to_contain_text("I love this cut")
    press(panel, "u")
    assert heard(stage, panel, "undo_note")["note_id"] == NOTES[3]["id"]


def test_a_status_that_forbids_something_does_not_offer_it(panel: Page, stage: Staged) -> None:
    stage.patch(notes={"put": [{**NOTES[0], "status": "posting", "version": 2}], "drop": []})
    posting = row(panel, "The logo comes in")
    expect(posting).to_contain_text("posting")
    expect(posting.locator(".acts button")).to_have_count(0)
    posting.focus()
    press(panel, "x", "e", "c", "p")
    expect(panel.locator("textarea")).to_have_count(0)
    assert stage.commands() == []


def test_words_are_edited_where_they_are(panel: Page, stage: Staged) -> None:
    press(panel, "j", "e")
    field = panel.get_by_label("Words of the note")
    expect(field).to_be_focused()
    field.fill("Hold it for a second.")
    panel.get_by_label("Category", exact=True).last.select_option("story")
    field.press("Enter")
    expect(field).to_have_count(0)
    asked = heard(stage, panel, "update_note")
    assert (asked["text"], asked["category"], asked["version"]) == ("Hold it for a second.", "story", 1)
    expect(row(panel, "Hold this frame")).to_be_focused()


def test_escape_leaves_the_words_as_they_were(panel: Page, stage: Staged) -> None:
    press(panel, "j", "e")
    panel.get_by_label("Words of the note").fill("No.")
    press(panel, "Escape")
    expect(row(panel, "Hold this frame")).to_be_focused()
    assert stage.commands() == []


def test_words_that_are_refused_stay_in_the_field(panel: Page, stage: Staged) -> None:
    fault = {"id": "f", "code": "conflict", "message": "Somebody changed it.", "kept": None, "remedy": None, "at": 0}
    stage.answer(update_note={"ok": False, "fault": fault})
    press(panel, "j", "e")
    field = panel.get_by_label("Words of the note")
    field.fill("Mine.")
    field.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("Somebody changed it.")
    expect(field).to_have_value("Mine.")


def test_letters_in_a_field_are_letters(panel: Page, stage: Staged) -> None:
    press(panel, "/")
    panel.keyboard.type("jxu logo")
    expect(panel.get_by_label("Search the notes")).to_have_value("jxu logo")
    expect(panel.locator(".empty")).to_contain_text("No note is like that")
    panel.get_by_role("button", name="Show all 7").click()
    expect(panel.locator(".note")).to_have_count(7)
    assert stage.commands() == []


def test_kind_and_state_narrow_the_list_and_the_timeline(panel: Page) -> None:
    panel.get_by_label("Category").select_option("pacing")
    expect(panel.locator(".note")).to_have_count(2)
    expect(panel.locator(".tools")).to_contain_text("2 of 7")
    panel.get_by_label("Status").select_option("ghost")
    expect(panel.locator(".note")).to_have_count(1)
    expect(panel.locator(".mark")).to_have_count(1)


@pytest.mark.parametrize("height", [720, 2_000], ids=["long", "short"])
def test_nothing_moves_under_the_pointer_when_a_note_comes(panel: Page, stage: Staged, height: int) -> None:
    panel.set_viewport_size({"width": 360, "height": height})
    pointed = row(panel, "Color is off")
    pointed.hover()
    before = top(pointed)
    stage.patch(notes={"put": [EARLY, note(91, 100, "And another.")], "drop": []})
    expect(panel.locator(".note")).to_have_count(9)
    assert top(pointed) == pytest.approx(before, abs=0.5)
    stage.patch(notes={"put": [], "drop": [EARLY["id"]]})
    expect(panel.locator(".note")).to_have_count(8)
    assert top(pointed) == pytest.approx(before, abs=0.5)


def test_nothing_moves_under_the_hands_of_somebody_who_writes(panel: Page, stage: Staged) -> None:
    press(panel, "j", "e")
    field = panel.get_by_label("Words of the note")
    field.fill("Half a th")
    before = top(field)
    stage.patch(notes={"put": [EARLY], "drop": []})
    expect(panel.locator(".note")).to_have_count(8)
    assert top(field) == pytest.approx(before, abs=0.5)
    expect(field).to_be_focused()
    expect(field).to_have_value("Half a th")


def test_a_ghost_firms_up_where_it_is(panel: Page, stage: Staged) -> None:
    ghost = row(panel, "Hold this frame")
    text = ghost.locator(".text")
    faint, box = text.evaluate("(each) => getComputedStyle(each).color"), ghost.bounding_box()
    firm = row(panel, "I love this cut").locator(".text").evaluate("(each) => getComputedStyle(each).color")
    assert faint != firm
    stage.patch(notes={"put": [{**NOTES[3], "status": "firmed", "version": 2}], "drop": []})
    expect(ghost).to_contain_text("confirmed")
    expect(text).to_have_css("color", firm)
    assert ghost.bounding_box() == box


def test_a_new_note_is_read_out_and_a_loaded_list_is_not(panel: Page, stage: Staged) -> None:
    log = panel.get_by_role("log")
    expect(log).to_be_empty()
    stage.patch(notes={"put": [EARLY], "drop": []})
    expect(log).to_have_text("New note at the start, frame 2: Before everything else.")


def test_a_recording_is_read_out_without_its_clock(panel: Page, stage: Staged) -> None:
    since = time() * 1000 - 4_000
    stage.patch(microphone={**reviewing()["microphone"], "phase": "speech", "speech_since": since})
    expect(panel.locator(".state p")).to_have_text("Recording 0:04")
    expect(panel.locator(".state p")).to_have_text("Recording 0:05")
    expect(panel.locator(".state [role=status]")).to_have_text("Recording")


def test_a_short_gap_is_no_news(panel: Page, stage: Staged) -> None:
    away = {"phase": "offline", "server": "http://127.0.0.1:4000", "version": 2}
    stage.patch(connection={**away, "since": time() * 1000 - 1_500})
    panel.evaluate("new Promise((done) => setTimeout(done, 300))")
    expect(panel.locator(".state p")).to_have_text("Listening")
    expect(panel.locator(".state p")).to_have_text("Reconnecting")
    queue = {"notes": 3, "transcripts": 0, "events": 0, "since": 0, "draining": False}
    stage.patch(connection={**away, "since": time() * 1000 - 29_500}, queue=queue)
    expect(panel.locator(".state p")).to_have_text("Offline, 3 notes waiting")


def test_taking_the_microphone_back(panel: Page, stage: Staged) -> None:
    stage.patch(session=session(mine=False))
    panel.get_by_role("button", name="Take it").click()
    assert heard(stage, panel, "claim")["name"] == "claim"


def test_a_note_is_typed_where_the_film_is(panel: Page, stage: Staged) -> None:
    press(panel, "n")
    panel.keyboard.type("Typed by hand.")
    press(panel, "Enter")
    asked = heard(stage, panel, "create_note")
    assert (asked["text"], asked["media_ms"]) == ("Typed by hand.", 9_800)
    expect(panel.get_by_label("Type a note")).to_have_value("")


def test_the_timeline_leads_into_the_film(panel: Page, stage: Staged) -> None:
    track = panel.get_by_role("slider", name="Place in the film")
    track.click(position={"x": 164, "y": 4})
    assert heard(stage, panel, "seek")["media_ms"] == pytest.approx(60_000, abs=200)
    track.press("ArrowRight")
    assert heard(stage, panel, "seek")["media_ms"] == 14_800
    panel.get_by_role("button", name="1 second, frame 5: The logo").click()
    assert heard(stage, panel, "seek")["media_ms"] == 1_209
    expect(panel.locator("[aria-current]")).to_contain_text("The logo")


def test_the_playhead_moves_while_the_film_plays(panel: Page, stage: Staged) -> None:
    stage.patch(video=video(playing=True, as_of=time() * 1000, media_ms=60_000))
    expect(panel.locator(".note.here")).to_contain_text("Hold this frame")
    expect(panel.locator(".note.here")).to_contain_text("I love this cut")  # at 1:00.834


def test_a_fresh_note_gets_its_picture_and_keeps_it(panel: Page, stage: Staged) -> None:
    stage.answer(capture={"ok": True, "value": RED_DOT})
    fresh = note(92, 480, "Fresh.", created_at=time() * 1000)
    stage.patch(notes={"put": [fresh], "drop": []})
    expect(row(panel, "Fresh.").locator("img")).to_have_attribute("src", RED_DOT)
    assert heard(stage, panel, "capture")["media_ms"] == 20_000
    stage.answer()
    panel.reload()
    expect(row(panel, "Fresh.").locator("img")).to_have_attribute("src", RED_DOT)


def test_notes_are_exported_as_the_server_makes_them(panel: Page) -> None:
    asked: list[str] = []

    def serve(route: Any) -> None:
        asked.append(route.request.url)
        headers = {"Content-Disposition": "attachment; filename*=UTF-8''Spring%20%E2%82%AC.edl"}
        route.fulfill(body="TITLE: Spring", headers=headers)

    panel.route("**/api/videos/*/export*", serve)
    panel.get_by_role("button", name="Export").click()
    with panel.expect_download() as saved:
        panel.get_by_role("button", name="DaVinci Resolve").click()
    assert saved.value.suggested_filename == "Spring \u20ac.edl"
    assert saved.value.path().read_text() == "TITLE: Spring"
    assert asked[0].endswith("format=edl")


def test_an_export_that_fails_says_why(panel: Page) -> None:
    body = json.dumps({"code": "forbidden", "message": "You may not read this video."})
    panel.route("**/api/videos/*/export*", lambda route: route.fulfill(status=403, body=body))
    panel.get_by_role("button", name="Export").click()
    panel.get_by_role("button", name="OpenTimelineIO").click()
    expect(panel.get_by_role("alert")).to_contain_text("There is no file: You may not read this video.")
    press(panel, "Escape")
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_what_goes_wrong_by_itself_is_said_once_and_can_be_closed(panel: Page, stage: Staged) -> None:
    away = {"id": "f1", "code": "unreachable", "message": "Away.", "kept": None, "remedy": None, "at": 0}
    lost = {**away, "id": "f2", "code": "microphone_lost", "message": "It was unplugged.", "remedy": "open_permission"}
    stage.patch(faults=[away])
    expect(panel.get_by_role("alert")).to_have_count(0)
    stage.patch(faults=[lost, away])
    expect(panel.get_by_role("alert")).to_contain_text("It was unplugged.")
    panel.get_by_role("button", name="Close this message").click()
    assert heard(stage, panel, "dismiss")["fault"] == "f2"


def test_shortcuts_are_shown_and_closed(panel: Page) -> None:
    press(panel, "?")
    expect(panel.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    press(panel, "Escape")
    expect(panel.get_by_role("dialog")).to_have_count(0)
