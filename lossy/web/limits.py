"""How often each user does what, on this node."""

from __future__ import annotations

from math import ceil
from uuid import UUID

from attrs import define, field

from lossy.channels.errors import rate_limited
from lossy.channels.events import ClientEvent
from lossy.clock import Clock
from lossy.domain.limits import spend

# What 20,000 users do, five events of each within the time that a burst takes to be forgotten: some 20 MB.
KEPT = 100_000


@define(eq=False)
class Limits:
    """`scale` multiplies what the table allows."""

    clock: Clock
    scale: float = 1.0
    _due: dict[tuple[UUID, ClientEvent], float] = field(factory=dict, init=False)

    def spend(self, user: UUID, event: ClientEvent) -> None:
        """Raises Refusal (rate_limited)."""
        key, now = (user, event), self.clock.now_ms()
        due, wait = spend(self._due.get(key, 0), event.limit, now, self.scale)
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
