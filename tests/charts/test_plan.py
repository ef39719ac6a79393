"""Where steps lead is worked out once, and not remembered without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts import plan
from lossy.charts.load import load
from lossy.charts.model import Event, Names
from lossy.charts.step import start, step

if TYPE_CHECKING:
    import pytest

# Nine states, and one event that leads from each to the next.
NEXT = ", ".join(f"s{n}: {{events: {{go: s{(n + 1) % 9}}}}}" for n in range(9))
RING = f"name: ring\ninitial: s0\nhears: {{a hand: {{go: it}}}}\nstates: {{{NEXT}}}"


def test_when_too_many_plans_are_kept_all_are_worked_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PLANS", 5)
    chart = load(RING, Names())
    state, _ = start(chart, {}, 0)
    been: list[str] = []
    for at in range(20):
        state, _, taken = step(chart, state, Event("go", at))
        been += taken.transitions
        assert len(chart.plans) + len(chart.candidates) <= plan.PLANS
    assert been == [f"s{n % 9}/go/0" for n in range(20)]
