"""Reads that are answered together: each as if it had been alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from attrs import define, field

from lossy.store import gathered
from lossy.store.gathered import APART_S, AT_ONCE, Gathered
from lossy.store.pool import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from trio.testing import MockClock


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


async def test_one_alone_does_not_wait(table: Table, autojump_clock: MockClock) -> None:
    table.may.set()
    reads = Gathered(table.ask)
    began = trio.current_time()
    assert await reads.get(4) == 16
    assert trio.current_time() == began
    assert await reads.get(5) is None
    assert trio.current_time() == pytest.approx(began + APART_S)
    assert table.asked == [{4}, {5}]


async def test_what_is_asked_at_one_moment_is_one_query(
    table: Table, callers: Callers, autojump_clock: MockClock
) -> None:
    callers.ask(1, 2, 3, 4, 4)
    await trio.sleep(1)
    assert table.asked == [{1, 2, 3, 4}]
    table.may.set()
    await trio.sleep(1)
    assert callers.got == {1: None, 2: 4, 3: None, 4: 16}


async def test_what_is_asked_later_is_another_query(table: Table, callers: Callers, autojump_clock: MockClock) -> None:
    """A query that has been sent may be answered with what was so before."""
    for key in range(4):
        callers.ask(key)
        await trio.sleep(1)
    assert table.asked == [{0}, {1}]
    assert AT_ONCE == 2, "and the others are gathered meanwhile"
    table.may.set()
    await trio.sleep(1)
    assert table.asked == [{0}, {1}, {2, 3}]
    assert callers.got == {0: 0, 1: None, 2: 4, 3: None}


async def test_a_query_has_so_many_keys_at_most(
    table: Table, callers: Callers, monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    monkeypatch.setattr(gathered, "MOST", 3)
    table.may.set()
    callers.ask(*range(10))
    await trio.sleep(1)
    assert sorted(map(len, table.asked)) == [1, 3, 3, 3]
    assert len(callers.got) == 10


async def test_all_are_told_that_the_database_is_away(
    table: Table, callers: Callers, autojump_clock: MockClock
) -> None:
    callers.ask(-1, 2)
    table.may.set()
    await trio.sleep(1)
    assert callers.got == {-1: "it is away", 2: "it is away"}
    assert await callers.reads.get(2) == 4


async def test_those_behind_one_that_is_cancelled_ask_by_themselves(
    table: Table, callers: Callers, autojump_clock: MockClock
) -> None:
    for key in range(AT_ONCE):
        callers.ask(key)
        await trio.sleep(1)
    (leader,) = callers.ask(4)
    await trio.sleep(1)
    callers.ask(6, 8)
    await trio.sleep(1)
    leader.cancel()
    table.may.set()
    await trio.sleep(1)
    assert callers.got == {0: 0, 1: None, 6: 36, 8: 64}


async def test_one_behind_another_may_be_cancelled(table: Table, callers: Callers, autojump_clock: MockClock) -> None:
    callers.ask(2)
    await trio.sleep(1)
    (second,) = callers.ask(4)
    await trio.sleep(1)
    second.cancel()
    table.may.set()
    await trio.sleep(1)
    assert callers.got == {2: 4}


async def test_a_fault_of_ours_is_raised_by_whoever_asked(callers: Callers, autojump_clock: MockClock) -> None:
    async def fail(keys: Collection[int]) -> Mapping[int, int]:
        raise RuntimeError("a bug")

    reads = Gathered(fail)
    with pytest.raises(RuntimeError):
        await reads.get(1)
