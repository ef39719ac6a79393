"""A task that waits to be woken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.testing import wait_all_tasks_blocked

from lossy.waiter import Waiter

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_it_waits_until_it_is_woken_again_and_again(autojump_clock: MockClock) -> None:
    waiter, woken = Waiter(), 0

    async def count() -> None:
        nonlocal woken
        while True:
            await waiter.wait()
            woken += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(count)
        for times in range(3):
            await wait_all_tasks_blocked()
            assert woken == times
            waiter.wake()
            waiter.wake()  # whoever goes on is not woken again
        nursery.cancel_scope.cancel()


async def test_a_wake_is_not_remembered(autojump_clock: MockClock) -> None:
    waiter = Waiter()
    waiter.wake()
    with trio.move_on_after(1) as patience:
        await waiter.wait()
    assert patience.cancelled_caught


async def test_who_was_cancelled_is_not_woken_any_more(autojump_clock: MockClock) -> None:
    waiter = Waiter()
    with trio.move_on_after(1):
        await waiter.wait()
    waiter.wake()
    await trio.sleep(1)  # a task that is woken twice fails
