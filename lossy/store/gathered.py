"""Reads that many ask for at one moment, as all clients do after a deploy: one query answers them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from math import inf
from typing import Generic, TypeVar

import trio
from attrs import define, field

from lossy.store.pool import StoreError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Keys of one query: some milliseconds of the database's.
MOST = 500
# Queries at a time, and how far apart they begin. While these run, and until then, more is gathered for the next;
# whoever asks alone does not wait.
AT_ONCE = 2
APART_S = 0.01


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
    _next_at: float = field(default=-inf, init=False)

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
                await trio.sleep_until(self._next_at)  # at least what others ask for in this pass comes along
                self._next_at = trio.current_time() + APART_S
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
