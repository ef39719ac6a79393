"""A lock for each of something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import define, field
from trio.testing import wait_all_tasks_blocked

from lossy.keyed_lock import KeyedLock

if TYPE_CHECKING:
    from trio.testing import MockClock


@define(eq=False)
class Work:
    locks: KeyedLock[str] = field(factory=KeyedLock)
    began: list[str] = field(factory=list)

    async def do(self, key: str, name: str) -> None:
        """A second of it."""
        async with self.locks.of(key):
            self.began.append(f"{name} at {trio.current_time():.0f}")
            await trio.sleep(1)


async def test_one_after_the_other_of_a_key_and_others_beside_it(autojump_clock: MockClock) -> None:
    work = Work()
    async with trio.open_nursery() as nursery:
        for name in ("ann's first", "ann's second", "ben's first"):
            nursery.start_soon(work.do, name[:3], name)
            await wait_all_tasks_blocked()
    assert work.began == ["ann's first at 0", "ben's first at 0", "ann's second at 1"]
    assert len(work.locks) == 0


async def test_who_gives_up_holds_nobody_up(autojump_clock: MockClock) -> None:
    work = Work()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work.do, "ann", "first")
        await wait_all_tasks_blocked()
        with trio.move_on_after(0.5):
            await work.do("ann", "given up")
        nursery.start_soon(work.do, "ann", "third")
    assert work.began == ["first at 0", "third at 1"]
    assert len(work.locks) == 0


async def test_who_gives_up_takes_nobody_elses_lock_away(autojump_clock: MockClock) -> None:
    """It is woken by being cancelled, and goes on only when another has locked the key anew."""
    work, scope = Work(), trio.CancelScope()

    async def give_up() -> None:
        with scope:
            await work.do("ann", "given up")

    async with trio.open_nursery() as nursery:
        async with work.locks.of("ann"):
            nursery.start_soon(give_up)
            await wait_all_tasks_blocked()
            scope.cancel()
        async with work.locks.of("ann"):
            await wait_all_tasks_blocked()
            assert len(work.locks) == 1
    assert work.began == []
