"""The transport on Quart's WebSocket: how it closes, and what a client that does not read costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing
from attrs import define, field
from structlog.testing import capture_logs

from lossy.web import quart_transport
from lossy.web.quart_transport import OUTBOX, QuartTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@define(eq=False)
class Websocket:
    """Quart's, as far as the transport looks. `reading` is whether the client reads what is sent."""

    reading: trio.Event = field(factory=trio.Event, init=False)
    sent: list[str | bytes] = field(factory=list, init=False)
    closed: list[int] = field(factory=list, init=False)
    _in: tuple[trio.MemorySendChannel[str], trio.MemoryReceiveChannel[str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._in = trio.open_memory_channel(math.inf)

    def arrive(self, frame: str) -> None:
        self._in[0].send_nowait(frame)

    async def receive(self) -> str:
        return await self._in[1].receive()

    async def send(self, frame: str | bytes) -> None:
        await self.reading.wait()
        self.sent.append(frame)

    async def close(self, code: int) -> None:
        await trio.lowlevel.checkpoint()
        self.closed.append(code)


@pytest.fixture(autouse=True)
async def deadline() -> AsyncIterator[None]:
    """What never closes fails its test."""
    with trio.fail_after(5):
        yield


def fail() -> None:
    raise RuntimeError("a bug")


@pytest.fixture
async def websocket() -> Websocket:
    return Websocket()


async def test_frames_are_received_and_sent_in_order(websocket: Websocket) -> None:
    websocket.reading.set()
    async with QuartTransport.over(websocket) as transport:
        websocket.arrive("a")
        websocket.arrive("b")
        assert [await transport.receive(), await transport.receive()] == ["a", "b"]
        for frame in ("1", b"2", "3"):
            transport.send(frame)
    assert websocket.sent == ["1", b"2", "3"]


async def test_an_end_without_a_word_is_going_away_and_never_1000(websocket: Websocket) -> None:
    async with QuartTransport.over(websocket):
        pass
    assert websocket.closed == [1001]


async def test_a_close_ends_receive_and_comes_after_what_is_in_the_outbox(websocket: Websocket) -> None:
    websocket.reading.set()
    async with trio.open_nursery() as nursery, QuartTransport.over(websocket) as transport:

        @nursery.start_soon
        async def close() -> None:
            await trio.testing.wait_all_tasks_blocked()
            transport.send("last words")
            transport.close(1012)
            transport.close(1001)

        assert await transport.receive() is None
        assert await transport.receive() is None
        assert websocket.closed == []
    assert websocket.sent == ["last words"]
    assert websocket.closed == [1012]


async def test_a_close_while_nobody_receives_ends_the_next_receive(websocket: Websocket) -> None:
    async with QuartTransport.over(websocket) as transport:
        transport.close(1003)
        assert await transport.receive() is None
    assert websocket.closed == [1003]


async def test_our_fault_is_1011(websocket: Websocket) -> None:
    with capture_logs() as logs:
        await fail_over(websocket)
    assert websocket.sent == ["before"]
    assert websocket.closed == [1011]
    assert [entry["event"] for entry in logs] == ["socket failed"]


async def fail_over(websocket: Websocket) -> None:
    async with QuartTransport.over(websocket) as transport:
        transport.send("before")
        websocket.reading.set()
        fail()


async def test_our_fault_in_a_task_beside_is_1011_too(websocket: Websocket) -> None:
    with capture_logs():
        async with QuartTransport.over(websocket), trio.open_nursery():
            fail()
    assert websocket.closed == [1011]


async def test_a_client_that_does_not_read_is_closed_when_the_outbox_is_full(websocket: Websocket) -> None:
    """The frame that is being sent is not in the outbox any more, hence one more."""
    async with QuartTransport.over(websocket) as transport:
        transport.send("first")
        await trio.testing.wait_all_tasks_blocked()
        for n in range(OUTBOX):
            transport.send(str(n))
        websocket.arrive("still listened to")
        assert await transport.receive() == "still listened to"
        transport.send("one too many")
        assert await transport.receive() is None
        websocket.reading.set()
    assert websocket.closed == [1013]
    assert websocket.sent == ["first", *map(str, range(OUTBOX))]


async def test_a_client_that_does_not_read_is_closed_when_what_waits_for_it_is_too_large(
    websocket: Websocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quart_transport, "OUTBOX_SIZE", 10)
    async with QuartTransport.over(websocket) as transport:
        for frame in ("first", "other", "x"):
            transport.send(frame)
        websocket.reading.set()
    assert (websocket.sent, websocket.closed) == (["first", "other"], [1013])


async def test_what_was_sent_makes_room_again(websocket: Websocket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quart_transport, "OUTBOX_SIZE", 10)
    websocket.reading.set()
    async with QuartTransport.over(websocket) as transport:
        for _ in range(3):
            transport.send("first and ")
            await trio.testing.wait_all_tasks_blocked()
    assert (len(websocket.sent), websocket.closed) == (3, [1001])


async def test_a_reply_after_the_end_is_dropped(websocket: Websocket) -> None:
    websocket.reading.set()
    async with QuartTransport.over(websocket) as transport:
        pass
    transport.send("too late")
    assert websocket.sent == []
