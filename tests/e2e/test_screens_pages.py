"""Popup, options, permission and privacy: what a press asks for, and what is shown once it is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.shown import SETTINGS, reviewing, session, signed_out
from tests.e2e.staged_extension import NEEDS_BROWSER, Staged, staged
from tests.e2e.test_screens_looks import AXE, found_by_axe, picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import FilePayload, Page

pytestmark = NEEDS_BROWSER

NO_DEVICES = "navigator.mediaDevices.enumerateDevices = async () => []"
NEVER_ANSWERED = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {})"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    with staged(tmp_path_factory.mktemp("pages"), "--use-fake-device-for-media-stream") as stage:
        yield stage


@pytest.fixture
def opened(stage: Staged, name: str) -> Iterator[Page]:
    stage.answer()
    stage.show(reviewing())
    page = stage.open(name, 768, 900)
    expect(page.locator("main")).to_be_visible()
    stage.heard()
    yield page
    page.close()


def asked(stage: Staged, page: Page, name: str) -> dict[str, Any]:
    page.evaluate("new Promise(requestAnimationFrame)")
    found = [each for each in stage.commands() if each["name"] == name]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("name", ["popup.html"])
def test_the_popup_switches_the_microphone(opened: Page, stage: Staged) -> None:
    switch = opened.get_by_role("switch", name="Microphone")
    expect(switch).to_be_checked()
    switch.click()
    assert asked(stage, opened, "toggle_microphone")
    stage.patch(session=session(paused={"at": 0, "by": "person"}))
    expect(switch).not_to_be_checked()


@pytest.mark.parametrize("name", ["popup.html"])
def test_the_popup_follows_a_remark(opened: Page, stage: Staged) -> None:
    now = opened.locator("[aria-current=step]")
    expect(now).to_have_count(0)
    words = {"remark_id": None, "text": "too", "stage": "speaking"}
    for stage_of_it, shown in (("speaking", "Hear"), ("transcribing", "Transcribe"), ("structuring", "Write the note")):
        stage.patch(hearing={**words, "stage": stage_of_it})
        expect(now).to_have_text(shown)
    stage.patch(hearing=None, session=session(agent=["confirming"]))
    expect(now).to_have_text("Confirm")


@pytest.mark.parametrize("name", ["popup.html"])
def test_the_popup_signs_in_and_out(opened: Page, stage: Staged) -> None:
    opened.get_by_role("button", name="Sign out").click()
    assert asked(stage, opened, "sign_out")
    stage.show(signed_out())
    expect(opened.get_by_role("switch")).to_have_count(0)
    opened.get_by_role("button", name="Sign in").click()
    assert asked(stage, opened, "sign_in")


@pytest.mark.parametrize("name", ["options.html"])
def test_settings_go_to_the_server_and_come_back_from_it(opened: Page, stage: Staged) -> None:
    opened.get_by_label("Send no figures").check()
    assert asked(stage, opened, "update_settings")["changes"] == {"telemetry_opt_out": True}
    silence = opened.get_by_label("A long silence is")
    expect(silence).to_have_value("15")
    silence.fill("2.5")
    silence.press("Tab")
    assert asked(stage, opened, "update_settings")["changes"] == {"idle_pause_ms": 150_000}
    opened.get_by_label("color").check()
    assert asked(stage, opened, "update_settings")["changes"] == {"self_firming": ["praise", "color"]}
    stage.patch(settings={"version": 4, "settings": {**SETTINGS, "idle_pause_ms": 60_000, "auto_pause": False}})
    expect(silence).to_have_value("1")
    expect(opened.get_by_label("Pause the microphone")).not_to_be_checked()


@pytest.mark.parametrize("name", ["options.html"])
def test_a_setting_that_is_refused_or_is_none_stays_as_it_was(opened: Page, stage: Staged) -> None:
    fault = {"id": "f", "code": "conflict", "message": "Changed elsewhere.", "kept": None, "remedy": None, "at": 0}
    stage.answer(update_settings={"ok": False, "fault": fault})
    opened.get_by_label("Obey spoken commands").click()
    expect(opened.get_by_role("alert")).to_contain_text("Changed elsewhere.")
    expect(opened.get_by_label("Obey spoken commands")).to_be_checked()
    stage.heard()
    sure = opened.get_by_label("Keep a remark")
    sure.fill("12")
    sure.press("Tab")
    expect(sure).to_have_value("30")
    assert stage.commands() == []


@pytest.mark.parametrize("name", ["options.html"])
def test_a_server_is_chosen(opened: Page, stage: Staged) -> None:
    field = opened.get_by_label("Address of the server")
    expect(field).to_have_value("http://127.0.0.1:4000")
    field.fill("http://127.0.0.1:4321/some/page")
    opened.get_by_role("button", name="Use it").first.click()
    expect(opened.locator("#server-state")).to_contain_text("Connected")
    assert asked(stage, opened, "set_server")["server"] == "http://127.0.0.1:4321"
    field.fill("ftp://127.0.0.1")
    opened.get_by_role("button", name="Use it").first.click()
    expect(opened.locator("#server-state")).to_contain_text("That is not an address")


@pytest.mark.parametrize("name", ["options.html"])
def test_what_waits_goes_out_and_in_by_hand(opened: Page, stage: Staged) -> None:
    kept = json.dumps([{"kind": "note"}])
    stage.answer(export_pending={"ok": True, "value": kept})
    with opened.expect_download() as saved:
        opened.get_by_role("button", name="Export to a file").click()
    assert saved.value.path().read_text() == kept
    stage.heard()
    file: FilePayload = {"name": "pending.json", "mimeType": "application/json", "buffer": kept.encode()}
    opened.get_by_label("File with waiting notes").set_input_files(file)
    expect(opened.get_by_text("Imported.")).to_be_visible()
    assert asked(stage, opened, "import_pending")["text"] == kept


@pytest.mark.parametrize("name", ["privacy.html"])
def test_the_ledger_counts_as_it_goes(opened: Page, stage: Staged) -> None:
    words = opened.get_by_role("row", name="The words of your remarks")
    expect(words).to_contain_text("nothing")
    expect(opened.get_by_role("row", name="The sound of your voice")).to_contain_text("never, unless you allow it")
    sums = {"words": {"count": 12, "bytes": 3_400}}
    stage.desk.evaluate("(sums) => localStorage.setItem('ledger', JSON.stringify({since: 0, sums}))", sums)
    expect(words).to_contain_text("12 \u00b7 3 kB")
    stage.patch(settings={"version": 4, "settings": {**SETTINGS, "server_stt": True}})
    expect(opened.get_by_role("row", name="The sound of your voice")).to_contain_text("you allowed it")


@pytest.fixture
def permission(stage: Staged) -> Iterator[Page]:
    page = stage.context.new_page()
    page.set_viewport_size({"width": 768, "height": 500})
    yield page
    page.close()


def visit(page: Page, stage: Staged) -> None:
    page.goto(f"chrome-extension://{stage.id}/permission.html")


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading")).to_have_text(words)


def looked_at(page: Page, name: str) -> None:
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        picture(page, f"permission-{name}-{scheme}")
        assert found_by_axe(page) == []


def test_a_question_that_is_open_says_where_it_is(permission: Page, stage: Staged) -> None:
    permission.add_init_script(NEVER_ANSWERED)
    visit(permission, stage)
    heading(permission, "May Lossy hear you?")
    looked_at(permission, "unasked")
    permission.get_by_role("button", name="Allow the microphone").click()
    heading(permission, "The browser is asking")
    looked_at(permission, "asking")


def test_a_microphone_that_is_not_there_is_missed_and_seen_when_it_comes(permission: Page, stage: Staged) -> None:
    permission.add_init_script(f"window.there = navigator.mediaDevices.enumerateDevices; {NO_DEVICES}")
    visit(permission, stage)
    heading(permission, "No microphone found")
    looked_at(permission, "unplugged")
    permission.evaluate("""() => {
        navigator.mediaDevices.enumerateDevices = window.there;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    }""")
    heading(permission, "May Lossy hear you?")


def test_a_refusal_and_a_change_of_mind_are_told_apart(permission: Page, stage: Staged) -> None:
    visit(permission, stage)
    heading(permission, "May Lossy hear you?")
    permission.get_by_role("button", name="Allow the microphone").click()  # a browser without a window says no
    heading(permission, "The microphone was not allowed")
    looked_at(permission, "denied")
    permission.evaluate("localStorage.setItem('microphone-granted-before', 'yes')")
    permission.reload()
    heading(permission, "The microphone is not allowed any more")
    looked_at(permission, "revoked")


def test_the_panel_opens_beside_the_page(stage: Staged) -> None:
    """The browser's own side panel, by a person's press in the popup."""
    stage.show(reviewing())
    popup = stage.open("popup.html", 320, 420)
    popup.get_by_role("button", name="Notes").click()
    stage.desk.wait_for_timeout(500)
    panels = stage.desk.evaluate("chrome.runtime.getContexts({contextTypes: ['SIDE_PANEL']})")
    assert [panel["documentUrl"] for panel in panels] == [f"chrome-extension://{stage.id}/panel.html"]
