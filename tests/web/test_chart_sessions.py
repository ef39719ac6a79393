"""A session that another node holds, followed by its journal; both nodes are on one database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import attrs
import pytest

from lossy.app import App, open_app
from lossy.channels.reading import read
from lossy.channels.told import SessionsElsewhere, StepsSince
from tests.web.browser import Browser
from tests.web.devices import Device, now_ms, open_device

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.settings import Settings
    from lossy.sim.account import Account

pytestmark = pytest.mark.integration


@asynccontextmanager
async def another_node(settings: Settings) -> AsyncIterator[App]:
    async with open_app(attrs.evolve(settings, server=attrs.evolve(settings.server, node="second"))) as app:
        yield app


async def since(browser: Browser, session: UUID, n: int) -> dict[str, Any]:
    told = (await browser.ask("GET", f"/api/chart-sessions/{session}/steps?after={n}")).json
    read(StepsSince, told)
    return dict(told)


@asynccontextmanager
async def in_session(app: App, account: Account, session: UUID) -> AsyncIterator[Device]:
    async with open_device(app, account) as device:
        await device.detect()
        await device.enter(session, tab_id="tab")
        yield device


async def test_a_session_of_another_node_is_listed_with_where_it_is(
    settings: Settings, app: App, account: Account
) -> None:
    session = uuid4()
    async with in_session(app, account, session), another_node(settings) as second:
        browser = await Browser(second.url).sign_in_as_admin(second)
        told = (await browser.ask("GET", "/api/chart-sessions")).json
        read(SessionsElsewhere, told)
        (held,) = told["sessions"]
        assert held["session"] == str(session)
        assert held["node"] != "second"
        here = await Browser(app.url).sign_in_as_admin(app)
        assert (await here.ask("GET", "/api/chart-sessions")).json == {"sessions": []}


async def test_it_is_followed_by_its_journal(settings: Settings, app: App, account: Account) -> None:
    session = uuid4()
    async with in_session(app, account, session) as device, another_node(settings) as second:
        browser = await Browser(second.url).sign_in_as_admin(second)
        await device.ask("command", {"name": "start", "at": now_ms()})
        first = await since(browser, session, 0)
        assert (first["here"], first["ended"], first["last"]) == (False, False, first["steps"][-1]["n"])
        assert first["node"] not in (None, "second")
        assert "observing" in first["steps"][-1]["states"]["voice"]
        await device.hear("speech_start", 1)
        late = await since(browser, session, first["last"])
        assert [step["n"] for step in late["steps"]] == [*range(first["last"] + 1, late["last"] + 1)]
        assert "recording" in late["steps"][-1]["states"]["voice"]
        assert late["behind_ms"] < 60_000
        still = await since(browser, session, late["last"])
        assert (still["steps"], still["behind_ms"]) == ([], None)


async def test_what_is_played_from_a_snapshot_is_what_is_played_from_the_beginning(app: App, account: Account) -> None:
    """A snapshot is taken each hundred entries."""
    session = uuid4()
    async with in_session(app, account, session) as device:
        await device.ask("command", {"name": "start", "at": now_ms()})
        for seq in range(1, 120, 2):
            await device.hear("speech_start", seq)
            await device.hear("speech_end", seq + 1)
        browser = await Browser(app.url).sign_in_as_admin(app)
        whole = (await browser.ask("GET", f"/api/chart-traces/{session}")).json["steps"]
        assert len(whole) > 110
        late = await since(browser, session, 105)
        assert late["here"]
        assert late["steps"] == [step for step in whole if step["n"] > 105]


async def test_a_session_that_is_none_has_no_steps(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    assert (await browser.ask("GET", f"/api/chart-sessions/{uuid4()}/steps")).status == 404
