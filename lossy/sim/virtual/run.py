"""One run of a story from one seed, from its first instant to its judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING, Any

import trio
from attrs import field, frozen

from lossy.sim.script.play import Player, Unmet
from lossy.sim.script.stage import CannotPerform
from lossy.sim.virtual.database import Database
from lossy.sim.virtual.entropy import seeded_ids
from lossy.sim.virtual.faults import Chance, Rates
from lossy.sim.virtual.knobs import ticking
from lossy.sim.virtual.scheduling import run_in_order
from lossy.sim.virtual.stage import World
from lossy.sim.virtual.trace import Trace
from lossy.sim.virtual.watching import watched
from lossy.store.memory import MemoryLedger

if TYPE_CHECKING:
    from lossy.sim.script.story import Story

BEGAN_MS = 1_763_640_000_000  # every run begins at noon of one day in November


@frozen
class Plan:
    """What a run is made of; the same one gives the same run, byte by byte."""

    seed: int
    story: Story
    rates: Rates = field(factory=dict)
    model: bool = False
    tick_s: float | None = None
    lease_s: float = 10.0


@frozen
class Result:
    plan: Plan
    failure: str | None
    hash: str
    lines: int
    virtual_s: float
    hits: Mapping[str, int]


def run(plan: Plan, write: Callable[[bytes], None] | None = None) -> Result:
    """`write` gets each line of the trace."""
    random = Random(plan.seed)
    with seeded_ids(Random(random.getrandbits(64))):
        return run_in_order(random.getrandbits(64), _play, plan, random, write)


async def _play(plan: Plan, random: Random, write: Any) -> Result:
    trace = Trace(BEGAN_MS, lambda: BEGAN_MS + round(trio.current_time() * 1_000), **({} if write is None else {"write": write}))
    chance = Chance(random, plan.rates)
    database = Database(MemoryLedger())
    failure = None
    with watched(trace) as logs, ticking(plan.tick_s):
        try:
            async with World.open(plan.story, random, chance, database, trace, model=plan.model, lease_s=plan.lease_s) as world:
                await Player(plan.story, world, lambda path, step: trace.line("story", step=path)).play()
        except* (Unmet, CannotPerform, trio.TooSlowError) as errors:
            failure = "; ".join(f"{type(e).__name__}: {e}" for e in errors.exceptions)
    return Result(plan, failure, trace.hash, trace.lines, trio.current_time(), dict(chance.hits)), logs
