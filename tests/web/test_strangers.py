"""Those of whom nobody knows who they are, on the real server: how often they may come, and what is left of them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import attrs
import pytest

from lossy.app import open_app
from lossy.channels import topics
from lossy.sim.account import Account
from lossy.sim.client import Refused, connect
from lossy.web.app import ROUTES
from tests.web.http import fetch
from tests.web.rooms import Rooms
from tests.web.test_socket_server import JOIN, UPGRADE, ask, dial, refused

if TYPE_CHECKING:
    import io

    from lossy.app import App
    from lossy.settings import Settings

pytestmark = pytest.mark.integration

SOCKET = "/socket/websocket?vsn=2.0.0"


def server(settings: Settings, **changes: Any) -> Settings:
    return attrs.evolve(settings, server=attrs.evolve(settings.server, **changes))


async def test_an_address_opens_so_many_sockets_whatever_becomes_of_them(settings: Settings) -> None:
    """Its own: what others claim of it counts for nothing, and what our proxy says of others counts for them."""
    for proxies, theirs in ((0, 429), (1, 101)):
        limited = server(settings, limit_scale=0.001, proxies=proxies)
        async with open_app(limited) as app:
            assert [await refused(app, "vsn=9", Origin="null") for _ in range(3)] == [403, 403, 429]
            claimed = {**UPGRADE, "X-Forwarded-For": "198.51.100.7"}
            assert (await fetch("GET", app.url + SOCKET, claimed)).status == theirs


async def test_what_is_secret_is_never_logged(
    settings: Settings, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where all is well, nor where it is refused, nor where a channel has a bug."""
    monkeypatch.setitem(ROUTES, topics.ChartActivity, Rooms().routes[topics.ChartActivity])
    settings = server(settings, metrics_token="the token that scrapes")
    async with open_app(settings) as app:
        secrets = await use_secrets(app)
    logged = logs.getvalue()
    for event in ("join crashed", "channel crashed", "undecodable frame"):
        assert event in logged, "what is looked for is not what was done"
    for name, secret in {**secrets, "metrics": "the token that scrapes", "key": settings.server.secret}.items():
        assert secret not in logged, name


async def use_secrets(app: App) -> dict[str, str]:
    """Every one in every place where one may come, with what fails after it."""
    account, link = Account(app.url), await app.sign_in_url()
    await account.sign_in(link)
    cookie = "a cookie that nobody has"
    await fetch("GET", app.url + "/", {"Cookie": f"lossy_session={cookie}"})
    await fetch("GET", app.url + "/metrics", {"Authorization": "Bearer the token that scrapes"})
    token, bad = await account.token(uuid4()), "eyJhbGciOiJIUzI1NiJ9.e30.not-a-signature"
    encoded = base64.b64encode(token.encode()).decode().rstrip("=")
    async with dial(app, subprotocols=["phoenix", f"base64url.bearer.phx.{encoded}"]) as websocket:
        assert (await ask(websocket, JOIN))[4]["status"] == "ok"
        await websocket.send_message('{"token": "' + token)
    for sent in (token, bad):
        async with dial(app, f"token={sent}&vsn=2.0.0") as websocket:
            await ask(websocket, JOIN)
        async with connect(app.url) as client:
            for payload in ({"token": sent}, {"token": sent, "crash": "join"}, {"token": [sent]}):
                try:
                    await client.join("charts:a", payload)
                    await (await client.push("charts:a", "crash", {"token": sent})).response()
                except Refused:
                    pass
    await app.node.join_audit.write()
    async with app.node.pool.lend() as connection:
        cursor = await connection.execute("SELECT string_agg(join_audit::text, '') FROM join_audit")
        audited = str(await cursor.fetchone())
    path = re.search(r"/sign-in/(.+)", link)
    assert path is not None
    assert "charts:a" in audited
    secrets = {"token": token, "bad token": bad, "cookie": cookie, "link": path[1], "encoded": encoded}
    assert not any(secret in audited for secret in secrets.values())
    return secrets
