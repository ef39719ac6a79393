"""A line: what is put on it leaves in one piece, and what its peer does not take is bounded."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio
from attrs import define, field
from trio.testing import MockClock, wait_all_tasks_blocked

from lossy.web import line as lines
from lossy.web.line import Line, Passes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SEND_S = 5.0
MOST, MOST_BYTES = 8, 100_000
FILLING = bytes(90_000)


@define(eq=False)
class Counting:
    """A socket that counts its sends."""

    socket: socket.socket
    sent: list[int] = field(factory=list)

    def send(self, data: bytes) -> int:
        sent = self.socket.send(data)
        self.sent.append(sent)
        return sent

    def __getattr__(self, name: str) -> object:
        return getattr(self.socket, name)


@define(eq=False)
class Ends:
    line: Line
    ours: Counting
    peer: trio.SocketStream

    async def fill(self) -> None:
        """Until the system takes no more."""
        while not self.line._blocked:
            assert self.line.put(FILLING)
            await wait_all_tasks_blocked()


@asynccontextmanager
async def open_ends(passes: Passes | None = None) -> AsyncIterator[Ends]:
    near, far = socket.socketpair()
    near.setblocking(False)
    ours, passes = Counting(near), passes or Passes(SEND_S)
    line = Line(ours, passes, MOST, MOST_BYTES)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery, trio.SocketStream(trio.socket.from_stdlib_socket(far)) as peer:
        await nursery.start(passes.run)
        yield Ends(line, ours, peer)
        line.cut()
        nursery.cancel_scope.cancel()


async def test_all_of_one_pass_leaves_in_one_piece() -> None:
    async with open_ends() as ends:
        for piece in (b"one", b"two", b"three"):
            assert ends.line.put(piece)
        assert ends.ours.sent == []
        await wait_all_tasks_blocked()
        assert ends.ours.sent == [11]
        assert await ends.peer.receive_some() == b"onetwothree"
        ends.line.put(b"more")
        await wait_all_tasks_blocked()
        assert ends.ours.sent == [11, 4]


async def test_each_pass_flushes_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there are more lines than are flushed at once, and others have their turn between them."""
    monkeypatch.setattr(lines, "FLUSHED", 2)
    passes = Passes(SEND_S)
    async with open_ends(passes) as first:
        pairs = [socket.socketpair() for _ in range(5)]
        others = [Line(near, passes, MOST, MOST_BYTES) for near, _ in pairs]
        for line in (first.line, *others):
            line.put(b"x")
        await wait_all_tasks_blocked()
        assert [far.recv(9) for _, far in pairs] == [b"x"] * 5
        for near, far in pairs:
            near.close()
            far.close()


async def test_what_the_system_does_not_take_goes_out_as_the_peer_reads() -> None:
    async with open_ends() as ends:
        await ends.fill()
        assert ends.line.put(b"the last")
        received = b""
        while not received.endswith(b"the last"):
            received += await ends.peer.receive_some()
        assert len(received) == sum(ends.ours.sent)
        await wait_all_tasks_blocked()
        assert ends.line._size == 0
        assert ends.line.put(b"again")
        assert await ends.peer.receive_some() == b"again"


@pytest.mark.parametrize("piece", [b"x", bytes(20_000)])
async def test_a_peer_that_does_not_read_fills_its_line(piece: bytes) -> None:
    async with open_ends() as ends:
        await ends.fill()
        waiting = ends.line._size
        put = 0
        while ends.line.put(piece):
            put += 1
            await wait_all_tasks_blocked()
        assert put == min(MOST - 1, (MOST_BYTES - waiting) // len(piece)), "what the system did not take is one more"
        assert sum(map(len, ends.line._waiting)) <= MOST_BYTES


async def test_more_than_fits_may_come_in_one_pass_where_the_peer_reads() -> None:
    async with open_ends() as ends:
        for _ in range(10 * MOST):
            assert ends.line.put(b"x")
        await wait_all_tasks_blocked()
        assert await ends.peer.receive_some(1_000) == b"x" * 10 * MOST


async def test_there_is_room_for_the_last_piece() -> None:
    async with open_ends() as ends:
        await ends.fill()
        while ends.line.put(b"x"):
            pass
        ends.line.put_last(b"bye")
        received = b""
        while not received.endswith(b"bye"):
            received += await ends.peer.receive_some()
        assert received.endswith(b"xbye")


async def test_a_peer_that_takes_nothing_for_the_deadline_is_cut(mock_clock: MockClock) -> None:
    async with open_ends() as ends:
        await ends.fill()
        cut = []
        for wait in (SEND_S - 1, 1):
            mock_clock.jump(wait)
            await wait_all_tasks_blocked()
            cut.append(ends.line.is_cut)
        assert cut == [False, True]
        assert ends.line._waiting == []


async def test_a_peer_that_takes_some_has_the_deadline_anew(mock_clock: MockClock) -> None:
    async with open_ends() as ends:
        await ends.fill()
        for _ in range(3):
            mock_clock.jump(SEND_S - 1)
            await ends.peer.receive_some(1_000_000)
            await wait_all_tasks_blocked()
            await ends.fill()
        assert not ends.line.is_cut


async def test_a_peer_that_is_gone_cuts_the_line() -> None:
    async with open_ends() as ends:
        lost: list[bool] = []
        ends.line.lost = lambda: lost.append(True)
        await ends.peer.aclose()
        assert ends.line.put(b"to nobody")
        await wait_all_tasks_blocked()
        assert ends.line.is_cut
        assert ends.line.read() == b""
        for _ in range(10 * MOST):
            ends.line.put(b"lost")
        assert len(ends.line._waiting) <= MOST
        ends.line.cut()
        assert lost == [True]


async def test_what_is_read() -> None:
    async with open_ends() as ends:
        assert ends.line.read() is None
        await ends.peer.send_all(b"hello")
        assert ends.line.read() == b"hello"
        await ends.peer.send_eof()
        assert ends.line.read() == b""


async def test_finishing_waits_for_what_waits_and_for_the_peer() -> None:
    async with open_ends() as ends:
        await ends.fill()
        finished = trio.Event()

        async def finish() -> None:
            await ends.line.finish()
            finished.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(finish)
            await ends.peer.send_all(b"nobody looks at this")
            total = 0
            while data := await ends.peer.receive_some():
                total += len(data)
            assert total == sum(ends.ours.sent)
            assert not finished.is_set()
            await ends.peer.aclose()
            await finished.wait()


async def test_finishing_ends_where_the_line_is_cut() -> None:
    async with open_ends() as ends:
        await ends.fill()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ends.line.finish)
            await wait_all_tasks_blocked()
            ends.line.cut()
