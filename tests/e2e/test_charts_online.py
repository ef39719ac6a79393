"""The visualizer on the real server, in real Chromium: a live session, a stored one, heat and notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import trio
from attrs import evolve, frozen
from playwright.sync_api import expect

from lossy.app import open_app
from tests.e2e.chromium import needs_chromium, open_browser, violations
from tests.web.conftest import account, app, logs, settings  # noqa: F401 (fixtures)
from tests.web.devices import Device, now_ms, open_device

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ConsoleMessage, Page

    from lossy.app import App
    from lossy.settings import Settings
    from lossy.sim.account import Account

pytestmark = [pytest.mark.integration, pytest.mark.browser, needs_chromium]


@frozen
class Site:
    """The server, for a browser that is driven from another thread. `link` signs the admin in, once."""

    url: str
    link: str

    def look(self, scenario: Callable[[Page], None]) -> None:
        """Signed in as the admin; it fails where the page says an error."""
        with open_browser() as browser:
            page, faults = browser.new_page(viewport={"width": 1440, "height": 900}), list[str]()
            page.set_default_timeout(8_000)
            page.on("console", lambda said: faults.append(said.text) if is_fault(said) else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto(self.link)
            page.get_by_role("button").click()
            scenario(page)
            assert faults == []


def is_fault(said: ConsoleMessage) -> bool:
    """A browser asks for an icon of every site by itself."""
    return said.type in ("error", "warning") and not said.location["url"].endswith("/favicon.ico")


async def looked(app: App, scenario: Callable[[Page], None]) -> None:  # noqa: F811
    site = Site(app.url, await app.sign_in_url())
    await trio.to_thread.run_sync(site.look, scenario)


def lit(page: Page) -> set[str]:
    return {str(group.get_attribute("data-state")) for group in page.locator("#picture g.is-active[data-state]").all()}


async def speak(device: Device, seq: int) -> str:
    """A remark of a second; the note that it makes."""
    begin = now_ms() - 2_000
    await device.hear("speech_start", seq, begin)
    await device.hear("speech_end", seq + 1, begin + 1_000)
    remark = {"id": str(uuid4()), "text": "the logo is too dark here", "at": begin, "media_ms": 61_061}
    return str((await device.ask("transcript_final", {**remark, "duration_ms": 1_000, "segment": seq}))["note_id"])


async def test_a_live_session_is_followed_while_it_runs(app: App, account: Account) -> None:  # noqa: F811
    session = uuid4()
    async with open_device(app, account) as device:
        await device.detect()
        await device.enter(session, tab_id="tab")

        def scenario(page: Page) -> None:
            page.goto(f"{app.url}/charts#chart=voice&panel=sessions")
            page.get_by_role("button", name="Show them").click()
            page.get_by_role("button", name=f"Follow {str(session)[:8]}").click()
            expect(page.locator("#scrubber output")).to_have_text("1 of 1")
            assert "idle" in lit(page)
            trio.from_thread.run(device.ask, "command", {"name": "start", "at": now_ms()})
            expect(page.locator('#picture g[data-state="observing"]')).to_have_class("atomic is-active")
            trio.from_thread.run(device.hear, "speech_start", 1)
            expect(page.locator('#picture g[data-state="recording"]')).to_have_class("atomic is-active")
            page.get_by_role("slider", name="Step").press("Home")
            trio.from_thread.run(device.hear, "speech_end", 2)
            expect(page.locator("#scrubber output")).to_contain_text("0 of ")
            assert violations(page) == []

        await looked(app, scenario)


async def test_a_session_of_another_server_is_followed_by_its_journal(
    app: App,  # noqa: F811
    account: Account,  # noqa: F811
    settings: Settings,  # noqa: F811
) -> None:
    session = uuid4()
    second = evolve(settings, server=evolve(settings.server, node="second"))
    async with open_device(app, account) as device, open_app(second) as another:
        await device.detect()
        await device.enter(session, tab_id="tab")

        def scenario(page: Page) -> None:
            page.goto(f"{another.url}/charts#chart=voice&panel=sessions")
            page.get_by_role("button", name="Show them").click()
            page.get_by_role("button", name=f"Follow {str(session)[:8]}").click()
            page.get_by_role("tab", name="Now").click()
            expect(page.locator("#panel")).to_contain_text("Its steps come from the journal")
            trio.from_thread.run(device.ask, "command", {"name": "start", "at": now_ms()})
            expect(page.locator('#picture g[data-state="observing"]')).to_have_class("atomic is-active")
            expect(page.locator("#panel")).to_contain_text("after it happened")
            page.get_by_role("slider", name="Step").press("Home")
            trio.from_thread.run(device.hear, "speech_start", 1)
            expect(page.locator("#scrubber output")).to_contain_text(re.compile("^0 of [4-9]"))
            assert violations(page) == []

        await looked(another, scenario)


async def test_a_note_leads_to_the_step_that_made_it(app: App, account: Account) -> None:  # noqa: F811
    session = uuid4()
    async with open_device(app, account) as device:
        await device.detect()
        await device.enter(session, tab_id="tab")
        await device.ask("command", {"name": "start", "at": now_ms()})
        note = await speak(device, 1)

        def scenario(page: Page) -> None:
            page.goto(f"{app.url}/charts/why/{note}")
            expect(page).to_have_url(re.compile(f"session={session}&step="))
            page.get_by_role("button", name="Agent", exact=True).click()
            expect(page).to_have_url(re.compile(f"chart=agent&session={session}"))
            shown = page.locator(".log .is-shown").inner_text()
            page.get_by_role("slider", name="Step").press("Home")
            assert page.locator(".log .is-shown").inner_text() != shown
            page.get_by_role("tab", name="Coverage").click()
            page.get_by_label("the last hour").check()
            expect(page.locator("#panel")).to_contain_text("transitions")
            expect(page.locator("#picture g.is-level-4").first).to_be_attached()

        await looked(app, scenario)


async def test_a_note_at_a_transition_is_the_servers(app: App) -> None:  # noqa: F811
    def scenario(page: Page) -> None:
        page.goto(f"{app.url}/charts#chart=voice&select=idle/start/0&panel=notes")
        page.get_by_label("Note", exact=True).fill("Who else may start it?")
        page.get_by_role("tab", name="About").click()
        page.get_by_role("tab", name="Notes").click()
        expect(page.get_by_label("Note", exact=True)).to_have_value("Who else may start it?")
        page.get_by_role("button", name="Keep").click()
        expect(page.locator(".notes li").first).to_contain_text("admin@localhost")
        page.goto(f"{app.url}/charts#chart=voice&panel=about&select=idle/start/0")
        page.reload()
        page.get_by_role("tab", name="Notes").click()
        expect(page.locator(".notes li").first).to_contain_text("Who else may start it?")
        page.get_by_role("tab", name="About").click()
        expect(page.locator("#panel")).to_contain_text("1 note")
        assert violations(page) == []

    await looked(app, scenario)
