"""The rules of the protocol as three versions of the unmodified npm client see them, on one real server.

`tests/npm/checks.mjs` holds the checks, each by the number of its rule; `docs/reference/conformance-wire.md` says which
test proves which rule.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import jwt
import orjson
import pytest
import trio
from attrs import define, field

from lossy.channels import topics
from lossy.sim.account import Account
from lossy.web.app import ROUTES
from lossy.web.auth import Identity, make_token
from tests.web.restarting import RestartingServer, open_server
from tests.web.rooms import Rooms
from tests.web.test_npm_client import FOLDER, run_node

if TYPE_CHECKING:
    import io

    from lossy.app import App
    from lossy.settings import Settings

VERSIONS = ("phoenix-1.7.21", "phoenix-1.8.9", "phoenix")
SET_UP = all((FOLDER / "node_modules" / name).is_dir() for name in VERSIONS)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in tests/npm"),
]


async def tokens(app: App, account: Account) -> dict[str, Any]:
    """What a client may bring: good ones of three devices, one of which is to be revoked, and one that ran out."""
    device, other = uuid4(), uuid4()
    good = await account.token(device)
    claims = jwt.decode(good, app.node.secret, ["HS256"])
    expired = jwt.encode({**claims, "exp": 1}, app.node.secret)
    good_ones = {
        "good": good,
        "device": str(device),
        "other": {"token": await account.token(other), "device": str(other)},
    }
    user = UUID(claims["user_id"])
    return {**good_ones, "expired": expired, "revoked": await device_to_revoke(app, user), "user": str(user)}


async def device_to_revoke(app: App, user: UUID) -> dict[str, str]:
    """In no browser, so that nothing else is signed out with it."""
    device = uuid4()
    await app.node.accounts.add_device(device, user)
    return {"token": make_token(app.node, Identity(user, device))[0], "device": str(device)}


@define(eq=False)
class Deploy:
    """Of the server that all versions share: when each of them is ready for it."""

    server: RestartingServer
    _ready: int = field(default=0, init=False)
    _all_ready: trio.Event = field(factory=trio.Event, init=False)

    def ask(self) -> None:
        self._ready += 1
        if self._ready == len(VERSIONS):
            self._all_ready.set()

    async def run(self) -> None:
        await self._all_ready.wait()
        await self.server.stop()
        await self.server.start()


async def check(version: str, url: str, given: dict[str, Any], deploy: Deploy) -> dict[str, str]:
    """What does not hold with that version, and why."""
    checked = dict[str, str]()
    async with run_node("conformance.mjs", version, url, orjson.dumps(given).decode()) as node:
        while "done" not in (line := await node.line()):
            if line.get("do") == "deploy":
                deploy.ask()
            elif line.get("do") == "revoke":
                await deploy.server.app.node.devices.revoke(UUID(given["revoked"]["device"]), UUID(given["user"]))
            else:
                checked[line["check"]] = "" if line["ok"] else line["why"]
        assert len(checked) == line["done"] > 25
    return {f"{version}: {name}": why for name, why in checked.items() if why}


async def test_every_rule_holds_with_every_version(
    settings: Settings, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROUTES, topics.ChartActivity, Rooms().routes[topics.ChartActivity])
    broken = dict[str, str]()
    async with open_server(settings) as server:
        account = Account(server.app.url)
        await account.sign_in(await server.app.sign_in_url())
        deploy = Deploy(server)

        async def judge(version: str) -> None:
            broken.update(await check(version, server.app.url, await tokens(server.app, account), deploy))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(deploy.run)
            for version in VERSIONS:
                nursery.start_soon(judge, version)
    assert broken == {}
