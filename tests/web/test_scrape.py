"""`/metrics` on the real server: what it says, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import attrs
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lossy.app import open_app
from lossy.sim.account import Account
from lossy.sim.client import Refused, connect
from tests.web.http import fetch, sign_in

if TYPE_CHECKING:
    import io

    from lossy.settings import Settings

pytestmark = pytest.mark.integration

TOKEN = "the token of the one that scrapes"


async def test_what_is_counted_is_for_prometheus_and_for_admins(settings: Settings, logs: io.StringIO) -> None:
    settings = attrs.evolve(settings, server=attrs.evolve(settings.server, metrics_token=TOKEN))
    async with open_app(settings) as app:
        url, bearer = f"{app.url}/metrics", {"Authorization": f"Bearer {TOKEN}"}
        cookie = {"Cookie": await sign_in(app)}
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer é"}, {"Authorization": TOKEN}):
            refused = await fetch("GET", url, {**headers, "X-Forwarded-For": "127.0.0.1"})
            assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer"), headers
        assert (await fetch("GET", url, cookie)).status == 200

        account = Account(app.url)
        await account.sign_in(await app.sign_in_url())
        async with connect(app.url) as client:
            await client.join("video:meta", {"token": await account.token(uuid4())})
            with pytest.raises(Refused):
                await client.join("no:such", {})
            scraped = await fetch("GET", url, bearer)
        assert scraped.headers["Content-Type"].startswith("text/plain; version=")
        values = {
            (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
            for family in text_string_to_metric_families(scraped.text)
            for sample in family.samples
        }
        assert values["lossy_sockets",] == 1
        assert values["lossy_connects_total", "ok"] == 1
        assert values["lossy_channel_events_total", "phx_join", "ok", "video:meta"] == 1
        assert values["lossy_channel_events_total", "phx_join", "not_found", "?"] == 1

        async with app.node.pool.lend() as connection:
            await connection.execute("UPDATE users SET role = 'user'")
        assert (await fetch("GET", url, cookie)).status == 404
    assert TOKEN not in logs.getvalue()


async def test_without_a_token_set_none_is_good(settings: Settings) -> None:
    async with open_app(settings) as app:
        for sent in ("Bearer ", "Bearer", "Bearer x"):
            assert (await fetch("GET", f"{app.url}/metrics", {"Authorization": sent})).status == 401
