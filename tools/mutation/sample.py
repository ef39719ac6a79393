"""Which mutants the quick form takes: few, the same every time while the chart is the same, and of every change."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from lossy.charts.mutant import Mutant, refusal
from lossy.charts.mutate import SCORED, mutants

if TYPE_CHECKING:
    from lossy.charts.model import Chart

SCORED_EACH, MORE_EACH = 4, 1


def sample(chart: Chart) -> list[Mutant]:
    """Those that would not load are left out: nobody has to notice them."""
    by_change: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in _shuffled(chart):
        if refusal(chart, mutant) is None:
            by_change[mutant.change].append(mutant)
    each = ((change, SCORED_EACH if change in SCORED else MORE_EACH) for change in by_change)
    return [mutant for change, count in each for mutant in by_change[change][:count]]


def _shuffled(chart: Chart) -> list[Mutant]:
    found = [*mutants(chart)]
    seed = sha256("\n".join(f"{mutant.id} {mutant.words}" for mutant in found).encode()).hexdigest()
    return sorted(found, key=lambda mutant: sha256(f"{seed} {mutant.id}".encode()).digest())
