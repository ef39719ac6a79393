"""Flags and groups are changed, here or by anybody else on the database, and this node goes by what they are then.

A change that is made here counts at once. Of one that was made elsewhere, by another node or by `lossy flags`, each
node hears within TICK_S. While the database is away it goes on with what it read last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import structlog
import trio
from attrs import define, field

from lossy.clock import Clock
from lossy.domain.flag_change import Change, Outdated, first_changes
from lossy.domain.flag_rules import Rules, untouched
from lossy.sessions.flags import Flags
from lossy.sessions.settings_change import SettingsChange
from lossy.store.flags import By, FlagStore
from lossy.store.pool import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

# A change reaches clients in less than a second. It is one row that is read.
TICK_S = 0.5

INSTALLED = By("installation")

log = structlog.get_logger()


@define(eq=False)
class FlagWatch:
    store: FlagStore
    flags: Flags
    settings: SettingsChange
    clock: Clock
    _unsettled: set[UUID] = field(factory=set, init=False)  # who is here and has yet to hear of other defaults

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Flags may be asked once it has started. Raises StoreError when it cannot start."""
        await self.flags.take(await begun(self.store, self.clock.now_ms()))
        if off := untouched(self.flags.rules):
            log.info("off until somebody is given it, by `lossy flags set`", flags=[*map(str, off)])
        task_status.started()
        while True:
            await trio.sleep(TICK_S)
            try:
                await self._look()
            except StoreError as error:
                log.warning("flags not looked at", reason=str(error))

    async def change(self, changes: Sequence[Change], by: By) -> Rules:
        """Raises Unfit, Outdated and StoreError."""
        rules = await self.store.change(changes, by, self.clock.now_ms())
        await self._take(rules)
        return rules

    async def _look(self) -> None:
        if await self.store.version() != self.flags.rules.version:
            await self._take(await self.store.read())
        await self._settle()

    async def _take(self, rules: Rules) -> None:
        before = self.flags.rules
        await self.flags.take(rules)
        self._unsettled |= {user_id for user_id in _moved(before, rules) if self._is_here(user_id)}

    def _is_here(self, user_id: UUID) -> bool:
        return self.flags.is_followed(user_id) or bool(self.settings.roster.of_user(user_id))

    async def _settle(self) -> None:
        """Raises StoreError; who has not heard by then does at the next tick."""
        for user_id in [*self._unsettled]:
            await self.settings.retell(user_id)
            self._unsettled.discard(user_id)


def _moved(before: Rules, after: Rules) -> set[UUID]:
    """Users whose cohorts have other defaults for them now."""
    names = {*before.groups, *after.groups}
    changed = [name for name in names if before.groups.get(name) != after.groups.get(name)]
    groups = [rules.groups[name] for rules in (before, after) for name in changed if name in rules.groups]
    concerned = frozenset[UUID]().union(*(group.members for group in groups))
    return {user for user in concerned if before.cohort_defaults(user) != after.cohort_defaults(user)}


async def begun(store: FlagStore, at: int) -> Rules:
    """The rules that are there, or the first ones of a database on which nobody has set any yet."""
    rules = await store.read()
    try:
        return await store.change(changes, INSTALLED, at) if (changes := first_changes(rules)) else rules
    except Outdated:  # another node was first
        return await store.read()
