"""The database of a world: every table's twin. It outlives the servers, which reach it through gates of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import trio
from attrs import define, field

from lossy.store.memory import MemoryLedger
from lossy.store.memory_contexts import MemoryContexts
from lossy.store.memory_flags import MemoryFlags
from lossy.store.memory_library import MemoryLibrary
from lossy.store.memory_ownership import MemoryOwnership
from lossy.store.memory_user_settings import MemoryUserSettings
from lossy.store.pool import StoreUnavailable
from lossy.store.withdrawals import Look

if TYPE_CHECKING:
    from uuid import UUID


class Dead(StoreUnavailable):
    """What a server hears of its database from its death on; nobody is told of that."""


@define(eq=False)
class Database:
    ledger: MemoryLedger
    flags: MemoryFlags = field(factory=MemoryFlags)
    settings: MemoryUserSettings = field(factory=MemoryUserSettings)
    contexts: MemoryContexts = field(factory=MemoryContexts)
    ownership: MemoryOwnership = field(factory=MemoryOwnership)
    library: MemoryLibrary = field(factory=MemoryLibrary)


@define(eq=False)
class Gate:
    """In the place of a port: each call of it waits for `opened` first, which may raise. What is no call goes by."""

    port: Any
    opened: Callable[[str], Awaitable[None]]

    _calls: dict[str, Any] = field(factory=dict, init=False)

    def __getattr__(self, name: str) -> Any:
        if name in self._calls:
            return self._calls[name]
        method = getattr(self.port, name)
        if not iscoroutinefunction(method):
            return method
        call = self._calls[name] = partial(self._call, name, method)
        return call

    async def _call(self, name: str, method: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
        await self.opened(name)
        return await method(*arguments, **options)


class NothingWithdrawn:
    """Nobody signs a device out, and nothing that was shared is taken back."""

    async def since(self, cursor: int | None) -> Look:
        await trio.lowlevel.checkpoint()
        return Look(0, ())


class EverybodyWelcome:
    async def is_welcome(self, device_id: UUID, user_id: UUID, generation: int) -> bool:
        await trio.lowlevel.checkpoint()
        return True


class NothingAudited:
    async def add(self, rows: object) -> None:
        await trio.lowlevel.checkpoint()

    async def forget(self, before: object) -> int:
        await trio.lowlevel.checkpoint()
        return 0
