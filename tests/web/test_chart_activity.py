"""`charts:<name>`: an admin follows a session on its charts, step by step, and nobody else does. In memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import attrs
import pytest

from lossy.channels.errors import unmatched_topic
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.web.app import ROUTES
from tests.web.peers import USER, FakeAccounts, Peer, error, open_peer
from tests.web.whole_node import SESSION, VOICE, enter_voice, open_whole_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.web.node import Node

CHARTS = load_all(folder("statecharts"))
TOPIC = "charts:voice"


@asynccontextmanager
async def open_node() -> AsyncIterator[Node]:
    async with open_whole_node() as node:
        accounts = FakeAccounts()
        accounts.admins.add(USER)
        yield attrs.evolve(node, charts=CHARTS, accounts=accounts)


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[Peer, Peer]]:
    """A reviewer in a session, and an admin on its chart's topic."""
    async with open_node() as node, open_peer(ROUTES, node) as reviewer, open_peer(ROUTES, node) as admin:
        await enter_voice(reviewer)
        yield reviewer, admin


def steps(frames: list[Any]) -> list[Any]:
    return [frame[4] for frame in frames if frame[3] == "chart_step"]


async def test_a_session_is_listed_and_followed_from_where_it_stands() -> None:
    async with watched() as (reviewer, admin):
        joined = (await admin.join(TOPIC))[4]["response"]
        (listed,) = joined["sessions"]
        assert listed["session"] == str(SESSION)
        assert "idle" in listed["states"]["voice"]
        followed = (await admin.ask("1", "2", TOPIC, "follow", {"session": str(SESSION)}))[4]["response"]
        assert followed["now"]["states"] == listed["states"]
        assert followed["now"]["taken"] == []
        reviewer.say("1", "a", VOICE, "voice_event", {"kind": "speech_start", "seq": 1, "at": 0})
        await reviewer.heard()
        told = steps(await admin.heard())
        assert [(step["chart"].partition(":")[0], step["event"]) for step in told] == [("reconnect", "event")]
        assert [id for id in told[0]["taken"] if id.startswith("voice:")] == ["voice:idle/speech_start/4"]
        assert all("payload" not in step for step in told)


async def test_nothing_is_told_of_a_session_that_is_not_followed_any_more() -> None:
    async with watched() as (reviewer, admin):
        await admin.join(TOPIC, follow=str(SESSION))
        assert (await admin.ask("1", "2", TOPIC, "follow", {"session": None}))[4]["response"] == {"now": None}
        reviewer.say("1", "a", VOICE, "voice_event", {"kind": "speech_start", "seq": 1, "at": 0})
        await reviewer.heard()
        assert await admin.heard() == []


async def test_who_comes_back_goes_on_following() -> None:
    async with watched() as (reviewer, admin):
        joined = (await admin.join(TOPIC, follow=str(SESSION)))[4]["response"]
        assert joined["now"]["session"] == str(SESSION)
        reviewer.say("1", "a", VOICE, "voice_event", {"kind": "speech_start", "seq": 1, "at": 0})
        await reviewer.heard()
        assert len(steps(await admin.heard())) == 1


async def test_whose_watching_ends_with_their_socket() -> None:
    async with open_node() as node, open_peer(ROUTES, node) as reviewer:
        await enter_voice(reviewer)
        async with open_peer(ROUTES, node) as admin:
            await admin.join(TOPIC, follow=str(SESSION))
            admin.transport.leave()
            await admin.ended.wait()
        assert node.roster.watchers._following == {}


async def test_a_session_that_is_not_here_is_not_found() -> None:
    async with open_node() as node, open_peer(ROUTES, node) as admin:
        assert (await admin.join(TOPIC))[4]["response"] == {"sessions": [], "now": None}
        answer = await admin.ask("1", "2", TOPIC, "follow", {"session": str(uuid4())})
        assert answer[4]["response"]["code"] == "not_found"


async def test_one_who_is_no_admin_any_more_is_refused() -> None:
    async with watched() as (_, admin):
        await admin.join(TOPIC)
        accounts = admin.node.accounts
        assert isinstance(accounts, FakeAccounts)
        accounts.admins.clear()
        answer = await admin.ask("1", "2", TOPIC, "follow", {"session": str(SESSION)})
        assert answer[4]["status"] == "error"


@pytest.mark.parametrize("topic", [TOPIC, "charts:no_such_chart"])
async def test_for_others_it_does_not_exist_and_a_chart_that_is_none_for_nobody(topic: str) -> None:
    async with open_node() as node, open_peer(ROUTES, node) as peer:
        accounts = node.accounts
        assert isinstance(accounts, FakeAccounts)
        if topic == TOPIC:
            accounts.admins.clear()
        assert await peer.join(topic) == error(None, "1", topic, unmatched_topic().as_response())
