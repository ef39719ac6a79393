"""Our own WebSocket over a pair of sockets: what its handler is given, how it closes, and who is let go."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trio
from attrs import define, field
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason

from lossy.channels.frames import Shared
from lossy.channels.wire import Frame
from lossy.web import poller
from lossy.web import websocket as loop
from lossy.web.line import Line, Passes
from lossy.web.transport import IDLE_S
from lossy.web.websocket import LINGER_S, SWEEP_S, WebSocket, WebSockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LIMIT = 1_000
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


@define(eq=False)
class Client:
    """wsproto's, which reads when the test says so. `received` is what it got, a close as its code."""

    stream: trio.SocketStream
    received: list[Any] = field(factory=list)
    _protocol: Connection = field(factory=lambda: Connection(ConnectionType.CLIENT))

    async def say(self, *messages: Frame | Ping | CloseConnection) -> None:
        """All in one piece."""
        await self.stream.send_all(b"".join(self._protocol.send(_event(message)) for message in messages))

    async def read(self, count: int) -> list[Any]:
        """The next of what it gets; fewer where the server ends it."""
        while len(self.received) < count:
            data = await self.stream.receive_some()
            if not data:
                break
            self._protocol.receive_data(data)
            for event in self._protocol.events():
                match event:
                    case TextMessage(message) | BytesMessage(message):
                        self.received.append(message)
                    case Pong(payload):
                        self.received.append(("pong", bytes(payload)))
                    case CloseConnection(code):
                        self.received.append(int(code))
        read, self.received[:count] = self.received[:count], []
        return read


def _event(message: Frame | Ping | CloseConnection) -> Any:
    match message:
        case str():
            return TextMessage(message)
        case bytes():
            return BytesMessage(message)
        case _:
            return message


@define(eq=False)
class Handler:
    """Echoes what it is sent, and keeps it. "wait" is answered later, "fail" and "fail later" not at all."""

    websocket: WebSocket = field(init=False)
    taken: list[Frame] = field(factory=list)
    ended: trio.Event = field(factory=trio.Event)
    go_on: trio.Event = field(factory=trio.Event)  # with what is waited for

    async def echo(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        try:
            await websocket.serve(self._take)
        finally:
            self.ended.set()

    def _take(self, frame: Frame) -> Awaitable[None] | None:
        self.taken.append(frame)
        if frame == "fail":
            raise RuntimeError("a bug")
        if frame in ("wait", "fail later"):
            return self._wait(frame)
        self.websocket.send(frame)
        return None

    async def _wait(self, frame: Frame) -> None:
        await self.go_on.wait()
        if frame == "fail later":
            raise RuntimeError("a bug")
        self.websocket.send(frame)


@asynccontextmanager
async def open_client(
    handle: Callable[[WebSocket], Awaitable[None]], unread: bytes = b""
) -> AsyncIterator[tuple[Client, WebSockets]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    websockets = WebSockets(LIMIT, Passes(5))
    async with trio.open_nursery() as nursery, trio.SocketStream(trio.socket.from_stdlib_socket(far)) as stream:
        await nursery.start(websockets.run)
        async with trio.open_nursery() as serving:
            serving.start_soon(websockets.serve, websockets.begin(near, ANSWER, unread), handle)
            assert await stream.receive_some(len(ANSWER)) == ANSWER
            await wait_all_tasks_blocked()
            yield Client(stream), websockets
            serving.cancel_scope.cancel()
        assert websockets.open == set()
        assert near.fileno() == -1
        nursery.cancel_scope.cancel()


@pytest.fixture
def handler() -> Handler:
    return Handler()


# -- messages -------------------------------------------------------------------------------------------------------


async def test_messages_are_received_and_sent_in_order(handler: Handler) -> None:
    async with open_client(handler.echo) as (client, _):
        await client.say("a", b"\0\xff", "")
        assert await client.read(3) == ["a", b"\0\xff", ""]
        assert handler.taken == ["a", b"\0\xff", ""]


async def test_what_a_message_has_to_wait_for_comes_before_the_next(handler: Handler) -> None:
    """Also before what is sent meanwhile; and what others send to the client does not wait with it."""
    async with open_client(handler.echo) as (client, _):
        await client.say("before", "wait", "wait", "after")
        assert await client.read(1) == ["before"]
        await client.say("sent meanwhile")
        handler.websocket.send("a push")
        assert await client.read(1) == ["a push"]
        assert handler.taken == ["before", "wait"]
        handler.go_on.set()
        assert await client.read(4) == ["wait", "wait", "after", "sent meanwhile"]
        await client.say("and on")
        assert await client.read(1) == ["and on"]


async def test_the_answers_to_what_came_together_leave_together(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends, send = [], Line._send

    def counted(line: Line) -> bool:
        sends.append(line)
        return send(line)

    monkeypatch.setattr(Line, "_send", counted)
    async with open_client(handler.echo) as (client, _):
        sends.clear()
        await client.say("a", "b", "c")
        assert await client.read(3) == ["a", "b", "c"]
        assert len(sends) == 1


async def test_many_that_talk_at_once_are_all_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "AT_ONCE", 2)
    async with AsyncExitStack() as stack:
        clients = [(await stack.enter_async_context(open_client(Handler().echo)))[0] for _ in range(5)]
        for client in clients:
            await client.say("hello")
        for client in clients:
            assert await client.read(1) == ["hello"]


async def test_what_came_with_the_request_is_the_first_message(handler: Handler) -> None:
    hello = bytes(Connection(ConnectionType.CLIENT).send(TextMessage("hello")))
    async with open_client(handler.echo, hello + hello[:3]) as (client, _):
        assert await client.read(1) == ["hello"]
        await client.stream.send_all(hello[3:])
        assert await client.read(1) == ["hello"]


async def test_a_ping_is_answered_and_nobody_hears_of_it(handler: Handler) -> None:
    async with open_client(handler.echo) as (client, _):
        await client.say(Ping(b"there?"))
        assert await client.read(1) == [("pong", b"there?")]
        assert handler.taken == []


async def test_what_many_are_sent_is_encoded_once(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_client(handler.echo) as (client, _):
        shared = Shared("to all")
        assert shared.encoded is shared.encoded
        handler.websocket.share(shared)
        handler.websocket.share(shared)
        assert await client.read(2) == ["to all", "to all"]


# -- the end --------------------------------------------------------------------------------------------------------


async def test_a_close_comes_after_what_is_in_the_outbox_and_the_first_counts(handler: Handler) -> None:
    async with open_client(handler.echo) as (client, _):
        handler.websocket.send("last words")
        handler.websocket.close(1012)
        handler.websocket.close(1001)
        handler.websocket.send("too late")
        assert await client.read(9) == ["last words", 1012]
        assert handler.ended.is_set()


async def test_the_end_of_its_handler_is_going_away_and_never_1000() -> None:
    async def leave(websocket: WebSocket) -> None:
        await trio.lowlevel.checkpoint()

    async with open_client(leave) as (client, _):
        assert await client.read(9) == [1001]


@pytest.mark.parametrize("fault", ["fail", "fail later"])
async def test_our_fault_is_1011(handler: Handler, fault: str) -> None:
    handler.go_on.set()
    with capture_logs() as logs:
        async with open_client(handler.echo) as (client, _):
            await client.say("before", fault, "after")
            assert await client.read(9) == ["before", 1011]
            assert handler.taken == ["before", fault]
    assert [entry["event"] for entry in logs] == ["socket failed"]


@pytest.mark.parametrize(("code", "answered"), [(1000, 1000), (4321, 4321), (CloseReason.NO_STATUS_RCVD, 1005)])
async def test_a_close_is_answered_with_its_code_after_the_answers(handler: Handler, code: int, answered: int) -> None:
    async with open_client(handler.echo) as (client, _):
        handler.go_on.set()
        await client.say("wait", CloseConnection(code))
        assert await client.read(9) == ["wait", answered]


async def test_a_close_waits_for_what_is_being_done(handler: Handler) -> None:
    async with open_client(handler.echo) as (client, _):
        await client.say("wait", "after")
        await wait_all_tasks_blocked()
        handler.websocket.close(1012)
        await wait_all_tasks_blocked()
        assert not handler.ended.is_set()
        handler.go_on.set()
        assert await client.read(9) == [1012]
        assert handler.taken == ["wait"]


async def test_a_client_that_is_cut_while_it_is_listened_to(handler: Handler) -> None:
    async with open_client(handler.echo):
        handler.websocket._line.cut()
        await handler.ended.wait()


async def test_a_client_that_leaves_without_a_word(handler: Handler) -> None:
    async with open_client(handler.echo) as (client, websockets):
        await client.stream.aclose()
        await wait_all_tasks_blocked()
        assert handler.ended.is_set()
        assert websockets.open == set()


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (b"\xc1\x80" + bytes(4), 1002),
        (b"\x81\x00", 1002),
        (b"\x81\x81\0\0\0\0\xff", 1007),
        (b"\x82\xfe\x03\xe9" + bytes(4), 1009),
    ],
)
async def test_what_is_forbidden_closes_the_socket_after_the_answers(
    handler: Handler, frames: bytes, code: int
) -> None:
    before = bytes(Connection(ConnectionType.CLIENT).send(TextMessage("before")))
    with capture_logs() as logs:
        async with open_client(handler.echo) as (client, _):
            await client.stream.send_all(before + frames + before)
            assert await client.read(9) == ["before", code]
            assert handler.ended.is_set()
    assert [entry["event"] for entry in logs] == ["undecodable frame"]


async def test_a_closed_socket_waits_for_its_client_no_longer_than_it_lingers(
    handler: Handler, mock_clock: MockClock
) -> None:
    async with open_client(handler.echo) as (_, websockets):
        await wait_all_tasks_blocked()
        handler.websocket.close(1012)
        await wait_all_tasks_blocked()
        assert handler.ended.is_set()
        assert len(websockets.open) == 1, "the client may still be reading"
        mock_clock.jump(LINGER_S)
        await wait_all_tasks_blocked()
        assert websockets.open == set()


# -- who is let go --------------------------------------------------------------------------------------------------


async def test_silence_is_1001_at_the_next_sweep(handler: Handler, mock_clock: MockClock) -> None:
    async with open_client(handler.echo) as (client, _):
        await pass_time(mock_clock, IDLE_S - 2)
        await client.say("still there")
        await wait_all_tasks_blocked()
        await pass_time(mock_clock, IDLE_S - 2)
        assert not handler.ended.is_set()
        await pass_time(mock_clock, 3 * SWEEP_S)
        assert await client.read(9) == ["still there", 1001]


async def test_what_it_is_sent_does_not_keep_a_silent_client(handler: Handler, mock_clock: MockClock) -> None:
    async with open_client(handler.echo) as (client, _):
        for _ in range(int(IDLE_S) + 1):
            handler.websocket.send("x")
            await pass_time(mock_clock, 1)
        assert (await client.read(100))[-1] == 1001


async def pass_time(clock: MockClock, seconds: float) -> None:
    """Second by second, because a real socket is no reason for the clock to stop."""
    for _ in range(int(seconds)):
        clock.jump(1)
        await wait_all_tasks_blocked()


async def test_a_client_that_does_not_read_is_closed_when_its_outbox_is_full(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "OUTBOX", 4)
    async with open_client(handler.echo) as (client, _):
        while not handler.ended.is_set():
            handler.websocket.send("x" * 50_000)
            await wait_all_tasks_blocked()
        *sent, code = await client.read(1_000_000)
        assert code == 1013
        assert len("".join(sent)) % 50_000 == 0, "whole messages"


async def test_a_subscriber_that_does_not_read_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have all of it meanwhile; what is kept for the slow one is bounded, and it is closed with 1013."""
    monkeypatch.setattr(loop, "OUTBOX_SIZE", 300_000)
    slow, quick = Handler(), Handler()
    async with open_client(slow.echo) as (deaf, _), open_client(quick.echo) as (client, _):
        for number in range(200):
            shared = Shared(f"{number}:" + "x" * 20_000)
            for handler in (slow, quick):
                handler.websocket.share(shared)
            assert await client.read(1) == [shared.message]
            assert slow.websocket._line._size <= 300_000
        assert slow.ended.is_set()
        assert (await deaf.read(1_000))[-1] == 1013
        assert not quick.ended.is_set()
