"""Every page of the web app in real Chromium: looked at in each width and scheme, and read by axe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.chromium import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.web_site import Site

pytestmark = [pytest.mark.integration, pytest.mark.browser]

# Where they can be looked at. A phone, a small window (or a large one at 200 %), and a screen.
SCREENS = Path(__file__).parents[2] / "build/screens"
WIDTHS = ((360, 740), (768, 900), (1440, 900))
PAGES = {
    "signed-out": ("nobody", "/"),
    "sign-in": ("nobody", "/sign-in"),
    "library": ("mara", "/"),
    "library-empty": ("sam", "/"),
    "library-found-nothing": ("mara", "/?text=nothing+like+it"),
    "notes": ("mara", "/videos/{film}"),
    "note": ("mara", "/videos/{film}/notes/{note}"),
    "sharing": ("mara", "/videos/{film}/sharing"),
    "settings": ("mara", "/settings"),
    "devices": ("mara", "/devices"),
    "account": ("mara", "/account"),
    "pair": ("mara", "/pair"),
    "missing": ("mara", "/nothing"),
    "forbidden": ("mara", "/admin"),
    "overview": ("ada", "/admin"),
    "users": ("ada", "/admin/users"),
    "flags": ("ada", "/admin/flags"),
}
CONTRAST = "['color-contrast', 'link-in-text-block']"  # all that a scheme can change
LIVE = {"library", "library-empty", "notes", "settings", "devices", "pair"}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_clean_to_axe_and_fits_each_width(site: Site, somebody: Callable[..., Page], name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    who, path = PAGES[name]
    page = somebody(who)
    page.goto(site.url + path.format(film=site.demo.film, note=site.demo.notes[0]))
    if name in LIVE:
        expect(page.locator("#state")).to_have_text("Live")
    if name == "notes":
        page.keyboard.press("j")
        expect(page.locator("#told")).to_contain_text("Why it is there")
    faults = [*violations(page), *look_at(page, name, "light")]
    page.emulate_media(color_scheme="dark")
    faults += [*violations(page, CONTRAST), *look_at(page, name, "dark")]
    assert faults == []


def look_at(page: Page, name: str, scheme: str) -> list[str]:
    """Takes pictures, and says what is wider than the window."""
    faults = []
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png", full_page=name != "notes")
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{wide} px wide in {width}")
    return faults


def test_what_opens_on_the_page_of_notes_is_clean_as_well(site: Site, somebody: Callable[..., Page]) -> None:
    page = somebody("mara")
    page.goto(f"{site.url}/videos/{site.demo.film}")
    expect(page.locator("#state")).to_have_text("Live")
    page.keyboard.press("j")
    page.keyboard.press("e")
    faults = violations(page)
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Export").click()
    faults += violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    faults += violations(page)
    assert faults == []


def test_nothing_but_our_own_scripts_may_run(site: Site, somebody: Callable[..., Page]) -> None:
    page = somebody("mara")
    page.goto(f"{site.url}/videos/{site.demo.film}")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<img src=/x onerror=\"window.bad = 1\">')")
    page.wait_for_function("() => document.querySelector('img').complete")
    assert page.evaluate("() => window.bad") is None
    assert any("Content Security Policy" in text for text in said)
