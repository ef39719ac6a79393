"""How fast the time of a story goes by, where the servers' own does not: a story that is played compressed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import trio
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator


@define(eq=False)
class Pace:
    """The story's time is `behind_s` behind trio's, and catches up while somebody in it takes their time.

    What a person does is judged by when they did it, so it may be told later and faster than it happened: it is all in
    the past. Once nothing is left to catch up with, the story goes on at the speed of everything else.
    """

    speed: float = 1.0
    _behind_s: float = 0.0
    _since: float = field(factory=trio.current_time, init=False)
    _sleepers: int = field(default=0, init=False)

    @classmethod
    def of(cls, lasts_s: float, speed: float) -> Pace:
        """For a story that lasts so long: at its end nothing is left to catch up with."""
        return cls(speed, lasts_s * (1 - 1 / speed))

    @property
    def behind_s(self) -> float:
        if not self._sleepers:
            return self._behind_s
        return max(0.0, self._behind_s - (trio.current_time() - self._since) * (self.speed - 1))

    def now(self) -> float:
        """In seconds, as `trio.current_time`."""
        return trio.current_time() - self.behind_s

    async def sleep(self, s: float) -> None:
        """So many seconds of the story."""
        with self._asleep():
            await trio.sleep(max(s / self.speed, s - self.behind_s))

    def catch_up(self) -> None:
        """What comes next is after what a server did of itself: nothing is left in the past."""
        self._behind_s = 0.0

    async def sleep_until(self, at: float) -> None:
        await self.sleep(max(0.0, at - self.now()))

    @contextmanager
    def _asleep(self) -> Iterator[None]:
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        self._behind_s, self._since = self.behind_s, trio.current_time()
        self._sleepers += more
