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
    from lossy.sim.virtual.run import Plan

FOUND = Path(__file__).parent / "planted_found"
WITHIN = 500


def first_failing() -> tuple[int, Plan, str] | None:
    """The number of seeds that it took, the plan and its failure."""
    for seed in range(1, WITHIN + 1):
        plan = draw(seed, [*library().values()])
        if (failure := run(plan).failure) is not None:
            return seed, plan, failure
    return None


def find(name: str) -> str:
    with PLANTED[name]():
        found = first_failing()
        if found is None:
            return f"{name}: not within {WITHIN} seeds"
        took, plan, failure = found
        small = made_small(plan, failure, run)
        left = run(small).failure or ""
    (FOUND / f"{name}.yaml").write_text(write_plan(small, f"{name}, after {took} runs\n{left}"), encoding="utf-8")
    return f"{name}: after {took} runs, {size_of(small)} steps and faults: {left}"


if __name__ == "__main__":
    for name in sys.argv[1:] or PLANTED:
        print(find(name), flush=True)
