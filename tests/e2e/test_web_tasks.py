"""Every task but that of the notes, by keyboard alone in real Chromium: Tab to it, Enter or Space."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.chromium import violations
from tests.e2e.demo import PASSWORD
from tests.e2e.test_web_pages import look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.e2e.web_site import Site

pytestmark = [pytest.mark.integration, pytest.mark.browser]

# What a person would press before they give up.
MOST_TABS = 60
NAME = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
  return (at.getAttribute("aria-label") || label || at.innerText || "").replace(/\\s+/g, " ").trim();
}"""


def tab_to(page: Page, name: str) -> None:
    """From where the focus is, onward, to what is called that."""
    seen = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(NAME))
        if seen[-1].startswith(name):
            return
    raise AssertionError(f"no {name!r} on the way: {seen}")


def enter(page: Page) -> None:
    """On what leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_in_and_out(site: Site, chromium: Browser) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(site.url)
        tab_to(page, "Sign in")
        enter(page)
        expect(page.get_by_label("Email")).to_be_focused()
        page.keyboard.type("pia@studio.example")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        enter(page)
        expect(page.get_by_role("heading", name="Videos")).to_be_visible()
        page.keyboard.press("Tab")
        assert page.evaluate(NAME) == "Skip to the page"
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.goto(site.url)
        tab_to(page, "Sign out")
        enter(page)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_comes_for_the_first_time_is_led_to_the_extension(site: Site, somebody: Callable[..., Page]) -> None:
    page = somebody("nobody")
    page.goto(site.link_for_somebody_new())
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    enter(page)
    expect(page.get_by_role("heading", name="Welcome to Lossy")).to_be_visible()
    assert [*violations(page), *look_at(page, "welcome", "light")] == []
    page.get_by_label("Email").fill("")
    page.keyboard.type("nell@studio.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    enter(page)
    expect(page.get_by_role("heading", name="Get the extension")).to_be_visible()
    expect(page.locator("#paired")).to_contain_text("This page is waiting for the extension")


def test_a_video_is_queued_found_archived_and_brought_back(site: Site, somebody: Callable[..., Page]) -> None:
    page, other = somebody("joao"), somebody("joao")
    other.goto(f"{site.url}/?show=queued")
    expect(other.locator("#state")).to_have_text("Live")
    tab_to(page, "Address of a video")
    page.keyboard.type("https://vimeo.com/148751763")
    enter(page)
    expect(page.get_by_role("heading", name="148751763")).to_be_visible()
    expect(page.locator("#empty")).to_contain_text("Open the video and talk")
    expect(other.locator(".shelf .title")).to_have_text("148751763")
    page.goto(site.url)
    expect(page.locator("#state")).to_have_text("Live")
    page.keyboard.press("/")
    page.keyboard.type("14875")
    expect(page.locator(".shelf > li")).to_have_count(1)
    tab_to(page, "Archive 148751763")
    enter(page)
    expect(other.locator("#shelf .empty")).to_contain_text("Nothing waits.")
    tab_to(page, "Archived")
    enter(page)
    tab_to(page, "Bring back")
    enter(page)
    expect(page.locator("#shelf .empty")).to_contain_text("Nothing is archived.")


def test_a_video_is_shared_and_taken_back(site: Site, somebody: Callable[..., Page]) -> None:
    page, film = somebody("mara"), site.new_film()
    page.goto(f"{site.url}/videos/{film}")
    tab_to(page, "Share")
    enter(page)
    tab_to(page, "Email")
    page.keyboard.type("sam@studio.example")
    tab_to(page, "as")
    page.keyboard.type("ed")
    tab_to(page, "Share")
    enter(page)
    expect(page.locator("li", has_text="sam@studio.example")).to_contain_text("editor since")
    sam = somebody("sam")
    sam.goto(f"{site.url}/videos/{film}")
    expect(sam.locator("#state")).to_have_text("Live")
    tab_to(page, "Withdraw from sam@studio.example")
    enter(page)
    expect(page.locator("li", has_text="sam@studio.example")).to_have_count(0)
    expect(sam.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_settings_go_round_to_other_devices(site: Site, somebody: Callable[..., Page]) -> None:
    here, there = somebody("ana"), somebody("ana")
    for page in (here, there):
        page.goto(f"{site.url}/settings")
        expect(page.locator("#state")).to_have_text("Live")
    tab_to(here, "Pause after silence")
    here.keyboard.press("Space")
    expect(there.get_by_label("Pause after silence")).not_to_be_checked()
    expect(there.locator("#saved")).to_have_text("Changed on another device.")
    tab_to(there, "How sure it has to be")
    there.keyboard.press("ArrowRight")
    expect(here.locator("#sure")).to_have_text("35 %")
    tab_to(here, "praise")
    here.keyboard.press("Space")
    expect(there.get_by_label("praise")).to_be_checked()
    tab_to(here, "As the server has it")
    enter(here)
    expect(there.get_by_label("Pause after silence")).to_be_checked()
    expect(there.get_by_label("praise")).not_to_be_checked()
    expect(here.locator("#sure")).to_have_text("30 %")


def test_two_who_change_settings_at_once_both_have_their_way(site: Site, somebody: Callable[..., Page]) -> None:
    here, there = somebody("pia"), somebody("pia")
    for page in (here, there):
        page.goto(f"{site.url}/settings")
        expect(page.locator("#state")).to_have_text("Live")
    here.get_by_label("Obey what is said").uncheck()
    there.get_by_label("Let this server transcribe").check()
    for page in (here, there):
        expect(page.get_by_label("Obey what is said")).not_to_be_checked()
        expect(page.get_by_label("Let this server transcribe")).to_be_checked()


def test_a_device_is_named_and_revoked(site: Site, somebody: Callable[..., Page]) -> None:
    page = somebody("joao")
    page.goto(f"{site.url}/devices")
    expect(page.locator("#state")).to_have_text("Live")
    page.reload()
    expect(page.locator("[data-device] .there:visible")).to_have_count(1)
    tab_to(page, "Rename")
    page.keyboard.press("Enter")
    tab_to(page, "Name")
    page.keyboard.press("Control+a")
    page.keyboard.type("Edit suite")
    enter(page)
    expect(page.locator("[data-device]", has_text="Edit suite")).to_have_count(1)
    tab_to(page, "Revoke")
    enter(page)
    expect(page.locator("[data-device]", has_text="Edit suite")).to_have_count(0)


def test_an_admin_invites_somebody_and_opens_a_flag(site: Site, somebody: Callable[..., Page]) -> None:
    page = somebody("ada")
    tab_to(page, "Users")
    enter(page)
    tab_to(page, "Email")
    page.keyboard.type("new@studio.example")
    enter(page)
    expect(page.locator(".link pre")).to_contain_text(f"{site.url}/invitations/")
    tab_to(page, "Withdraw the invitation of new@studio.example")
    enter(page)
    expect(page.get_by_text("new@studio.example")).to_have_count(0)
    tab_to(page, "Flags")
    enter(page)
    tab_to(page, "Change Notes by a language model")
    page.keyboard.press("Enter")
    tab_to(page, "For everybody")
    page.keyboard.type("on for a share")
    tab_to(page, "Share, %")
    page.keyboard.press("Control+a")
    page.keyboard.type("12.5")
    tab_to(page, "Why")
    page.keyboard.type("a first try")
    enter(page)
    flag = page.locator("#language_model")
    expect(flag).to_contain_text("On for 12.5 % of the users.")
    expect(page.locator("section", has=page.locator("#history")).locator("li").first).to_contain_text(
        re.compile("ada@studio.example, web: a first try")
    )
