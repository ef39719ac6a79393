"""A flag, its ramp and its figures, for the tests of the rollout's chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from lossy.charts.model import Chart, Data
from lossy.sessions.catalog import initial_data
from lossy.settings import Settings
from tests.domain.driven import CHARTS, DAY, MINUTE, SECOND, Driven

if TYPE_CHECKING:
    from typing import Self

CHART = CHARTS["rollout"]
STEPS = {"one_percent": 1, "ten_percent": 10, "fifty_percent": 50}
SHARES = {"off": 0, **STEPS, "full": 100, "rolled_back": 0}
WINDOW_MS = 5 * MINUTE

GOOD = {"disconnect_rate": 0.0, "error_rate": 0.0, "p95_ms": 0}
WORRYING = {**GOOD, "error_rate": 0.01}
ALARMING = {**GOOD, "error_rate": 0.05}
SILENT: Data = dict.fromkeys(GOOD)  # without traffic there are none
FIGURES: dict[str, Data] = {"good": GOOD, "worrying": WORRYING, "alarming": ALARMING, "silent": SILENT}


def data() -> Data:
    return initial_data(Settings())["rollout"]


@define(eq=False)
class Flag(Driven):
    chart: Chart = CHART
    data: Data = field(factory=data)

    def see(self, figures: Data, *, window_ms: int = WINDOW_MS, after: int = WINDOW_MS) -> Self:
        """The figures of a window that ends as they come."""
        return self.hear("figures", after, since=self.at + after - window_ms, **figures)

    def grow(self) -> Self:
        """A day goes by, and all is well."""
        return self.wait(DAY).see(GOOD, after=SECOND)


def at_step(step: str) -> Flag:
    """A flag that came there by itself: nobody holds it."""
    flag = Flag().hear("start")
    for _ in range([*STEPS, "full"].index(step)):
        flag.grow()
    assert flag.now == step
    return flag
