"""How the sockets of a server that stops are closed. In virtual time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import trio

from lossy.web.drain import APART_S, BATCH, close_sockets
from tests.web.peers import MemoryTransport

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_sockets_are_closed_in_batches_with_1012(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    sockets = [MemoryTransport() for _ in range(2 * BATCH + 1)]
    began = trio.current_time()
    nursery.start_soon(partial(close_sockets, {*sockets}, within_s=1))
    for batch in range(3):
        await trio.sleep_until(began + (batch + 0.5) * APART_S)
        closed = [socket for socket in sockets if socket.closed is not None]
        assert len(closed) == min((batch + 1) * BATCH, len(sockets))
    assert {socket.closed for socket in sockets} == {1012}


async def test_all_that_a_server_takes_are_gone_within_the_time(autojump_clock: MockClock) -> None:
    for within_s in (1.0, 0.3, 0.0):
        began, sockets = trio.current_time(), {MemoryTransport() for _ in range(20_000)}
        await close_sockets(sockets, within_s=within_s)
        assert trio.current_time() - began <= within_s
        assert all(socket.closed == 1012 for socket in sockets)


async def test_none_are_closed_at_once(autojump_clock: MockClock) -> None:
    began = trio.current_time()
    await close_sockets(set(), within_s=1)
    assert trio.current_time() == began
