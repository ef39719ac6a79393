"""What is asked of the database together: who is alone does not wait, and a crowd is gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.testing import wait_all_tasks_blocked

from lossy.store.batches import EACH_S, GATHER_S, SIBLINGS, Batches

if TYPE_CHECKING:
    from trio.testing import MockClock


def batches(waiting: int = 100, most: int = 50) -> Batches[int]:
    return Batches(waiting, most)


async def put(into: Batches[int], count: int) -> None:
    for number in range(count):
        await into.put(number)


async def test_what_waits_is_taken_together_in_its_order(autojump_clock: MockClock) -> None:
    asked = batches()
    await put(asked, 3)
    assert await asked.next() == [0, 1, 2]


async def test_a_batch_has_so_many_at_most(autojump_clock: MockClock) -> None:
    asked = batches(most=2)
    await put(asked, 3)
    assert [await asked.next(), await asked.next()] == [[0, 1], [2]]


async def test_what_is_there_is_taken_before_anybody_else_goes_on(autojump_clock: MockClock) -> None:
    asked, gone_on = batches(), trio.Event()
    await put(asked, 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_set, gone_on)
        assert await asked.next() == [0]
        assert not gone_on.is_set()


async def test_who_is_cancelled_takes_nothing(autojump_clock: MockClock) -> None:
    asked = batches()
    await put(asked, 1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await asked.next()
    assert scope.cancelled_caught
    assert await asked.next() == [0]


async def test_who_is_alone_never_waits(autojump_clock: MockClock) -> None:
    asked = batches()
    for _ in range(3):
        await put(asked, SIBLINGS - 1)
        await asked.next()
    assert trio.current_time() == 0


async def test_after_a_crowd_the_next_are_gathered_for_a_moment(autojump_clock: MockClock) -> None:
    asked = batches()
    await put(asked, SIBLINGS)
    await asked.next()
    async with trio.open_nursery() as nursery:
        await put(asked, 1)
        nursery.start_soon(_put_later, asked)
        assert len(await asked.next()) == 2, "what came meanwhile is with them"
    assert trio.current_time() == SIBLINGS * EACH_S
    await put(asked, 1)
    assert len(await asked.next()) == 1
    assert trio.current_time() == SIBLINGS * EACH_S, "those were no crowd"


async def test_however_large_a_crowd_was_nobody_notices_the_wait(autojump_clock: MockClock) -> None:
    crowd = 2 * round(GATHER_S / EACH_S)
    asked = batches(waiting=crowd, most=crowd)
    await put(asked, crowd)
    await asked.next()
    await put(asked, 1)
    await asked.next()
    assert trio.current_time() == GATHER_S


async def _set(event: trio.Event) -> None:
    event.set()


async def _put_later(asked: Batches[int]) -> None:
    await trio.sleep(SIBLINGS * EACH_S / 2)
    await asked.put(7)


async def test_one_more_than_may_wait_waits_for_room(autojump_clock: MockClock) -> None:
    asked = batches(waiting=2)
    async with trio.open_nursery() as nursery:
        await put(asked, 2)
        nursery.start_soon(put, asked, 1)
        await wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 1
        await asked.next()
