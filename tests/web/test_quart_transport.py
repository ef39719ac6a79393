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
from lossy.web.quart_transport import QuartTransport
from lossy.web.transport import IDLE_S, OUTBOX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock


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
    with trio.fail_after(2 * IDLE_S):
        yield


async def taken(transport: QuartTransport) -> list[str | bytes]:
    """What is received until it is over, which the message "end" makes it."""
    frames: list[str | bytes] = []

    def take(frame: str | bytes) -> None:
        frames.append(frame)
        if frame == "end":
            transport.close(1001)

    await transport.serve(take)
    return frames


def fail() -> None:
    raise RuntimeError("a bug")


@pytest.fixture
async def websocket() -> Websocket:
    return Websocket()


async def test_frames_are_received_and_sent_in_order(websocket: Websocket) -> None:
    websocket.reading.set()
    async with QuartTransport.over(websocket) as transport:
        for frame in ("a", "b", "end"):
            websocket.arrive(frame)
        assert await taken(transport) == ["a", "b", "end"]
        for answer in ("1", b"2", "3"):
            transport.send(answer)
    assert websocket.sent == ["1", b"2", "3"]


async def test_what_a_message_has_to_wait_for_comes_before_the_next(websocket: Websocket) -> None:
    waited = trio.Event()
    done: list[str | bytes] = []

    async def wait(frame: str | bytes) -> None:
        await waited.wait()
        done.append(frame)

    async with QuartTransport.over(websocket) as transport, trio.open_nursery() as nursery:
        websocket.arrive("first")
        websocket.arrive("second")
        nursery.start_soon(transport.serve, lambda frame: wait(frame) if frame == "first" else done.append(frame))
        await trio.testing.wait_all_tasks_blocked()
        assert done == []
        waited.set()
        await trio.testing.wait_all_tasks_blocked()
        assert done == ["first", "second"]
        transport.close(1012)


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

        assert await taken(transport) == []
        assert await taken(transport) == []
        assert websocket.closed == []
    assert websocket.sent == ["last words"]
    assert websocket.closed == [1012]


async def test_a_close_while_nobody_receives_ends_the_next_receive(websocket: Websocket) -> None:
    async with QuartTransport.over(websocket) as transport:
        transport.close(1003)
        assert await taken(transport) == []
    assert websocket.closed == [1003]


async def test_silence_is_going_away(websocket: Websocket, autojump_clock: MockClock) -> None:
    async with QuartTransport.over(websocket) as transport:
        began = trio.current_time()
        websocket.arrive("still there")
        transport.send("what it is sent does not keep it")
        websocket.reading.set()
        assert await taken(transport) == ["still there"]
        assert trio.current_time() == began + IDLE_S
    assert websocket.closed == [1001]


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
        with trio.move_on_after(0.01):
            websocket.arrive("still listened to")
            await transport.serve(lambda frame: websocket.sent.append(frame))
        assert websocket.sent == ["still listened to"]
        websocket.sent.clear()
        transport.send("one too many")
        assert await taken(transport) == []
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
