"""A lock for each of something: what is done about one waits for what is done about that one, and for nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

import trio
from attrs import define, field

K = TypeVar("K", bound=Hashable)


@define(eq=False)
class KeyedLock(Generic[K]):
    """First come, first served. A key takes up room only while somebody holds its lock or waits for it."""

    _locks: dict[K, trio.Lock] = field(factory=dict, init=False)

    def __len__(self) -> int:
        """How many keys are locked."""
        return len(self._locks)

    @asynccontextmanager
    async def of(self, key: K) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, trio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked() and self._locks.get(key) is lock:
                del self._locks[key]
