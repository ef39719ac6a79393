"""Flags on the real server: over HTTP, by the command beside it, and to clients that are connected."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
import trio

from lossy.domain.capabilities import BUILT
from lossy.sim.client import Refused
from tests.web.devices import open_device
from tests.web.http import Response, fetch, sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.app import App
    from lossy.sim.account import Account

pytestmark = pytest.mark.integration

LOSSY = str(Path(sys.executable).parent / "lossy")
NOBODY = str(UUID(int=7))


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """A push that never comes fails its test."""
    with trio.fail_after(40):
        yield


async def get(app: App, path: str, cookie: str) -> Response:
    return await fetch("GET", f"{app.url}/api/{path}", {"Cookie": cookie})


async def patch(app: App, path: str, cookie: str, body: dict[str, Any], origin: str | None = None) -> Response:
    headers = {"Origin": origin or app.url, "Cookie": cookie}
    return await fetch("PATCH", f"{app.url}/api/admin/{path}", headers, body)


async def admin_id(app: App) -> UUID:
    admin = await app.node.accounts.admin()
    assert admin is not None
    return admin.id


async def test_a_new_server_has_everything_on(app: App) -> None:
    cookie = await sign_in(app)
    flags = (await get(app, "flags", cookie)).json["flags"]
    assert flags == {key: {"value": True, "variant": "on", "reason": "STATIC"} for key in BUILT}
    rules = (await get(app, "admin/flags", cookie)).json
    assert rules["version"] == len(BUILT)
    assert {each["key"]: each["parts"] for each in rules["flags"]} == {key: {"boolean": True} for key in BUILT}


async def test_admins_change_flags_and_groups(app: App) -> None:
    cookie, admin = await sign_in(app), str(await admin_id(app))
    made = (
        await patch(app, "groups", cookie, {"group": "crew", "version": 0, "changes": {"members": {admin: True}}})
    ).json
    assert made["parts"] == {"group": True, f"members.{admin}": True}
    assert (await get(app, "admin/groups?group=crew", cookie)).json == made
    assert (await get(app, "admin/groups?group=nobody", cookie)).status == 404
    asked = {"flag": "voice_session", "version": 1, "changes": {"groups": {"crew": False}}}
    changed = (await patch(app, "flags", cookie, asked)).json
    assert changed["parts"] == {"boolean": True, "groups.crew": False}
    again = await patch(app, "flags", cookie, asked)
    assert (again.status, again.json["code"]) == (409, "conflict")
    assert (await get(app, "flags", cookie)).json["flags"]["voice_session"]["value"] is False
    (group,) = (await get(app, "admin/flags", cookie)).json["groups"]
    assert (group["name"], group["members"]) == ("crew", 1)
    latest, *_ = (await get(app, "admin/flags/history?name=voice_session", cookie)).json["changes"]
    assert (latest["by"], latest["via"], latest["differences"]) == (admin, "web", {"groups.crew": [None, False]})


FAULTS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("flags", {"flag": "dark_mode", "version": 0, "changes": {}}, "flag"),
    ("flags", {"flag": "posting", "version": 0, "changes": {}}, "flag"),
    ("flags", {"flag": "voice_session", "version": 1, "changes": {"share": 10_001}}, "changes.share"),
    ("flags", {"flag": "voice_session", "version": 1, "changes": {"actors": {NOBODY: True}}}, "changes.actors"),
    ("flags", {"flag": "voice_session", "changes": {}}, "version"),
    ("groups", {"group": "No", "version": 0, "changes": {}}, "group"),
    ("groups", {"group": "crew", "version": 0, "changes": {"defaults": {"volume": 1}}}, "changes.defaults.volume"),
)


async def test_what_cannot_be_set_is_refused_with_the_path(app: App) -> None:
    cookie = await sign_in(app)
    for path, body, fault in FAULTS:
        response = await patch(app, path, cookie, body)
        assert (response.status, response.json["code"], response.json["details"]) == (400, "invalid", {"path": fault})


async def test_nobody_but_an_admin_sees_or_changes_the_rules(app: App, database: str) -> None:
    cookie = await sign_in(app)
    change = {"flag": "voice_session", "version": 1, "changes": None}
    assert (await patch(app, "flags", cookie, change, origin="https://evil.example")).status == 403
    await trio.to_thread.run_sync(demote, database)
    answers = [
        await get(app, path, cookie) for path in ("admin/flags", "admin/flags/history", "admin/groups?group=crew")
    ]
    answers += [await patch(app, "flags", cookie, change)]
    answers += [await patch(app, "groups", cookie, {"group": "crew", "version": 0, "changes": {}})]
    assert [answer.status for answer in answers] == [403] * 5
    assert (await get(app, "flags", cookie)).status == 200
    for path in ("flags", "admin/flags"):
        assert (await get(app, path, "")).status == 401


def demote(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE users SET role = 'user'")


async def test_the_command_beside_a_server_reaches_clients_that_are_connected(
    app: App, account: Account, database: str
) -> None:
    topic = f"user:{await admin_id(app)}"
    async with open_device(app, account) as device:
        joined = await device.join(topic, {"token": device.token})
        assert joined["flags"]["voice_session"]["value"] is True
        await device.detect()
        assert "voice_session" in (await device.enter(uuid4()))["features"]
        await run("kill", "voice_session", database=database)
        pushed = await device.pushed("flags_changed")
        assert pushed["flags"]["voice_session"] == {"value": False, "variant": "off", "reason": "DISABLED"}
        with pytest.raises(Refused) as refused:
            await device.enter(uuid4())
        assert refused.value.response["capability"] == "B1"


async def run(*arguments: str, database: str) -> None:
    environ = {**os.environ, "DATABASE_URL": database}
    await trio.run_process([LOSSY, "flags", *arguments], env=environ, capture_stdout=True)
