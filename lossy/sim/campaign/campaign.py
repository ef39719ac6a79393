"""Many seeds, in several processes, and what came of all of them together."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from time import monotonic
from typing import TYPE_CHECKING

from attrs import define, field

from lossy.sim.campaign.drawing import draw
from lossy.sim.campaign.drift import Drift
from lossy.sim.campaign.library import library
from lossy.sim.judge.sometimes import SOMETIMES
from lossy.sim.virtual.node import charts
from lossy.sim.virtual.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lossy.sim.virtual.run import Result

# Recoveries that a summary shows.
SLOWEST = 5


@define(eq=False)
class Summary:
    """`taken` is in how many runs each transition was taken, `pairs` of them one after the other, `failures` by seed,
    `recoveries` the slowest with their seeds, in s.
    """

    runs: int = 0
    virtual_s: float = 0.0
    taken: Counter[str] = field(factory=Counter)
    pairs: set[tuple[str, str]] = field(factory=set)
    hits: Counter[str] = field(factory=Counter)
    seen: Counter[str] = field(factory=Counter)
    failures: dict[int, str] = field(factory=dict)
    recoveries: list[tuple[float, int]] = field(factory=list)

    def add(self, result: Result) -> int:
        """How many transitions and pairs are new."""
        before = len(self.taken) + len(self.pairs)
        self.runs += 1
        self.virtual_s += result.virtual_s
        self.taken.update(result.taken)
        self.pairs |= result.pairs
        self.hits.update(result.hits)
        self.seen.update(result.seen)
        self.recoveries = sorted([*self.recoveries, *((s, result.plan.seed) for s in result.recoveries)])[-SLOWEST:]
        if result.failure is not None:
            self.failures[result.plan.seed] = result.failure
        return len(self.taken) + len(self.pairs) - before

    @property
    def never(self) -> list[str]:
        """What a campaign should have come across, and has not."""
        return [name for name in SOMETIMES if not self.seen[name]]

    @property
    def untaken(self) -> list[str]:
        """Transitions of the charts that a world has, which no run took."""
        return [transition for transition in transitions() if transition not in self.taken]


def transitions() -> Iterator[str]:
    """Of every chart but that of roll-outs, which no world has yet."""
    for name, chart in charts().items():
        if name != "rollout":
            yield from (f"{name}:{transition.id}" for transition in chart.transitions())


def run_seed(seed: int) -> Result:
    return run(draw(seed, [*library().values()]))


def campaign(
    seeds: Iterable[int],
    jobs: int,
    told: Callable[[Summary], None] = lambda summary: None,
    within_s: float | None = None,
    most_failures: int | None = None,
) -> Summary:
    """Runs all of them, or as many as begin `within_s`, or until so many have failed. `told` hears of each."""
    summary, drift = Summary(), Drift(iter(seeds), [*library().values()])
    until = None if within_s is None else monotonic() + within_s

    def is_over() -> bool:
        enough = most_failures is not None and len(summary.failures) >= most_failures
        return enough or (until is not None and monotonic() >= until)

    for seed, result in _results(drift, jobs, is_over):
        drift.found(seed, summary.add(result))
        told(summary)
    return summary


def _results(drift: Drift, jobs: int, is_over: Callable[[], bool]) -> Iterator[tuple[int, Result]]:
    if jobs == 1:
        while not is_over() and (seed := drift.next()) is not None:
            yield seed, run_seed(seed)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        running: dict[Future[Result], int] = {}
        while True:
            while len(running) < 2 * jobs and not is_over() and (seed := drift.next()) is not None:
                running[pool.submit(run_seed, seed)] = seed
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda each: running[each]):
                yield running.pop(future), future.result()


def read_seeds(written: str) -> Sequence[int]:
    """`17`, or `1..10000`, both ends among them. Raises ValueError."""
    first, dots, last = written.partition("..")
    seeds = range(int(first), int(last if dots else first) + 1)
    if not seeds:
        raise ValueError(f"{written} is no seed at all")
    return seeds
