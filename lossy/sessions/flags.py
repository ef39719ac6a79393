"""The flags as this node knows them: asked without waiting, and told to whom a change of them concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels.errors import unavailable
from lossy.domain.capabilities import CATALOGUE, Capability
from lossy.domain.flag_rules import Rules, touched

if TYPE_CHECKING:
    from lossy.domain.flags import Evaluation
    from lossy.domain.user_settings import Chosen

# A user takes some 20 µs where the percentage of one flag changed, so others wait for 2 ms.
AT_A_TIME = 100

Payload = Mapping[str, Mapping[str, Any]]
Tell = Callable[[Payload], None]


@define(eq=False)
class Flags:
    """A change takes hold with the next question; what somebody has joined by then they keep."""

    rules: Rules = field(factory=Rules)
    _followers: dict[UUID, list[Tell]] = field(factory=dict, init=False)

    def is_on(self, capability: Capability, user_id: UUID) -> bool:
        return self.rules.evaluate(capability, user_id).value

    def require(self, capability: Capability, user_id: UUID) -> None:
        """Raises Refusal: unavailable, with the capability's letter."""
        if not self.is_on(capability, user_id):
            raise unavailable(CATALOGUE[capability].letter)

    def features(self, user_id: UUID) -> tuple[str, ...]:
        """The keys of those that are on."""
        return tuple(key.value for key, each in self.rules.evaluations(user_id).items() if each.value)

    def cohort_defaults(self, user_id: UUID) -> Chosen:
        return self.rules.cohort_defaults(user_id)

    def told(self, user_id: UUID) -> Payload:
        return {key.value: _told(each) for key, each in self.rules.evaluations(user_id).items()}

    def is_followed(self, user_id: UUID) -> bool:
        return user_id in self._followers

    @contextmanager
    def follow(self, user_id: UUID, tell: Tell) -> Iterator[None]:
        """`tell` hears what the user's flags are whenever one of them has changed. It must not block."""
        self._followers.setdefault(user_id, []).append(tell)
        try:
            yield
        finally:
            self._followers[user_id].remove(tell)
            if not self._followers[user_id]:
                del self._followers[user_id]

    async def take(self, rules: Rules) -> None:
        """From now on these, unless they are older than what there is. Returns when everybody was told."""
        if rules.version <= self.rules.version:
            return
        before, self.rules = self.rules, rules
        capabilities = touched(before, rules)
        for n, user_id in enumerate([*self._followers], start=1):
            if any(_differs(before, rules, each, user_id) for each in capabilities):
                for tell in [*self._followers.get(user_id, ())]:
                    tell(self.told(user_id))
            if n % AT_A_TIME == 0:
                await trio.lowlevel.checkpoint()


def _differs(before: Rules, after: Rules, capability: Capability, user_id: UUID) -> bool:
    return _told(before.evaluate(capability, user_id)) != _told(after.evaluate(capability, user_id))


def _told(evaluation: Evaluation) -> Mapping[str, Any]:
    """What a user may know: whether and by what kind of rule, but not on which lists they are."""
    return {"value": evaluation.value, "variant": evaluation.variant, "reason": evaluation.reason.value}
