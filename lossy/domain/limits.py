"""How often something may be done: the generic cell rate algorithm (ITU-T I.371), which keeps one number for each.

That number is when all that was done would be paid for, at one interval each. Doing it is fine while that lies no
further ahead than the burst allows.
"""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, gt

MINUTE_MS = 60_000

# Of sums of intervals, at times since 1970: a float has 0.0002 ms there.
ROUNDING_MS = 0.01


@frozen
class Limit:
    """`burst` at once, and `per_minute` in the long run."""

    per_minute: int = field(validator=gt(0))
    burst: int = field(validator=ge(1))

    @property
    def interval_ms(self) -> float:
        return MINUTE_MS / self.per_minute


def spend(due_ms: float, limit: Limit, now_ms: float, scale: float = 1.0) -> tuple[float, float]:
    """The number after it was done, and how many ms to wait where it may not be done yet: then the number stays.

    `scale` multiplies what is allowed.
    """
    interval = limit.interval_ms / scale
    due = max(due_ms, now_ms)
    wait = due - now_ms - interval * (limit.burst * scale - 1)
    return (due_ms, wait) if wait > ROUNDING_MS else (due + interval, 0.0)
