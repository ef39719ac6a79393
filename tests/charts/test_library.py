"""Our step against an engine written by others: the same configurations, and the same effects in the same order."""

import os

from hypothesis import HealthCheck, given, settings

from lossy.charts.model import Chart
from tests.charts.library import LibraryMachine
from tests.charts.strategies import DATA, Command, charts, commands, repeatable, walk

NIGHTLY = os.environ.get("LOSSY_NIGHTLY") == "1"
many = settings(
    repeatable,
    max_examples=10_000 if NIGHTLY else 150,
    derandomize=not NIGHTLY,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@many
@given(charts(depth=2), commands)
def test_the_library_agrees_on_random_charts(chart: Chart, commands: list[Command]) -> None:
    _compare(chart, commands)


@settings(many, max_examples=many.max_examples // 5)
@given(charts(depth=3), commands)
def test_the_library_agrees_on_deeper_ones(chart: Chart, commands: list[Command]) -> None:
    _compare(chart, commands)


def _compare(chart: Chart, commands: list[Command]) -> None:
    moments = walk(chart, commands)
    if not moments:
        return  # it never comes to rest, and the library would not stop
    library = LibraryMachine(chart)
    assert library.start(DATA, 0) == moments[0].effects
    for moment in moments[1:]:
        assert library.send(moment.event) == moment.effects
        assert library.state() == moment.after
