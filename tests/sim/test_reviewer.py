"""A reviewer's device keeps what was said until the server has it, whatever happens to the server meanwhile."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import trio
from attrs import define, field
from structlog.testing import capture_logs
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from lossy.channels.errors import rate_limited
from lossy.channels.wire import JOIN, V2, Message, Push, Reply
from lossy.sessions.roster import Roster
from lossy.settings import Database, Server, Settings
from lossy.sim.account import Account, SignInFailed
from lossy.sim.client import Refused
from lossy.sim.kept import CRITICAL
from lossy.sim.reviewer import QUEUED, Reviewer
from lossy.store.pool import StoreUnavailable
from tests.web.restarting import RestartingServer, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from trio.testing import MockClock

    from lossy.sessions.session import Session
    from lossy.sim.kept import Said

VIDEO = {"url": "https://example.com/cut.mp4", "title": "cut", "rate": "25"}
VIDEO_ID = UUID(int=5)
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

    async def wait_for_ever(*_: object) -> None:
        joining.set()
        await trio.sleep_forever()

    monkeypatch.setattr(server.app.node.library.store, "see", wait_for_ever)
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
    [("accounts", "signed_in"), ("accounts", "is_welcome"), ("library.store", "see"), ("notes", "first_page")],
)
async def test_a_database_that_is_away_for_a_moment_is_waited_for(
    server: RestartingServer, monkeypatch: pytest.MonkeyPatch, part: str, method: str
) -> None:
    failing = Failing(monkeypatch, attrgetter(part)(server.app.node), method, times=2)
    async with reviewing(server) as reviewer:
        await assert_each_is_a_note_once(server, await speak_all(reviewer))
    assert failing.left == 0


@pytest.mark.integration
async def test_a_session_that_fails_is_joined_again(server: RestartingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reviewing(server) as reviewer:
        await (await speak(reviewer, 0)).settled.wait()
        failing = Failing(monkeypatch, server.app.node.roster.ledger, "commit_together", times=1)
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
    for _ in range(QUEUED):
        await reviewer.say("transcript_final", {})
    with trio.move_on_after(1) as waiting:
        await reviewer.say("transcript_final", {})
    assert waiting.cancelled_caught


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


# -- the protocol, with a server that does as it is told ------------------------------------------------------------


class Steady(Account):
    """Somebody who is let in, at a server that is always up."""

    async def token(self, device_id: UUID) -> str:
        await trio.lowlevel.checkpoint()
        return "a token"

    async def is_up(self) -> bool:
        await trio.lowlevel.checkpoint()
        return True


@define(eq=False)
class Told:
    """A server of one device: each join of its session gets the next of `joins`, and what it hears is kept."""

    joins: list[dict[str, Any]]
    joined: list[Mapping[str, Any]] = field(factory=list)
    heard: list[tuple[str, Mapping[str, Any]]] = field(factory=list)
    refusals: list[dict[str, Any]] = field(factory=list)  # for the next events
    sockets: list[WebSocketConnection] = field(factory=list)

    async def accept(self, request: WebSocketRequest) -> None:
        websocket = await request.accept()
        self.sockets.append(websocket)
        with suppress(ConnectionClosed):
            while True:
                await self._take(websocket, V2().decode(await websocket.get_message()))

    async def _take(self, websocket: WebSocketConnection, message: Message) -> None:
        payload = message.payload
        assert isinstance(payload, Mapping)
        if message.event == JOIN and message.topic.startswith("voice:"):
            self.joined.append(payload)
            number = min(len(self.joined), len(self.joins)) - 1
            return await self._reply(websocket, message, self._join(self.joins[number]))
        if message.topic.startswith("voice:"):
            self.heard.append((message.event, payload))
            if message.event == "ack":
                return
            if self.refusals:
                return await self._reply(websocket, message, self.refusals.pop(0), "error")
        told = {"video_id": str(VIDEO_ID), "notes": [], "deleted": [], "version": "1:1:"}
        answer = {"accepted_through": payload["seq"]} if "seq" in payload else told
        if message.event == "skipped":
            answer = {"accepted_through": payload["to"]}
        await self._reply(websocket, message, answer)

    def _join(self, told: dict[str, Any]) -> dict[str, Any]:
        usual = {"session": {"active": ["idle"]}, "accepted_through": 0, "push_epoch": 1, "push_seq": 0}
        return {**usual, "pushes": None, "reset": None, "heartbeat_ms": 20_000, **told}

    async def _reply(
        self, websocket: WebSocketConnection, to: Message, response: Mapping[str, Any], status: str = "ok"
    ) -> None:
        await websocket.send_message(V2().encode(Reply(to.join_ref, to.ref, to.topic, status, response)))

    async def push(self, reviewer: Reviewer, event: str, payload: Mapping[str, Any]) -> None:
        await self.sockets[-1].send_message(V2().encode(Push("1", f"voice:{reviewer.session_id}", event, payload)))

    def numbers(self) -> list[int]:
        return [payload["seq"] for _, payload in self.heard if "seq" in payload]


@asynccontextmanager
async def told(*joins: dict[str, Any], before: int = 0) -> AsyncIterator[tuple[Told, Reviewer]]:
    """A device that has heard `before` events when it joins for the first time."""
    server = Told([*joins])
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            listening = await nursery.start(partial(serve_websocket, server.accept, "127.0.0.1", 0, None))
            account = Steady(f"http://127.0.0.1:{listening.port}")
            reviewer = Reviewer(account, uuid4(), uuid4(), VIDEO, now_ms)
            for _ in range(before):
                await reviewer.hear("speech_start", 5)
            nursery.start_soon(reviewer.run)
            yield server, reviewer
            nursery.cancel_scope.cancel()


async def until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 (there are many things to wait for)
        await trio.sleep(0.005)


@pytest.mark.integration
async def test_a_device_says_what_it_knows_when_it_joins() -> None:
    async with told({"push_seq": 4}, before=2) as (server, reviewer):
        await until(lambda: not reviewer.kept.unsettled)
        await reviewer.hear("speech_end", 77)
        await until(lambda: not reviewer.kept.unsettled)
        await server.sockets[0].aclose(1012)
        await until(lambda: len(server.joined) == 2)
    first, second = (dict(joined["last_known_state"]) for joined in server.joined)
    about = {"session_id": str(reviewer.session_id)}
    assert first == {**about, "seq": 2, "first_seq": 1, "accepted_through": 0}
    assert second == {**about, "seq": 3, "accepted_through": 3, "state": "idle"}
    assert (server.joined[1]["last_push_seq"], server.joined[1]["push_epoch"]) == (4, 1)


@pytest.mark.integration
async def test_what_was_dropped_is_announced_before_the_rest() -> None:
    async with told({}, before=CRITICAL + 3) as (server, reviewer):
        await until(lambda: not reviewer.kept.unsettled)
    assert server.joined[0]["last_known_state"]["first_seq"] == 1
    assert server.heard[0] == ("skipped", {"from": 1, "to": 3})
    assert server.numbers() == [*range(4, CRITICAL + 4)]


@pytest.mark.integration
async def test_a_reset_is_answered_before_the_events_and_they_are_numbered_anew() -> None:
    async with told({"reset": 4, "accepted_through": 9}, before=2) as (server, reviewer):
        await until(lambda: not reviewer.kept.unsettled)
    assert server.heard[0] == ("ack", {"reset": 4, "last_seq": 11})
    assert server.numbers() == [10, 11]
    assert reviewer.resets == 1


@pytest.mark.integration
async def test_a_reset_in_the_middle_is_answered_too() -> None:
    async with told({}, before=1) as (server, reviewer):
        await until(lambda: not reviewer.kept.unsettled)
        picture = {"reset": 1, "accepted_through": 5, "session": {}, "push_epoch": 1, "push_seq": 8}
        await server.push(reviewer, "reset_session", picture)
        await until(lambda: reviewer.resets)
        await reviewer.hear("speech_end", 6)
        await until(lambda: not reviewer.kept.unsettled)
    assert server.heard[1] == ("ack", {"reset": 1, "last_seq": 5})
    assert server.numbers() == [1, 6]
    assert reviewer.seen.last == 8


@pytest.mark.integration
async def test_after_a_gap_events_go_again_from_the_one_that_is_missing() -> None:
    async with told({"accepted_through": 0}) as (server, reviewer):
        await until(lambda: reviewer.connections)
        server.refusals = [{"code": "gap", "message": "", "expected": 1}] * 3
        for _ in range(3):
            await reviewer.hear("speech_start", 5)
        await until(lambda: not reviewer.kept.unsettled)
    assert server.numbers() == [1, 2, 3, 1, 2, 3]
    assert reviewer.connections == 1


@pytest.mark.integration
async def test_a_server_without_room_gets_all_of_it_again_later() -> None:
    async with told({}) as (server, reviewer):
        await until(lambda: reviewer.connections)
        server.refusals = [{"code": "rate_limited", "message": "", "retry_after_ms": 200}]
        began = trio.current_time()
        await reviewer.hear("speech_start", 5)
        await until(lambda: not reviewer.kept.unsettled)
    assert server.numbers() == [1, 1]
    assert trio.current_time() - began >= 0.2


@pytest.mark.integration
async def test_a_missing_push_is_noticed_and_asked_for() -> None:
    async with told({}, {"pushes": [], "push_seq": 0}) as (server, reviewer):
        await until(lambda: reviewer.connections)
        await server.push(reviewer, "voice_status", {"push_epoch": 1, "push_seq": 2})
        await until(lambda: len(server.joined) == 2)
    assert [str(hole) for hole in reviewer.holes] == ["push 1.2 came after 1.0"]
    assert server.joined[1]["last_push_seq"] == 0


@pytest.mark.integration
async def test_what_was_pushed_meanwhile_is_passed_on_once_and_in_order() -> None:
    payloads = [{"push_epoch": 1, "push_seq": number} for number in (1, 2)]
    pushes = [{"event": "remark", "payload": payload} for payload in payloads]
    async with told({}, {"pushes": pushes, "push_seq": 2}) as (server, reviewer):
        await until(lambda: reviewer.connections)
        await server.push(reviewer, "remark", payloads[0])
        await reviewer.pushes.receive()
        await server.sockets[0].aclose(1012)
        assert (await reviewer.pushes.receive()).payload["push_seq"] == 2
    assert (reviewer.seen.repeats, reviewer.holes) == (1, [])


@pytest.mark.integration
@pytest.mark.parametrize("end", ["phx_error", "phx_close"])
async def test_a_channel_that_ends_is_joined_again(end: str) -> None:
    async with told({}) as (server, reviewer):
        await until(lambda: reviewer.connections)
        await server.push(reviewer, end, {})
        await until(lambda: len(server.joined) == 2)


@pytest.mark.integration
async def test_a_click_whose_answer_is_lost_is_not_made_again() -> None:
    async with told({}) as (server, reviewer):
        await until(lambda: reviewer.connections)
        server.refusals = [{"code": "internal", "message": "", "id": "1"}]
        undo = await reviewer.say("command", {"name": "undo", "at": 5})
        await undo.settled.wait()
    assert undo.answer is None
    assert [event for event, _ in server.heard] == ["command"]
