"""Reads that many ask for at one moment, as all clients do after a deploy: one query answers them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

import trio
from attrs import define, field

from lossy.store.pool import StoreError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Keys of one query: some milliseconds of the database's.
MOST = 500
# Queries at a time. While these run, more is gathered for the next.
AT_ONCE = 2


@define(eq=False)
class _Batch(Generic[K, V]):
    keys: set[K] = field(factory=set)
    over: trio.Event = field(factory=trio.Event)
    found: Mapping[K, V] | None = None  # None: it was cancelled, or failed
    failure: StoreError | None = None


@define(eq=False)
class Gathered(Generic[K, V]):
    """`ask` gives the values of those keys that have one. What is found was so after it was asked for."""

    _ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]
    _open: _Batch[K, V] | None = field(default=None, init=False)  # that of the next query
    _running: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(AT_ONCE), init=False)

    async def get(self, key: K) -> V | None:
        """None where it has no value. Raises StoreError."""
        while True:
            batch = self._open
            if batch is None or len(batch.keys) >= MOST:
                batch = self._open = _Batch({key})
                await self._lead(batch)
            else:
                batch.keys.add(key)
                await batch.over.wait()
            if batch.failure is not None:
                raise type(batch.failure)(*batch.failure.args) from batch.failure
            if batch.found is not None:
                return batch.found.get(key)

    async def _lead(self, batch: _Batch[K, V]) -> None:
        """Asks for all. Should it be cancelled or fail by a fault of ours, those behind it ask by themselves."""
        try:
            async with self._running:
                await trio.lowlevel.checkpoint()  # what others ask for in this pass comes along
                self._close(batch)
                batch.found = await self._ask(batch.keys)
        except StoreError as failure:
            batch.failure = failure
        finally:
            self._close(batch)
            batch.over.set()

    def _close(self, batch: _Batch[K, V]) -> None:
        if self._open is batch:
            self._open = None
