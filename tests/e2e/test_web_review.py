"""The page of a video's notes in real Chromium: worked off by keyboard alone, live with others, and after a break."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
import trio
from playwright.sync_api import expect

from lossy.channels.errors import unmatched_topic
from lossy.channels.wire import V2, Message, Reply, crashed
from lossy.sim.client import connect
from tests.e2e.demo import SAID
from tests.web.devices import Device, now_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from playwright.sync_api import Page, WebSocketRoute

    from lossy.channels.wire import Frame
    from tests.e2e.web_site import Site

pytestmark = [pytest.mark.integration, pytest.mark.browser]
ALL = len(SAID)


def open_notes(page: Page, site: Site, film: UUID) -> None:
    page.goto(f"{site.url}/videos/{film}")
    expect(page.locator("#state")).to_have_text("Live")


def words(page: Page) -> list[str]:
    return page.locator("#notes .words").all_text_contents()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# -- by keyboard alone ----------------------------------------------------------------------------------------------


def test_an_editor_works_notes_off_by_keyboard_alone(site: Site, somebody: Callable[..., Page]) -> None:
    page, film = somebody("joao"), site.new_film()
    open_notes(page, site, film)
    press(page, "j", "j")
    chosen = page.locator(".note.is-chosen")
    expect(chosen.locator(".words")).to_have_text("Please make the intro shorter.")
    expect(chosen).to_have_class(re.compile("ghost"))

    press(page, "c")
    expect(chosen).to_have_class(re.compile("firmed"))

    press(page, "e")
    expect(page.locator(".edit textarea")).to_be_focused()
    page.keyboard.insert_text(" By half.")
    press(page, "Control+Enter")
    expect(chosen.locator(".words")).to_have_text("Please make the intro shorter. By half.")
    expect(chosen.locator(".at")).to_be_focused()
    expect(page.locator("#told")).to_contain_text("became “Please make the intro shorter. By half.”")

    press(page, "u")
    expect(chosen.locator(".words")).to_have_text("Please make the intro shorter.")

    press(page, "x")
    expect(page.locator("#count")).to_have_text(f"{ALL - 1} notes")
    expect(chosen.locator(".words")).to_have_text("Color is off in this shot.")
    press(page, "u")
    expect(page.locator("#count")).to_have_text(f"{ALL} notes")
    expect(chosen.locator(".words")).to_have_text("Please make the intro shorter.")

    press(page, "m", "j", "m")
    expect(chosen.locator(".words")).to_contain_text("Color is off in this shot.")
    expect(chosen.locator(".words")).to_contain_text("Please make the intro shorter.")
    expect(page.locator("#count")).to_have_text(f"{ALL - 1} notes")
    press(page, "u")
    expect(page.locator("#count")).to_have_text(f"{ALL} notes")
    expect(page.locator("#notes .words")).to_have_text([text for _, _, text in SAID])


def test_notes_are_found_and_narrowed_by_keyboard(site: Site, somebody: Callable[..., Page]) -> None:
    page = somebody("pia")
    open_notes(page, site, site.demo.film)
    press(page, "/")
    page.keyboard.type("intros shorter")
    expect(page.locator("#count")).to_have_text(f"1 note of {ALL}")
    assert words(page) == ["Please make the intro shorter."]
    assert "text=intros+shorter" in page.url
    page.reload()
    expect(page.locator("#count")).to_have_text(f"1 note of {ALL}")
    press(page, "/", "Delete", "Tab")
    expect(page.get_by_label("Category")).to_be_focused()
    page.keyboard.type("audio")
    expect(page.locator("#count")).to_have_text(f"2 notes of {ALL}")
    press(page, "?")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    page.locator("body").evaluate("() => document.activeElement.blur()")
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape", "j")
    expect(page.locator(".is-chosen .words")).to_have_text("The music is much louder than her voice here.")
    expect(page.locator("#deeds")).to_be_hidden()


def test_a_note_is_typed_and_changed_in_time_by_keyboard(site: Site, somebody: Callable[..., Page]) -> None:
    page, film = somebody("ana"), site.new_film()
    open_notes(page, site, film)
    press(page, "n")
    page.keyboard.type("The title is misspelt.")
    press(page, "Tab")
    page.keyboard.type("0:50")
    press(page, "Enter")
    typed = page.locator(".note", has_text="misspelt")
    expect(typed.locator(".at")).to_have_text("0:49.967")
    expect(typed).to_have_class(re.compile("is-chosen"))
    press(page, "e", "Tab")
    page.keyboard.type("1:00:00")
    press(page, "Enter")
    expect(typed.locator(".at")).to_have_text("59:59.972")
    expect(page.locator("#notes > .note").last).to_contain_text("misspelt")
    press(page, "k", "e")
    expect(page.locator("#flash")).to_contain_text("Only mara and editors may change it.")


def test_files_go_out_and_come_in(site: Site, somebody: Callable[..., Page], tmp_path: Path) -> None:
    page, film = somebody("joao"), site.new_film()
    open_notes(page, site, film)
    page.locator("summary", has_text="Export").press("Enter")
    with page.expect_download() as saved:
        page.get_by_role("link", name="DaVinci Resolve").press("Enter")
    exported = tmp_path / "markers.edl"
    saved.value.save_as(exported)
    assert "* LOC" in exported.read_text() or "|M:" in exported.read_text()
    edl = "TITLE: cut\nFCM: NON-DROP FRAME\n\n001  AX V C 00:00:00:00 00:00:00:01 01:00:20:00 01:00:20:01\n"
    imported = tmp_path / "back.edl"
    imported.write_text(f"{edl} |C:ResolveColorBlue |M:Made elsewhere |D:1\n")
    press(page, "Escape")
    page.locator("summary", has_text="Import").press("Enter")
    page.get_by_label("An EDL").set_input_files(imported)
    page.get_by_role("button", name="Make notes of its markers").press("Enter")
    expect(page.locator("#import [role=status]")).to_have_text("1 note made, 0 there already.")
    expect(page.locator(".note", has_text="Made elsewhere")).to_be_visible()


def test_undo_waits_for_the_answer_to_what_it_takes_back(site: Site, somebody: Callable[..., Page]) -> None:
    page, film = somebody("joao"), site.new_film()
    open_notes(page, site, film)
    press(page, "j", "j")
    chosen = page.locator(".note.is-chosen .words")
    expect(chosen).to_have_text("Please make the intro shorter.")
    page.evaluate(
        "for (const key of 'xu') document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: 1}))"
    )
    expect(page.locator("#flash")).to_have_text("Undone.")
    expect(page.locator("#count")).to_have_text(f"{ALL} notes")
    expect(chosen).to_have_text("Please make the intro shorter.")


def test_what_crosses_the_end_of_its_channel_is_asked_again(site: Site, somebody: Callable[..., Page]) -> None:
    """As when somebody's role changes: their channels end, and they join again."""
    page, film, crossed = somebody("joao"), site.new_film(), list[Message]()

    def come_between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def hear(frame: Frame) -> None:
            message = V2().decode(frame)
            if message.event != "delete_note" or crossed:
                return server.send(frame)
            crossed.append(message)
            route.send(V2().encode(crashed(message.join_ref, message.topic)))
            route.send(V2().encode(Reply(None, message.ref, message.topic, "error", unmatched_topic().as_response())))
            return None

        route.on_message(hear)

    page.route_web_socket(re.compile("/socket/websocket"), come_between)
    open_notes(page, site, film)
    press(page, "j", "x")
    expect(page.locator("#count")).to_have_text(f"{ALL - 1} notes")
    expect(page.locator("#state")).to_have_text("Live")
    assert crossed
    page.reload()
    expect(page.locator("#count")).to_have_text(f"{ALL - 1} notes")


# -- with others ----------------------------------------------------------------------------------------------------


def test_others_are_seen_and_what_they_do_shows_at_once(site: Site, somebody: Callable[..., Page]) -> None:
    mara, joao, film = somebody("mara"), somebody("joao"), site.new_film()
    open_notes(mara, site, film)
    open_notes(joao, site, film)
    expect(mara.locator("#here")).to_have_text("joao is here too")
    expect(joao.locator("#here")).to_have_text("mara is here too")
    press(joao, "j", "x")
    expect(mara.locator("#count")).to_have_text(f"{ALL - 1} notes")
    press(joao, "u")
    expect(mara.locator("#count")).to_have_text(f"{ALL} notes")
    joao.close()
    expect(mara.locator("#here")).to_be_empty()


def test_who_edits_what_another_has_changed_sees_both(site: Site, somebody: Callable[..., Page]) -> None:
    mara, joao, film = somebody("mara"), somebody("joao"), site.new_film()
    open_notes(mara, site, film)
    open_notes(joao, site, film)
    press(mara, "j", "e")
    press(joao, "j", "e")
    for page, text in ((mara, "Later, please."), (joao, "Sooner, please.")):
        page.locator(".edit textarea").fill(text)
    press(mara, "Control+Enter")
    expect(mara.locator(".is-chosen .words")).to_have_text("Later, please.")
    press(joao, "Control+Enter")
    expect(joao.locator(".edit [role=alert]")).to_contain_text("Meanwhile it was changed to “Later, please.”")
    expect(joao.locator(".edit textarea")).to_have_value("Sooner, please.")
    press(joao, "Control+Enter")
    expect(mara.locator(".is-chosen .words")).to_have_text("Sooner, please.")


def test_a_spoken_note_appears_at_once_and_nothing_moves_under_the_pointer(
    site: Site, somebody: Callable[..., Page]
) -> None:
    page, film = somebody("mara"), site.new_film()
    open_notes(page, site, film)
    under = page.locator(".note", has_text="Too tight")
    under.hover()
    before = under.bounding_box()
    say_by_voice(page, site, film, "the lettering in the corner is too small here")
    new = page.locator(".note", has_text="lettering")
    expect(new).to_have_class(re.compile("ghost"))
    expect(page.locator("#count")).to_have_text(f"{ALL + 1} notes")
    assert words(page).index(new.locator(".words").text_content() or "") < 5, "it is above the pointer"
    after = under.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 1
    new.locator(".at").click()
    expect(page.locator("#told")).to_contain_text("the rules")
    expect(page.locator("#told")).to_contain_text("reaches the threshold of 0.30")


def say_by_voice(page: Page, site: Site, film: UUID, text: str) -> None:
    """As the extension of whoever sits at the page."""
    device_id = uuid4()
    asked = {"device_id": str(device_id)}
    answer = page.request.post(f"{site.url}/api/auth/extension_token", data=asked, headers={"Origin": site.url})
    trio.run(_speak, site.url, answer.json()["token"], device_id, film, text)


async def _speak(url: str, token: str, device_id: UUID, film: UUID, text: str) -> None:
    async with connect(url) as client:
        device = Device(client, token, device_id)
        device.video_id = str(film)
        await device.enter(uuid4())
        await device.ask("command", {"name": "start", "at": now_ms() - 3_000})
        remark = {"id": str(uuid4()), "text": text, "at": now_ms(), "media_ms": 8_000, "duration_ms": 1_000}
        settled: Mapping[str, object] = await device.ask("transcript_final", remark)
        assert settled.get("note_id"), settled


# -- after a break --------------------------------------------------------------------------------------------------


def test_a_lost_connection_is_told_and_what_was_done_meanwhile_is_kept(
    site: Site, somebody: Callable[..., Page]
) -> None:
    page, film = somebody("mara"), site.new_film()
    open_notes(page, site, film)
    press(page, "j")
    site.stop()
    state = page.locator("#state")
    expect(state).to_contain_text("Connection lost")
    press(page, "e")
    page.locator(".edit textarea").fill("Changed without a connection.")
    press(page, "Control+Enter")
    expect(state).to_have_text("Connection lost, one change waits. Trying again")
    site.start()
    began = time.monotonic()
    expect(state).to_have_text("Live")
    expect(page.locator(".is-chosen .words")).to_have_text("Changed without a connection.")
    assert time.monotonic() - began < 5, "longer than that nobody believes it"
    page.reload()
    assert "Changed without a connection." in words(page)


def test_a_clock_that_is_wrong_keeps_nobody_out(site: Site, somebody: Callable[..., Page]) -> None:
    """Tokens are renewed by how long they live, and not by what time it is here."""
    page, asked = somebody("pia"), []
    page.clock.install(time=time.time() + 7_200)
    page.on("request", lambda request: asked.append(request.url) if "extension_token" in request.url else None)
    open_notes(page, site, site.demo.film)
    page.clock.fast_forward(5 * 60_000)
    assert len(asked) == 1
    page.clock.fast_forward(6 * 60_000)
    expect(page.locator("#state")).to_have_text("Live")
    assert len(asked) == 2
