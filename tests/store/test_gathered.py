"""Reads that are answered together: each as if it had been alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from attrs import define, field
from trio.testing import wait_all_tasks_blocked

from lossy.store import gathered
from lossy.store.gathered import AT_ONCE, Gathered
from lossy.store.pool import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@define(eq=False)
class Table:
    """Squares of the even numbers. A query ends when it may, and fails where a number is negative."""

    may: trio.Event = field(factory=trio.Event)
    asked: list[set[int]] = field(factory=list)

    async def ask(self, keys: Collection[int]) -> Mapping[int, int]:
        self.asked.append(set(keys))
        await self.may.wait()
        if min(keys) < 0:
            raise StoreUnavailable("it is away")
        return {key: key * key for key in keys if key % 2 == 0}


@define(eq=False)
class Callers:
    reads: Gathered[int, int]
    nursery: trio.Nursery
    got: dict[int, int | str | None] = field(factory=dict)

    def ask(self, *keys: int) -> list[trio.CancelScope]:
        """Each in a task of its own."""
        scopes = [trio.CancelScope() for _ in keys]
        for key, scope in zip(keys, scopes, strict=True):
            self.nursery.start_soon(self._ask, key, scope)
        return scopes

    async def _ask(self, key: int, scope: trio.CancelScope) -> None:
        with scope:
            try:
                self.got[key] = await self.reads.get(key)
            except StoreError as error:
                self.got[key] = str(error)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def callers(table: Table, nursery: trio.Nursery) -> Callers:
    return Callers(Gathered(table.ask), nursery)


async def test_one_alone(table: Table) -> None:
    table.may.set()
    reads = Gathered(table.ask)
    assert [await reads.get(4), await reads.get(5)] == [16, None]
    assert table.asked == [{4}, {5}]


async def test_what_is_asked_at_one_moment_is_one_query(table: Table, callers: Callers) -> None:
    callers.ask(1, 2, 3, 4, 4)
    await wait_all_tasks_blocked()
    assert table.asked == [{1, 2, 3, 4}]
    table.may.set()
    await wait_all_tasks_blocked()
    assert callers.got == {1: None, 2: 4, 3: None, 4: 16}


async def test_what_is_asked_later_is_another_query(table: Table, callers: Callers) -> None:
    """A query that has been sent may be answered with what was so before."""
    for key in range(4):
        callers.ask(key)
        await wait_all_tasks_blocked()
    assert table.asked == [{0}, {1}]
    assert AT_ONCE == 2, "and the others are gathered meanwhile"
    table.may.set()
    await wait_all_tasks_blocked()
    assert table.asked == [{0}, {1}, {2, 3}]
    assert callers.got == {0: 0, 1: None, 2: 4, 3: None}


async def test_a_query_has_so_many_keys_at_most(
    table: Table, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered, "MOST", 3)
    table.may.set()
    callers.ask(*range(10))
    await wait_all_tasks_blocked()
    assert sorted(map(len, table.asked)) == [1, 3, 3, 3]
    assert len(callers.got) == 10


async def test_all_are_told_that_the_database_is_away(table: Table, callers: Callers) -> None:
    callers.ask(-1, 2)
    table.may.set()
    await wait_all_tasks_blocked()
    assert callers.got == {-1: "it is away", 2: "it is away"}
    assert await callers.reads.get(2) == 4


async def test_those_behind_one_that_is_cancelled_ask_by_themselves(table: Table, callers: Callers) -> None:
    for key in range(AT_ONCE):
        callers.ask(key)
        await wait_all_tasks_blocked()
    (leader,) = callers.ask(4)
    await wait_all_tasks_blocked()
    callers.ask(6, 8)
    await wait_all_tasks_blocked()
    leader.cancel()
    table.may.set()
    await wait_all_tasks_blocked()
    assert callers.got == {0: 0, 1: None, 6: 36, 8: 64}


async def test_one_behind_another_may_be_cancelled(table: Table, callers: Callers) -> None:
    callers.ask(2)
    await wait_all_tasks_blocked()
    (second,) = callers.ask(4)
    await wait_all_tasks_blocked()
    second.cancel()
    table.may.set()
    await wait_all_tasks_blocked()
    assert callers.got == {2: 4}


async def test_a_fault_of_ours_is_raised_by_whoever_asked(callers: Callers) -> None:
    async def fail(keys: Collection[int]) -> Mapping[int, int]:
        raise RuntimeError("a bug")

    reads = Gathered(fail)
    with pytest.raises(RuntimeError):
        await reads.get(1)
