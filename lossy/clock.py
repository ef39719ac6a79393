"""Wall time that follows trio's clock, so that a mock clock moves the calendar too."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import trio
from attrs import define, field


@define(eq=False)
class Clock:
    """Made inside `trio.run`. `wall_ms` is the calendar at that moment; afterwards only trio's clock is read."""

    wall_ms: int = field(factory=lambda: time.time_ns() // 1_000_000)
    _trio: trio.abc.Clock = field(factory=trio.lowlevel.current_clock, init=False)
    _began: float = field(factory=trio.current_time, init=False)

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self.wall_ms + round((self._trio.current_time() - self._began) * 1000)

    def trio_time(self, at_ms: int) -> float:
        """The instant on trio's clock, in seconds, for a deadline."""
        return self._began + (at_ms - self.wall_ms) / 1000


def as_datetime(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def as_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
