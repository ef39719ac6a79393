"""How often each user does what, on this node."""

from __future__ import annotations

from math import ceil
from typing import Protocol
from uuid import UUID

from attrs import define, field

from lossy.channels.errors import rate_limited
from lossy.clock import Clock
from lossy.domain.limits import Limit, spend

# What 20,000 users do, five events of each within the time that a burst takes to be forgotten: some 20 MB.
KEPT = 100_000


class Limited(Protocol):
    """A row of a table; it is known by itself."""

    @property
    def limit(self) -> Limit: ...


@define(eq=False)
class Limits:
    """`scale` multiplies what the table allows."""

    clock: Clock
    scale: float = 1.0
    _due: dict[tuple[UUID | str, Limited], float] = field(factory=dict, init=False)

    def spend(self, who: UUID | str, what: Limited) -> None:
        """By a user, or by an address where nobody knows the user. Raises Refusal (rate_limited)."""
        key, now = (who, what), self.clock.now_ms()
        due, wait = spend(self._due.get(key, 0), what.limit, now, self.scale)
        if wait > 0:
            raise rate_limited(ceil(wait))
        self._due[key] = due
        if len(self._due) > KEPT:
            self._forget(now)

    def _forget(self, now: int) -> None:
        """What is paid for says nothing any more. Where too much is left, those go that were spent first."""
        self._due = {key: due for key, due in self._due.items() if due > now}
        for key in [*self._due][: max(0, len(self._due) - KEPT // 2)]:
            del self._due[key]
