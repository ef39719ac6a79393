"""What many tasks ask of the database, taken together: the more there is, the less each costs."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Generic, TypeVar

import trio
from attrs import define, field

from lossy.waiter import Waiter

T = TypeVar("T")

# After a batch of so many or more the next one is gathered for a moment, as PostgreSQL's own `commit_siblings` and
# `commit_delay` have it: whoever is alone has no wait. Without it a thousand sessions had 400 transactions a second,
# and those took a fifth of the server's time.
SIBLINGS = 8
# It begins not sooner than a server's core takes for those who were in the last one, EACH_S for one: with more to do
# there are fewer batches, and a server that has room makes them small and soon. Nobody notices GATHER_S (decision 45).
EACH_S, GATHER_S = 0.000_54, 0.012


@define(eq=False)
class Batches(Generic[T]):
    """`waiting` tasks may wait, and the next one for room; a batch has `most` of what they ask."""

    waiting: int
    most: int
    _began: float = field(default=-inf, init=False)
    _size: int = field(default=0, init=False)
    _asked: deque[T] = field(factory=deque, init=False)
    _taker: Waiter = field(factory=Waiter, init=False)
    _room: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot, init=False)

    async def put(self, asked: T) -> None:
        """Not a checkpoint where there is room: who asks waits for the answer anyway."""
        while len(self._asked) >= self.waiting:
            await self._room.park()
        self._asked.append(asked)
        self._taker.wake()

    async def next(self) -> list[T]:
        """Not a checkpoint where something is there: a turn of the scheduler takes as long as all that can go on."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while not self._asked:
            await self._taker.wait()
        begins = self._began + min(GATHER_S, self._size * EACH_S)
        if self._size >= SIBLINGS and trio.current_time() < begins:
            await trio.sleep_until(begins)
        self._began = trio.current_time()
        self._size = min(self.most, len(self._asked))
        self._room.unpark(count=self._size)
        return [self._asked.popleft() for _ in range(self._size)]
