"""What many tasks ask of the database, taken together: the more there is, the less each costs."""

from __future__ import annotations

from math import inf
from typing import Generic, TypeVar

import trio
from attrs import define, field

T = TypeVar("T")

# When the last batch had so many in it, the next one is not begun sooner than so long after it, as PostgreSQL's own
# `commit_siblings` and `commit_delay` have it: nobody notices the wait, and whoever is alone has none. Without it a
# thousand sessions had 400 transactions a second, and those took a fifth of the server's time.
SIBLINGS, GATHER_S = 12, 0.005


@define(eq=False)
class Batches(Generic[T]):
    """`waiting` tasks may wait, and the next one for room; a batch has `most` of what they ask."""

    waiting: int
    most: int
    _began: float = field(default=-inf, init=False)
    _size: int = field(default=0, init=False)
    _send: trio.MemorySendChannel[T] = field(init=False)
    _receive: trio.MemoryReceiveChannel[T] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(self.waiting)

    async def put(self, asked: T) -> None:
        """Not a checkpoint where there is room: who asks waits for the answer anyway. `send` alone takes 8 us more."""
        try:
            self._send.send_nowait(asked)
        except trio.WouldBlock:
            await self._send.send(asked)

    async def next(self) -> list[T]:
        """Not a checkpoint where something is there: a turn of the scheduler takes as long as all that can go on."""
        await trio.lowlevel.checkpoint_if_cancelled()
        first = await self._first()
        if self._size >= SIBLINGS and trio.current_time() < self._began + GATHER_S:
            await trio.sleep_until(self._began + GATHER_S)
        self._began = trio.current_time()
        batch = [first, *self._more()]
        self._size = len(batch)
        return batch

    async def _first(self) -> T:
        try:
            return self._receive.receive_nowait()
        except trio.WouldBlock:
            return await self._receive.receive()

    def _more(self) -> list[T]:
        more: list[T] = []
        while len(more) < self.most - 1:
            try:
                more.append(self._receive.receive_nowait())
            except trio.WouldBlock:
                break
        return more
