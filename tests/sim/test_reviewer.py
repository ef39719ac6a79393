"""A reviewer's device keeps what was said until the server has it, whatever happens to the server meanwhile."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import trio
from structlog.testing import capture_logs

from lossy.channels.errors import rate_limited
from lossy.sessions.roster import Roster
from lossy.settings import Database, Server, Settings
from lossy.sim.account import Account, SignInFailed
from lossy.sim.client import Refused
from lossy.sim.reviewer import UNACKNOWLEDGED, Reviewer, Said
from lossy.store.pool import StoreUnavailable
from tests.web.restarting import RestartingServer, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from trio.testing import MockClock

    from lossy.sessions.session import Session

VIDEO = {"url": "https://example.com/cut.mp4", "title": "cut", "rate": "25"}
REMARKS = 5


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def make_reviewer(url: str = "http://127.0.0.1:1") -> Reviewer:
    return Reviewer(Account(url), uuid4(), uuid4(), VIDEO, now_ms)


@pytest.fixture
async def server(database: str, tmp_path: Path) -> AsyncIterator[RestartingServer]:
    server = Server(port=0, secret="the secret of a test, the same over restarts", drain_s=1)
    with capture_logs(), trio.fail_after(60):
        async with open_server(Settings(server=server, database=Database(url=database, data=tmp_path))) as restarting:
            yield restarting


@asynccontextmanager
async def reviewing(server: RestartingServer) -> AsyncIterator[Reviewer]:
    """Signed in, and running."""
    reviewer = make_reviewer(server.app.url)
    await reviewer.account.sign_in(await server.app.sign_in_url())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reviewer.run)
        yield reviewer
        nursery.cancel_scope.cancel()


async def speak(reviewer: Reviewer, number: int) -> Said:
    """One remark; returns what is settled when it is a note."""
    at = now_ms() - 60_000 + 5000 * number
    if number == 0:
        await reviewer.say("command", {"name": "start", "at": at - 1000})
    start = await reviewer.hear("speech_start", at, media_ms=1000 * number)
    await reviewer.hear("speech_end", at + 2000)
    remark = {"id": str(uuid4()), "text": f"The logo is too dark, take {number}.", "at": at}
    times = {"media_ms": 1000 * number, "duration_ms": 2000, "segment": start.payload["seq"]}
    return await reviewer.say("transcript_final", {**remark, **times})


async def speak_all(reviewer: Reviewer) -> list[Said]:
    return [await speak(reviewer, number) for number in range(REMARKS)]


async def assert_each_is_a_note_once(server: RestartingServer, said: list[Said]) -> None:
    for one in said:
        await one.settled.wait()
        assert isinstance(one.answer, dict)
    async with server.app.node.pool.lend() as connection:
        cursor = await connection.execute("SELECT id::text, transcript FROM notes ORDER BY frame_in")
        notes = await cursor.fetchall()
        cursor = await connection.execute("SELECT seq FROM journal WHERE seq IS NOT NULL ORDER BY n")
        numbers = [row[0] for row in await cursor.fetchall()]
    assert notes == [(answer_of(one)["note_id"], one.payload["text"]) for one in said]
    assert numbers == [*range(1, 2 * len(said) + 1)]


def answer_of(said: Said) -> Any:
    return said.answer


# -- breaks ---------------------------------------------------------------------------------------------------------


@pytest.mark.integration
async def test_what_is_said_before_there_is_a_server_arrives_in_order(server: RestartingServer) -> None:
    async with reviewing(server) as reviewer:
        await server.stop()
        said = await speak_all(reviewer)
        await server.start()
        await assert_each_is_a_note_once(server, said)


@pytest.mark.integration
@pytest.mark.parametrize("end", ["stop", "cut"])
async def test_restarts_in_the_middle_lose_nothing_and_repeat_nothing(server: RestartingServer, end: str) -> None:
    async with reviewing(server) as reviewer:
        said = []
        for number in range(REMARKS):
            said.append(await speak(reviewer, number))
            await said[number - 1].settled.wait() if number else None
            await getattr(server, end)()
            await server.start()
        await assert_each_is_a_note_once(server, said)
        assert reviewer.connections > 1


@pytest.mark.integration
async def test_sockets_closed_by_the_server_are_opened_again(server: RestartingServer) -> None:
    async with reviewing(server) as reviewer:
        said = [await speak(reviewer, 0)]
        await said[0].settled.wait()
        for number, code in enumerate((1001, 1011, 1012, 1013), 1):
            (socket,) = server.app.node.sockets
            said.append(await speak(reviewer, number))
            socket.close(code)
            await said[number].settled.wait()
        await assert_each_is_a_note_once(server, said)


@pytest.mark.integration
async def test_a_server_that_dies_during_the_join_is_joined_again(
    server: RestartingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    joining = trio.Event()

    async def wait_for_ever(_: object) -> None:
        joining.set()
        await trio.sleep_forever()

    monkeypatch.setattr(server.app.node.videos, "detect", wait_for_ever)
    async with reviewing(server) as reviewer:
        said = await speak_all(reviewer)
        await joining.wait()
        await server.cut()
        await server.start()
        await assert_each_is_a_note_once(server, said)


# -- a server that is up, and fails ---------------------------------------------------------------------------------


class Failing:
    """In the place of a method: the first calls find the database away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, times: int) -> None:
        self.left = times
        self.method = getattr(owner, name)
        monkeypatch.setattr(owner, name, self)

    async def __call__(self, *arguments: object) -> Any:
        if self.left:
            self.left -= 1
            raise StoreUnavailable("away")
        return await self.method(*arguments)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("part", "method"),
    [("accounts", "signed_in"), ("accounts", "is_welcome"), ("videos", "detect"), ("notes", "first_page")],
)
async def test_a_database_that_is_away_for_a_moment_is_waited_for(
    server: RestartingServer, monkeypatch: pytest.MonkeyPatch, part: str, method: str
) -> None:
    failing = Failing(monkeypatch, getattr(server.app.node, part), method, times=2)
    async with reviewing(server) as reviewer:
        await assert_each_is_a_note_once(server, await speak_all(reviewer))
    assert failing.left == 0


@pytest.mark.integration
async def test_a_session_that_fails_is_joined_again(server: RestartingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reviewing(server) as reviewer:
        await (await speak(reviewer, 0)).settled.wait()
        failing = Failing(monkeypatch, server.app.node.roster.ledger, "commit", times=1)
        said = await speak(reviewer, 1)
        await said.settled.wait()
        assert failing.left == 0
        assert "note_id" in answer_of(said)


# -- who is not let in ----------------------------------------------------------------------------------------------


@pytest.mark.integration
async def test_who_is_not_signed_in_is_told(server: RestartingServer) -> None:
    with pytest.raises(SignInFailed, match=r"Sign in first\."):
        await make_reviewer(server.app.url).run()


@pytest.mark.integration
async def test_a_session_that_has_ended_is_told(server: RestartingServer) -> None:
    async with reviewing(server) as reviewer:
        await (await speak(reviewer, 0)).settled.wait()
        closed = await reviewer.say("command", {"name": "close", "at": now_ms()})
        await closed.settled.wait()
    with pytest.RaisesGroup(Refused, flatten_subgroups=True):
        await reviewer.run()


# -- bounds ---------------------------------------------------------------------------------------------------------


async def test_who_says_more_than_a_device_can_keep_waits(autojump_clock: MockClock) -> None:
    reviewer = make_reviewer()
    for _ in range(UNACKNOWLEDGED):
        await reviewer.say("voice_event", {})
    with trio.move_on_after(1) as waiting:
        await reviewer.say("voice_event", {})
    assert waiting.cancelled_caught


async def test_critical_events_are_numbered_without_holes(autojump_clock: MockClock) -> None:
    reviewer = make_reviewer()
    said = [await reviewer.hear("speech_start", 5) for _ in range(3)]
    await reviewer.say("command", {"name": "start", "at": 5})
    said.append(await reviewer.hear("speech_end", 6, probability=0.5))
    assert [one.payload["seq"] for one in said] == [1, 2, 3, 4]
    assert reviewer.seq == 4


@pytest.mark.integration
async def test_a_server_without_room_is_asked_again_when_it_says(
    server: RestartingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    open_session = Roster.open

    async def open_later(*arguments: Any) -> Session:
        asked.append(trio.current_time())
        if len(asked) == 1:
            raise rate_limited(300)
        return await open_session(*arguments)

    monkeypatch.setattr(Roster, "open", open_later)
    async with reviewing(server) as reviewer:
        await assert_each_is_a_note_once(server, await speak_all(reviewer))
    assert asked[1] - asked[0] >= 0.3
