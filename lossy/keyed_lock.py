"""A lock for each of something: what is done about one waits for what is done about that one, and for nothing else."""

from __future__ import annotations

from collections.abc import Hashable
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

    def of(self, key: K) -> Turn[K]:
        """To be held by `async with`, once."""
        return Turn(self, key)


@define(eq=False)
class Turn(Generic[K]):
    _all: KeyedLock[K]
    _key: K
    _lock: trio.Lock = field(init=False)

    async def __aenter__(self) -> None:
        self._lock = self._all._locks.setdefault(self._key, trio.Lock())
        try:
            await self._lock.acquire()
        except trio.Cancelled:
            self._forget()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._forget()

    def _forget(self) -> None:
        """Unless somebody holds it: of this key, or anew since."""
        if not self._lock.locked() and self._all._locks.get(self._key) is self._lock:
            del self._all._locks[self._key]
