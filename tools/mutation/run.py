"""One campaign from the collecting of the tests to the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen
from rich.console import Console
from rich.progress import track

from tools.mutation.campaign import Campaign, Verdict
from tools.mutation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.charts.model import Chart
    from lossy.charts.mutant import Mutant
    from tools.mutation.shipped import Shipped

TESTS = ["tests/domain", "tests/sessions", "tests/charts"]
# What repeats a chart notices every change of it, and says nothing of whether the chart is right.
REPEATING = ["diff*", "draw*", "export*", "library", "mutate", "page*", "versions", "xstate*"]
# What is of the engine, with charts of its own, would only take time.
ELSEWHERE = ["tests/charts/test_properties.py", "tests/charts/scxml"]
LEFT_OUT = [*(f"tests/charts/test_{name}.py" for name in REPEATING), *ELSEWHERE]


@frozen
class Outcome:
    verdicts: Sequence[Verdict]  # in the order of the mutants
    left_out: Sequence[str] = field(factory=list)  # tests that fail without a mutant, files that cannot be imported


def run(
    shipped: Shipped,
    charts: Mapping[str, Chart],
    mutants: Sequence[Mutant],
    *,
    jobs: int = 2,
    quick: bool = False,
    tests: Sequence[str] = TESTS,
    left_out: Sequence[str] = LEFT_OUT,
) -> Outcome:
    """Raises NothingCollected when there are no tests. Shows on a terminal how far it is."""
    verdicts: dict[Mutant, Verdict] = {}
    unusable: list[str] = []

    def judge(suite: Suite) -> None:
        campaign = Campaign(charts, shipped, suite, jobs, quick)
        console = Console(stderr=True)
        judged = track(
            campaign.judge(mutants), "mutants", len(mutants), console=console, disable=not console.is_terminal
        )
        verdicts.update((verdict.mutant, verdict) for verdict in judged)
        unusable.extend([*suite.broken, *campaign.failing()])

    Suite(judge).open(tests, left_out)
    return Outcome([verdicts[mutant] for mutant in mutants], unusable)
