"""A user's settings on the real server: over the socket, over HTTP, and in a session that is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
import trio

from lossy.domain.user_settings import UserSettings, as_payload
from lossy.sim.client import Refused
from tests.web.conftest import EXTENSION
from tests.web.devices import now_ms, open_device
from tests.web.http import Response, fetch, sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.app import App
    from lossy.sim.account import Account

pytestmark = pytest.mark.integration

DEFAULTS = as_payload(UserSettings())


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """A reply that never comes fails its test."""
    with trio.fail_after(20):
        yield


async def read(app: App, cookie: str) -> Response:
    return await fetch("GET", f"{app.url}/api/settings", {"Cookie": cookie})


async def patch(app: App, cookie: str, version: object, changes: object, **changed: object) -> Response:
    headers = {"Origin": app.url, "Cookie": cookie, **changed}
    sent = {name: str(value) for name, value in headers.items() if value is not None}
    return await fetch("PATCH", f"{app.url}/api/settings", sent, {"version": version, "changes": changes})


async def admin_id(app: App) -> UUID:
    admin = await app.node.accounts.admin()
    assert admin is not None
    return admin.id


async def journaled(app: App, session: UUID) -> list[tuple[Any]]:
    """What the session heard of changes."""
    async with app.node.pool.lend() as connection:
        select = "SELECT payload FROM journal WHERE session_id = %s AND event = 'settings_changed' ORDER BY n"
        return await (await connection.execute(select, (session,))).fetchall()


async def test_settings_are_read_and_changed_over_http(app: App) -> None:
    cookie = await sign_in(app)
    response = await read(app, cookie)
    assert (response.status, response.json) == (200, {"version": 0, "settings": DEFAULTS})
    assert response.headers["Cache-Control"] == "no-store"
    changed = {"version": 1, "settings": DEFAULTS | {"cooldown_ms": 900, "self_firming": ["audio"]}}
    response = await patch(app, cookie, 0, {"self_firming": ["audio"], "cooldown_ms": 900})
    assert (response.status, response.json) == (200, changed)
    assert (await read(app, cookie)).json == changed


async def test_a_change_to_another_version_is_a_conflict(app: App) -> None:
    cookie = await sign_in(app)
    changed = (await patch(app, cookie, 0, {"cooldown_ms": 900})).json
    response = await patch(app, cookie, 0, {"cooldown_ms": 100})
    assert (response.status, response.json["code"], response.json["details"]) == (409, "conflict", changed)


async def test_a_change_that_does_not_fit_is_refused_with_the_path(app: App) -> None:
    cookie = await sign_in(app)
    for version, changes, path in (
        (0, {"cooldown_ms": -1}, "changes.cooldown_ms"),
        (0, {"volume": 11}, "changes.volume"),
        (0, "all", "changes"),
        (None, {}, "version"),
    ):
        response = await patch(app, cookie, version, changes)
        assert (response.status, response.json["code"], response.json["details"]) == (400, "invalid", {"path": path})


async def test_only_our_own_pages_and_extensions_change_them(app: App) -> None:
    cookie = await sign_in(app)
    assert (await patch(app, cookie, 0, {}, Origin=f"chrome-extension://{EXTENSION}")).status == 200
    for origin in (None, "null", "https://evil.example", f"{app.url}.example"):
        response = await patch(app, cookie, 0, {"cooldown_ms": 900}, Origin=origin)
        assert (response.status, response.json["code"]) == (403, "forbidden"), origin
    assert (await read(app, cookie)).json["version"] == 0


async def test_without_a_session_nobody_reads_or_changes_them(app: App) -> None:
    for response in (await read(app, ""), await patch(app, "another=cookie", 0, {})):
        assert (response.status, response.json["code"]) == (401, "unauthenticated")


async def test_a_change_over_http_reaches_every_device_and_the_session_that_is_live(app: App, account: Account) -> None:
    cookie, topic, session = await sign_in(app), f"user:{await admin_id(app)}", uuid4()
    async with open_device(app, account) as laptop, open_device(app, account) as phone:
        for device in (laptop, phone):
            joined = await device.join(topic, {"token": device.token})
            assert (joined["version"], joined["settings"]) == (0, DEFAULTS)
        await laptop.detect()
        await laptop.enter(session)
        changed = (await patch(app, cookie, 0, {"auto_pause": False, "min_confidence": 0.5})).json
        for device in (laptop, phone):
            assert await device.pushed("settings_changed") == changed
        await laptop.ask("voice_event", {"kind": "heartbeat", "at": now_ms()})  # answered after what came before it
        ((payload,),) = await journaled(app, session)
        assert (payload["auto_pause"], payload["min_confidence"]) == (False, 0.5)


async def test_a_change_over_the_socket_is_kept(app: App, account: Account) -> None:
    topic = f"user:{await admin_id(app)}"
    async with open_device(app, account) as device:
        await device.client.join(topic, {"token": device.token})
        changed = await (
            await device.client.push(topic, "update_settings", {"version": 0, "changes": {"auto_pause": False}})
        ).response()
        assert changed == {"version": 1, "settings": DEFAULTS | {"auto_pause": False}}
        assert await device.pushed("settings_changed") == changed
    assert (await read(app, await sign_in(app))).json == changed


async def test_another_users_topic_is_like_one_of_nobody(app: App, account: Account, database: str) -> None:
    somebody = uuid4()
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')", (somebody,))
    refusals = []
    async with open_device(app, account) as device:
        for id in (somebody, uuid4()):
            with pytest.raises(Refused) as refusal:
                await device.client.join(f"user:{id}", {"token": device.token})
            refusals.append(refusal.value.response)
    assert refusals[0] == refusals[1]
    assert refusals[0]["code"] == "not_found"
