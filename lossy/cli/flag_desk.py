"""What the commands of `lossy flags` work on: the flags of a database, whether a server runs on it or not."""

from __future__ import annotations

from contextlib import asynccontextmanager
from getpass import getuser
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.app import open_database_beside
from lossy.clock import Clock
from lossy.domain.setting_values import Unfit
from lossy.sessions.flag_watch import begun
from lossy.store.flags import By, FlagStore, PostgresFlags
from lossy.store.pool import open_pool
from lossy.store.user_names import UserNames

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from lossy.domain.flag_change import Change
    from lossy.domain.flag_rules import Rules
    from lossy.settings import Settings


class FlagMistake(Exception):
    """There is no such flag, group or user, or it cannot be set to that."""


@frozen(eq=False)
class Desk:
    store: FlagStore
    users: UserNames
    clock: Clock

    async def user(self, name: str) -> UUID:
        """By address or id. Raises FlagMistake."""
        found = await self.users.find(name)
        if found is None:
            raise FlagMistake(f"there is no user {name}")
        return found

    async def change(self, change: Change) -> Rules:
        """Raises FlagMistake."""
        by = By(f"cli:{getuser()}")
        try:
            return await self.store.change([change], by, self.clock.now_ms())
        except Unfit as unfit:
            raise FlagMistake(f"{unfit.path}: {unfit.message}") from None

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Their addresses, by id."""
        emails = await self.users.emails([UUID(id) for id in ids])
        return {str(id): email for id, email in emails.items()}


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Raises NotRunning and StoreError. What every flag begins with is set, where no server has done so."""
    async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        store, clock = PostgresFlags(pool), Clock()
        await begun(store, clock.now_ms())
        yield Desk(store, UserNames(pool), clock)
