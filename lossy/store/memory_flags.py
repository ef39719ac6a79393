"""Flags and groups in memory, for tests and the simulator: kept and refused as `PostgresFlags` does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

import trio
from attrs import define, evolve, field

from lossy.domain.flag_change import Change, Kind, apply
from lossy.domain.flag_rules import Rules
from lossy.domain.setting_values import Unfit
from lossy.store.flags import By, Recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.domain.flags import Flag


@define(eq=False)
class MemoryFlags:
    """`users` are those there are; None for anybody."""

    rules: Rules = field(factory=Rules)
    users: set[UUID] | None = None
    _recorded: list[Recorded] = field(factory=list, init=False)

    async def version(self) -> int:
        await trio.lowlevel.checkpoint()
        return self.rules.version

    async def read(self) -> Rules:
        await trio.lowlevel.checkpoint()
        return self.rules

    async def change(self, changes: Sequence[Change], by: By, at: int) -> Rules:
        await trio.lowlevel.checkpoint()
        rules, recorded = self.rules, list[Recorded]()
        for change in changes:
            rules, differences = apply(rules, change)
            if differences:
                self._check_users(rules, change)
                differences = json.loads(json.dumps(differences))
                recorded.append(Recorded(rules.version, at, by, change.kind, change.name, differences))
        self.rules = rules
        self._recorded += recorded
        return rules

    async def history(self, kind: Kind | None, name: str | None, limit: int) -> Sequence[Recorded]:
        await trio.lowlevel.checkpoint()
        mine = [each for each in self._recorded if kind in (None, each.kind) and name in (None, each.name)]
        return mine[::-1][:limit]

    def forget(self, user_id: UUID) -> None:
        """The user is no more, and with them go their gates and memberships."""
        flags = {key: _without(flag, str(user_id)) for key, flag in self.rules.flags.items()}
        groups = {name: evolve(group, members=group.members - {user_id}) for name, group in self.rules.groups.items()}
        self.rules = evolve(self.rules, flags=flags, groups=groups)
        self._recorded = [
            evolve(each, by=By(each.by.via)) if each.by.user_id == user_id else each for each in self._recorded
        ]

    def _check_users(self, rules: Rules, change: Change) -> None:
        if self.users is None:
            return
        if change.kind is Kind.FLAG and not self.users.issuperset(map(UUID, rules.flags[change.name].actors)):
            raise Unfit("actors", "There is no such user.")
        group = rules.groups.get(change.name) if change.kind is Kind.GROUP else None
        if group is not None and not self.users.issuperset(group.members):
            raise Unfit("members", "There is no such user.")


def _without(flag: Flag, actor: str) -> Flag:
    return evolve(flag, actors={other: value for other, value in flag.actors.items() if other != actor})
