"""What a load came to: how long from the end of speech to the note, of every remark."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# From 10 us to 10 min; three digits are a thousandth of each.
UNIT_S = 1e-5
LONGEST = round(600 / UNIT_S)
DIGITS = 3
PERCENTILES: Mapping[str, float] = {"p50": 50, "p95": 95, "p99": 99, "p99.9": 99.9, "max": 100}


def _histogram() -> Any:
    from hdrh.histogram import HdrHistogram  # an extra, which only a load needs

    return HdrHistogram(1, LONGEST, DIGITS)


@define(eq=False)
class Figures:
    """`waits` has every remark: one that never became a note for as long as it was waited for."""

    waits: Any = field(factory=_histogram, init=False)
    late: Any = field(factory=_histogram, init=False)  # how late the client itself was
    notes: int = field(default=0, init=False)
    failed: Counter[str] = field(factory=Counter, init=False)

    @contextmanager
    def awaited(self, due: float) -> Iterator[None]:
        """Within it the remark gets its outcome; where that is given up, it has none."""
        try:
            yield
        except trio.Cancelled:
            self.settle(due, "no outcome")
            raise

    def settle(self, due: float, failure: str | None) -> None:
        _record(self.waits, trio.current_time() - due)
        if failure is None:
            self.notes += 1
        else:
            self.failed[failure] += 1

    def sent(self, due: float) -> None:
        _record(self.late, trio.current_time() - due)

    def in_ms(self, histogram: Any) -> dict[str, float]:
        return {
            name: round(histogram.get_value_at_percentile(percent) * UNIT_S * 1_000, 2)
            for name, percent in PERCENTILES.items()
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "remarks": self.waits.get_total_count(),
            "notes": self.notes,
            "failed": dict(self.failed),
            "wait_ms": self.in_ms(self.waits),
            "client_late_ms": self.in_ms(self.late),
        }


def _record(histogram: Any, s: float) -> None:
    histogram.record_value(min(LONGEST, max(1, round(s / UNIT_S))))
