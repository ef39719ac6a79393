"""A task that waits to be woken, again and again: for what happens thousands of times a second."""

from __future__ import annotations

import trio
from attrs import define, field


@define(eq=False)
class Waiter:
    """One task at a time. A `trio.Event` is for once, and takes twice the time."""

    _task: trio.lowlevel.Task | None = field(default=None, init=False)

    async def wait(self) -> None:
        """Until it is woken, or cancelled. What it waits for was looked for just before: a wake is not remembered."""
        self._task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._give_up)

    def _give_up(self, _: object) -> trio.lowlevel.Abort:
        """A closure would be kept by whoever waits for long."""
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

    @property
    def is_waiting(self) -> bool:
        return self._task is not None

    def wake(self) -> None:
        """Nothing, where nobody waits."""
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)
            self._task = None
