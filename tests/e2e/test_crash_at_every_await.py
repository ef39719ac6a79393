"""The server is killed at every await between the arrival of a transcript and its reply. One note, always."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
import trio

from lossy.clock import Clock
from lossy.settings import Server
from lossy.sim.account import Account
from lossy.sim.reviewer import Reviewer
from lossy.store.accounts import Accounts
from lossy.store.pool import open_pool
from lossy.web.auth import sign_in_path
from tools.chaos.servers import Servers, at_await, open_servers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

# More awaits than lie between a transcript and its reply; the test ends at the first count that is never reached.
MOST_AWAITS = 400
VIDEO = {"url": "https://example.com/cut.mp4", "title": "cut", "rate": "24000/1001"}


async def sign_in(servers: Servers, database: str) -> Account:
    async with open_pool(database, size=1) as pool:
        path = await sign_in_path(Accounts(pool), Server().link_life, Clock())
    account = Account(servers.url)
    await account.sign_in(servers.url + path)
    return account


async def review(reviewer: Reviewer, text: str) -> None:
    """Speaks one remark and returns when the server has settled it, over as many connections as that takes."""
    now = reviewer.now_ms()
    await reviewer.say("command", {"name": "start", "at": now - 5000})
    await reviewer.hear("speech_start", now - 4000, media_ms=61_000)
    await reviewer.hear("speech_end", now - 2000)
    remark = {"id": str(uuid4()), "text": text, "at": now - 4000, "media_ms": 61_000, "duration_ms": 2000}
    said = await reviewer.say("transcript_final", remark)
    await said.settled.wait()
    assert isinstance(said.answer, Mapping), said.answer
    assert "note_id" in said.answer


async def test_one_note_whatever_await_the_server_dies_at(database: str, tmp_path: Path) -> None:
    died_at: list[int] = []
    settings = {"DATABASE_URL": database, "LOSSY_DATABASE_DATA": str(tmp_path), "LOSSY_SERVER_SECRET": "for all lives"}
    async with open_servers(settings, tmp_path / "server.log") as servers:
        await servers.start()
        account = await sign_in(servers, database)
        servers.kill()
        await servers.ended()
        for crash_at in range(1, MOST_AWAITS):
            await servers.start(at_await(crash_at))
            reviewer = Reviewer(account, uuid4(), uuid4(), VIDEO, lambda: time.time_ns() // 1_000_000)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(reviewer.run)
                nursery.start_soon(_start_again_when_it_dies, servers)
                with trio.fail_after(20):
                    await review(reviewer, f"Remark {crash_at} is too dark here.")
                nursery.cancel_scope.cancel()
            if reviewer.connections == 1:
                break
            died_at.append(crash_at)
            servers.kill()
            await servers.ended()
    assert len(died_at) >= 5, "the path from a transcript to its reply has more awaits than that"
    assert len(died_at) < MOST_AWAITS - 1
    with psycopg.connect(database) as connection:
        texts = Counter(row[0] for row in connection.execute("SELECT transcript FROM notes"))
    expected = [f"Remark {crash_at} is too dark here." for crash_at in [*died_at, len(died_at) + 1]]
    assert texts == Counter(expected)
    print(f"killed at {len(died_at)} awaits between a transcript and its reply, one note each")


async def _start_again_when_it_dies(servers: Servers) -> None:
    await servers.ended()
    await servers.start()
