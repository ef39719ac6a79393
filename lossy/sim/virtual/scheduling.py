"""Trio's order of tasks from a seed, so that one seed gives one run. No other module touches what trio keeps private.

Tasks that are ready in one pass are shuffled by trio, out of sight. With `_ALLOW_DETERMINISTIC_SCHEDULING` it sorts
them first by their age, and then shuffles with `_r`; Hypothesis relies on the same two names. Seeding `_r` without it
is not enough: of six processes two saw another order.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableSequence

# Those whose private names were read. Another one may have moved them: look at `trio/_core/_run.py`, and let
# tests/sim/test_determinism.py say whether it still holds.
KNOWN = ("0.35.",)

T = TypeVar("T")


class UnknownTrio(RuntimeError):
    """This version of trio was not looked at."""


class Order(Random):
    """Most passes of trio have one task, of which there is one order."""

    def shuffle(self, x: MutableSequence[Any]) -> None:
        if len(x) > 1:
            super().shuffle(x)


class JumpingClock(trio.abc.Clock):
    """Jumps to the next deadline as soon as nobody can do anything before it.

    Trio asks how long to sleep when no task is ready, and only then. `MockClock` waits for one more pass before it
    jumps, and reads the real clock with every question: a run takes a third longer with it. It knows of no thread and
    no `wait_all_tasks_blocked`, of which a world has none.

    `call_at` is for what comes to many tasks at known times, as frames do: by deadlines each of them would take a
    cancel scope, an exception and a pass more.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._calls: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def call_at(self, at: float, call: Callable[[], object]) -> None:
        """Once it is that time and nobody can do anything before it. `call` may reschedule tasks, and never raises."""
        heappush(self._calls, (at, next(self._numbers), call))

    def start_clock(self) -> None:
        return

    def current_time(self) -> float:
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        calls = self._calls
        self.now = max(self.now, min(deadline, calls[0][0]) if calls else deadline)
        while calls and calls[0][0] <= self.now:
            heappop(calls)[2]()
        return 0


def jumping_clock() -> JumpingClock:
    """That of the world which calls."""
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, JumpingClock), "a world runs in order"
    return clock


def run_in_order(seed: int, main: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """As `trio.run`, in virtual time that jumps ahead whenever everybody waits. Raises UnknownTrio."""
    if not trio.__version__.startswith(KNOWN):
        raise UnknownTrio(f"trio {trio.__version__}: its order of tasks is known for {', '.join(KNOWN)}x only")
    from trio._core import _run

    private: Any = _run

    before = private._ALLOW_DETERMINISTIC_SCHEDULING, private._r
    private._ALLOW_DETERMINISTIC_SCHEDULING, private._r = True, Order(seed)
    try:
        return trio.run(main, *arguments, clock=JumpingClock())
    finally:
        private._ALLOW_DETERMINISTIC_SCHEDULING, private._r = before
