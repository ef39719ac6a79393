"""Trio's order of tasks from a seed, so that one seed gives one run. The only module that touches what trio keeps private.

Tasks that are ready in one pass are shuffled by trio, out of sight. With `_ALLOW_DETERMINISTIC_SCHEDULING` it sorts
them first by their age, and then shuffles with `_r`; Hypothesis relies on the same two names. Seeding `_r` without it
is not enough: of six processes two saw another order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeVar

import trio
from trio.testing import MockClock

# Those whose private names were read. Another one may have moved them: look at `trio/_core/_run.py`, and let
# tests/sim/test_determinism.py say whether it still holds.
KNOWN = ("0.35.",)

T = TypeVar("T")


class UnknownTrio(RuntimeError):
    """This version of trio was not looked at."""


def run_in_order(seed: int, main: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """As `trio.run`, in virtual time that jumps ahead whenever everybody waits. Raises UnknownTrio."""
    if not trio.__version__.startswith(KNOWN):
        raise UnknownTrio(f"trio {trio.__version__}: its order of tasks is known for {', '.join(KNOWN)}x only")
    from trio._core import _run as private

    before = private._ALLOW_DETERMINISTIC_SCHEDULING, private._r
    private._ALLOW_DETERMINISTIC_SCHEDULING, private._r = True, Random(seed)
    try:
        return trio.run(main, *arguments, clock=MockClock(autojump_threshold=0))
    finally:
        private._ALLOW_DETERMINISTIC_SCHEDULING, private._r = before
