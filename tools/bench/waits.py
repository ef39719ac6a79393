"""How long remarks waited for their notes, counted from the moment that each was due."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import chain
from statistics import quantiles

from attrs import define, field, frozen


@frozen
class Second:
    """The waits of what was due within one second, in ms, as far as its `notes` came."""

    notes: int
    p50: float
    p95: float


@frozen
class Waits:
    """In ms. `missing` are remarks whose note never came, `refused` answers that said no.

    `late_p95` says how much after its moment a remark was sent: the generator's own fault, and part of the wait.
    """

    p50: float
    p95: float
    p99: float
    longest: float
    notes_per_s: float
    missing: int
    refused: int
    late_p95: float
    seconds: Sequence[Second]


@define(eq=False)
class Tally:
    """What is due from `from_ms` on, until `until_ms`, counts. A session's notes come in the order of its remarks."""

    from_ms: float
    until_ms: float
    refused: int = field(default=0, init=False)
    _due: dict[int, deque[float]] = field(factory=dict, init=False)  # by session, the oldest first
    _waits: dict[int, list[float]] = field(factory=dict, init=False)  # by the second in which they were due
    _late: list[float] = field(factory=list, init=False)
    _in_time: int = field(default=0, init=False)

    def said(self, session: int, due_ms: float, now_ms: float) -> None:
        self._due.setdefault(session, deque()).append(due_ms)
        if due_ms >= self.from_ms:
            self._late.append(now_ms - due_ms)

    def noted(self, session: int, now_ms: float) -> None:
        due_ms = self._due[session].popleft()
        self._in_time += self.from_ms <= now_ms < self.until_ms
        if due_ms >= self.from_ms:
            self._waits.setdefault(int((due_ms - self.from_ms) / 1_000), []).append(now_ms - due_ms)

    @property
    def is_complete(self) -> bool:
        return sum(map(len, self._waits.values())) == len(self._late)

    def waits(self) -> Waits:
        waits = [*chain.from_iterable(self._waits.values())]
        return Waits(
            p50=_centile(waits, 50),
            p95=_centile(waits, 95),
            p99=_centile(waits, 99),
            longest=max(waits, default=0.0),
            notes_per_s=self._in_time / (self.until_ms - self.from_ms) * 1_000,
            missing=len(self._late) - len(waits),
            refused=self.refused,
            late_p95=_centile(self._late, 95),
            seconds=[_second(self._waits.get(number, ())) for number in range(max(self._waits, default=-1) + 1)],
        )


def _second(waits: Sequence[float]) -> Second:
    return Second(len(waits), _centile(waits, 50), _centile(waits, 95))


def _centile(values: Sequence[float], centile: int) -> float:
    return quantiles(values, n=100)[centile - 1] if len(values) > 1 else sum(values)
