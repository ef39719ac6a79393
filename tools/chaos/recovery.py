"""How long it took from when the server could be reached again to the first event that it accepted."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import trio
from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

# What the product promises (F5).
PROMISED_MS = 2000


@define(eq=False)
class Recovery:
    """`times_ms` has one for each break after which something was accepted before the next break.

    `slowest` is after what it took longest.
    """

    times_ms: list[float] = field(factory=list, init=False)
    slowest: str = field(default="", init=False)
    recovered: trio.Event = field(factory=trio.Event, init=False)  # since the last return
    _after: str = field(default="", init=False)
    _since: float | None = field(default=None, init=False)

    def returned(self, after: str = "") -> None:
        """The network is there again, or the server listens, or its database does; `after` is the step so far."""
        self._since, self._after, self.recovered = trio.current_time(), after, trio.Event()

    def accepted(self) -> None:
        if self._since is not None:
            took = round((trio.current_time() - self._since) * 1000, 1)
            self.slowest = self._after if took > max(self.times_ms, default=0) else self.slowest
            self.times_ms.append(took)
            self.recovered.set()
            self._since = None


@frozen
class Distribution:
    """In ms; all zero of none."""

    count: int
    p50: float
    p95: float
    max: float

    @classmethod
    def of(cls, times_ms: Sequence[float]) -> Distribution:
        ordered = sorted(times_ms)
        return cls(len(ordered), *(_rank(ordered, share) for share in (0.5, 0.95, 1.0)))


def _rank(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: a time that was really measured."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0
