"""Who is present on a topic, as Phoenix's own Presence has it: whole when a client joins, then by differences. Pure.

A key is there by one connection or several, each a `Meta`. An update is a leave and a join in one difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import matches_re

from lossy.channels.topics import UUID_TEXT

# A presence of 120 bytes each: a state of all of them is a quarter of what one message may hold.
PRESENT = 256


@frozen
class Meta:
    """One connection. No other ever has its `ref`, nor itself after an update: `before` is what it was then."""

    ref: str
    facts: Mapping[str, Any]
    before: str | None = None

    def as_payload(self) -> dict[str, Any]:
        before = {} if self.before is None else {"phx_ref_prev": self.before}
        return {**self.facts, **before, "phx_ref": self.ref}


@frozen
class Presence:
    """`key` is a UUID, so it is no name that an object of JavaScript has from its birth, such as `__proto__`.

    ValueError where it is not.
    """

    key: str = field(validator=matches_re(UUID_TEXT))
    meta: Meta


@frozen
class Present:
    """Everybody on one topic, by the refs of their connections; PRESENT at most, and one more is not shown."""

    by_ref: Mapping[str, Presence] = field(factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.by_ref) >= PRESENT

    def with_one(self, presence: Presence) -> Present:
        """With a connection more, or the same connection updated."""
        others = {ref: other for ref, other in self.by_ref.items() if ref != presence.meta.before}
        return Present({**others, presence.meta.ref: presence})

    def without(self, ref: str) -> Present:
        return Present({other: presence for other, presence in self.by_ref.items() if other != ref})

    def as_payload(self) -> dict[str, Any]:
        """`{key: {metas: [...]}}`, the payload of `presence_state`."""
        metas: dict[str, list[dict[str, Any]]] = {}
        for presence in self.by_ref.values():
            metas.setdefault(presence.key, []).append(presence.meta.as_payload())
        return {key: {"metas": all_of_it} for key, all_of_it in metas.items()}


def difference(before: Present, after: Present) -> dict[str, Any]:
    """The payload of `presence_diff` between the two."""
    joins = {ref: presence for ref, presence in after.by_ref.items() if ref not in before.by_ref}
    leaves = {ref: presence for ref, presence in before.by_ref.items() if ref not in after.by_ref}
    return {"joins": Present(joins).as_payload(), "leaves": Present(leaves).as_payload()}
