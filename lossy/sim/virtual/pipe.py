"""One direction of a connection: frames that arrive in order, each at its time, until it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import trio
from attrs import define, field

from lossy.sim.virtual.scheduling import JumpingClock, jumping_clock

T = TypeVar("T")


class Ended(Exception):
    """Nothing comes any more. `code` is that of a close frame; None where the connection was cut."""

    def __init__(self, code: int | None) -> None:
        self.code = code


@define(eq=False)
class Pipe(Generic[T]):
    """For one reader. What is put in after its end is lost. `taken` is told of each frame that was read."""

    taken: Callable[[T], None] = lambda frame: None
    frames: deque[tuple[float, T]] = field(factory=deque, init=False)  # with when each arrives, on trio's clock
    _clock: JumpingClock = field(factory=jumping_clock, init=False)
    _ended: tuple[float, int | None] | None = field(default=None, init=False)
    _reader: trio.lowlevel.Task | None = field(default=None, init=False)

    @property
    def is_over(self) -> bool:
        """Whether its reader could know that it has ended."""
        return self._ended is not None and self._ended[0] <= self._clock.now and not self.frames

    def put(self, frame: T, at: float) -> None:
        if self._ended is None:
            self.frames.append((at, frame))
            if len(self.frames) == 1:
                self._look()

    def end(self, code: int | None, at: float, *, at_once: bool = False) -> None:
        """After what is in it, and not before that time; `at_once` what is on its way is lost."""
        if at_once:
            self.frames.clear()
        if self._ended is None or at_once:
            self._ended = at, code
            if not self.frames:
                self._look()

    async def get(self) -> T:
        """Raises Ended."""
        while not self._is_due():
            await self._sleep()
        if self.frames:
            _, frame = self.frames.popleft()
            self.taken(frame)
            return frame
        assert self._ended is not None, "there is something due"
        raise Ended(self._ended[1])

    def _is_due(self) -> bool:
        due = self._due()
        return due is not None and due <= self._clock.now

    def _due(self) -> float | None:
        if self.frames:
            return self.frames[0][0]
        return None if self._ended is None else self._ended[0]

    async def _sleep(self) -> None:
        def abort(_: object) -> trio.lowlevel.Abort:
            self._reader = None
            return trio.lowlevel.Abort.SUCCEEDED

        self._reader = trio.lowlevel.current_task()
        self._look()
        await trio.lowlevel.wait_task_rescheduled(abort)

    def _look(self) -> None:
        """Wakes its reader where something is there; where something is on its way, it looks again at that time."""
        due = self._due()
        if self._reader is None or due is None:
            return
        if due > self._clock.now:
            return self._clock.call_at(due, self._look)
        trio.lowlevel.reschedule(self._reader)
        self._reader = None
