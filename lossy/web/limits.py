"""How often each user does what on this node, and each address before there is a user."""

from __future__ import annotations

from collections.abc import Hashable
from math import ceil
from typing import Protocol
from uuid import UUID

from attrs import define, field, frozen

from lossy.channels.errors import rate_limited
from lossy.clock import Clock
from lossy.domain.limits import Limit, spend

# What 20,000 users do, five events of each within the time that a burst takes to be forgotten: some 20 MB.
KEPT = 100_000


class Limited(Protocol):
    """A row of a table; it is known by itself."""

    @property
    def limit(self) -> Limit: ...


@frozen(eq=False)
class OfAnybody:
    """What is done on the socket before there is a user."""

    limit: Limit


# All that a server can hold may come through one address, an office's or a proxy's, when it is back after a deploy.
# A client that is refused tries some twenty times a minute, so thirty of them may go on without end.
CONNECT = OfAnybody(Limit(per_minute=600, burst=2_000))
# A join of a socket of which nobody knows yet whose it is: one each, and every one of those that never bring a token.
FIRST_JOIN = OfAnybody(Limit(per_minute=1_200, burst=2_000))


@define(eq=False)
class Spent:
    """What was spent; `scale` multiplies what is allowed."""

    clock: Clock
    scale: float
    _due: dict[Hashable, float] = field(factory=dict, init=False)

    def spend(self, key: Hashable, limit: Limit) -> None:
        """Raises Refusal (rate_limited)."""
        now = self.clock.now_ms()
        due, wait = spend(self._due.get(key, 0), limit, now, self.scale)
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


@define(eq=False)
class Limits:
    """Users and addresses are kept apart: however many addresses come, no user is forgotten for them."""

    clock: Clock
    scale: float = 1.0
    _users: Spent = field(init=False)
    _addresses: Spent = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._users, self._addresses = Spent(self.clock, self.scale), Spent(self.clock, self.scale)

    def spend(self, who: UUID | str, what: Limited) -> None:
        """By a user, or by an address where nobody knows the user. Raises Refusal (rate_limited)."""
        if isinstance(who, UUID):  # its number, as the hash of a UUID is computed in Python each time
            self._users.spend((who.int, what), what.limit)
        else:
            self._addresses.spend((who, what), what.limit)
