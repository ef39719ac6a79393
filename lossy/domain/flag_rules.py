"""All flags and groups as one value, and how they may be changed.

A group is a named list of people. One that has defaults is a cohort: they take the place of the server's own settings
for whoever chose nothing. Of a person's cohorts that say different things the first by name is followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from uuid import UUID

from attrs import evolve, field, frozen

from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.domain.flags import Actor, Evaluation, Flag, evaluate
from lossy.domain.user_settings import Chosen


@frozen
class Group:
    members: frozenset[UUID] = frozenset()
    defaults: Chosen = field(factory=dict)
    version: int = 0  # the number of the change that made it so


@frozen
class Rules:
    """`version` is the number of the latest change; 0 where nothing was ever set. Flags of other versions of the
    product may be among them, and nothing goes by those.
    """

    version: int = 0
    flags: Mapping[str, Flag] = field(factory=dict)
    groups: Mapping[str, Group] = field(factory=dict)

    def flag(self, key: str) -> Flag:
        return self.flags.get(key) or Flag(key, default_of(key))

    @cached_property
    def _memberships(self) -> Mapping[UUID, frozenset[str]]:
        groups = defaultdict[UUID, list[str]](list)
        for name, group in self.groups.items():
            for user_id in group.members:
                groups[user_id].append(name)
        return {user_id: frozenset(names) for user_id, names in groups.items()}

    def groups_of(self, user_id: UUID) -> frozenset[str]:
        return self._memberships.get(user_id, frozenset())

    def evaluate(self, capability: Capability, user_id: UUID) -> Evaluation:
        return evaluate(self.flag(capability), Actor(str(user_id), self.groups_of(user_id)))

    def evaluations(self, user_id: UUID) -> dict[Capability, Evaluation]:
        """Of every capability that this version has."""
        actor = Actor(str(user_id), self.groups_of(user_id))
        return {capability: evaluate(self.flag(capability), actor) for capability in BUILT}

    def cohort_defaults(self, user_id: UUID) -> Chosen:
        """What the user's cohorts have in the place of the server's own settings."""
        settled: dict[str, object] = {}
        for name in sorted(self.groups_of(user_id)):
            settled = {**self.groups[name].defaults, **settled}
        return settled

    def with_flag(self, flag: Flag) -> Rules:
        version = self.version + 1
        return evolve(self, version=version, flags={**self.flags, flag.key: evolve(flag, version=version)})

    def with_group(self, name: str, group: Group | None) -> Rules:
        """None takes it away."""
        version = self.version + 1
        others = {other: kept for other, kept in self.groups.items() if other != name}
        made = {} if group is None else {name: evolve(group, version=version)}
        return evolve(self, version=version, groups={**others, **made})


def default_of(key: str) -> bool:
    return key in CATALOGUE and CATALOGUE[Capability(key)].default


def untouched(rules: Rules) -> tuple[Capability, ...]:
    """Capabilities that are off because nobody has said anything of them yet."""
    flags = ((capability, rules.flag(capability)) for capability in BUILT)
    return tuple(capability for capability, flag in flags if flag.version == 0 and not flag.default)


def touched(before: Rules, after: Rules) -> tuple[Capability, ...]:
    """Capabilities that somebody may have lost or gained in between."""
    names = {*before.groups, *after.groups}
    moved = {name for name in names if before.groups.get(name) != after.groups.get(name)}
    pairs = ((capability, before.flag(capability), after.flag(capability)) for capability in BUILT)
    return tuple(capability for capability, old, new in pairs if old != new or not moved.isdisjoint(new.groups))
