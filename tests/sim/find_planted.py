"""`python -m tests.sim.find_planted [NAME…]`: how many seeds it takes to find each planted bug, made small and kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lossy.sim.campaign.drawing import draw
from lossy.sim.campaign.kept import write_plan
from lossy.sim.campaign.library import library
from lossy.sim.campaign.shrink import made_small, size_of
from lossy.sim.virtual.run import run
from tests.sim.planted import PLANTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.sim.virtual.run import Plan

FOUND = Path(__file__).parent / "planted_found"
WITHIN = 500
# What is kept of it has at most so many.
STEPS, FAULTS = 10, 2


def failing() -> Iterator[tuple[int, Plan, str]]:
    """The number of seeds that it took, the plan and its failure."""
    for seed in range(1, WITHIN + 1):
        plan = draw(seed, [*library().values()])
        if (failure := run(plan).failure) is not None:
            yield seed, plan, failure


def is_small(plan: Plan) -> bool:
    steps, faults = size_of(plan)
    return steps <= STEPS and faults <= FAULTS


def find(name: str) -> str:
    """The first that can be made small is kept."""
    first = None
    with PLANTED[name]():
        for took, plan, failure in failing():
            first = first or took
            small = made_small(plan, failure, run)
            if is_small(small):
                head = f"{name}, after {took} runs\n{run(small).failure}"
                (FOUND / f"{name}.yaml").write_text(write_plan(small, head), encoding="utf-8")
                return f"{head}, found first after {first}, {size_of(small)} steps and faults"
    return f"{name}: not within {WITHIN} seeds, or not made small; found first after {first}"


if __name__ == "__main__":
    for name in sys.argv[1:] or PLANTED:
        print(find(name), flush=True)
