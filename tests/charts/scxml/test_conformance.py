"""The structural cases of the W3C's SCXML suite, by their numbers: `pytest -k 403` runs 403a, 403b and 403c."""

from __future__ import annotations

from collections import deque

import pytest

from lossy.charts.load import SEND
from lossy.charts.model import Chart, ChartError, Event, State
from lossy.charts.step import start, step
from tests.charts.library import LibraryMachine
from tests.charts.scxml.cases import DATA, Case, read
from tests.charts.scxml.session import Session

PASSES, REFUSED = read("passes.yaml"), read("refused.yaml")
APPENDIX_D, DEPARTS = read("appendix_d.yaml"), read("departs.yaml")


@pytest.mark.parametrize("case", [*PASSES, *APPENDIX_D, *DEPARTS], ids=lambda case: case.id)
def test_a_case_comes_out_as_it_should(case: Case) -> None:
    for run in case.runs:
        session = Session(case.chart())
        assert [session.take(expected.event) for expected in run] == [*run]


@pytest.mark.parametrize("case", [*PASSES, *APPENDIX_D], ids=lambda case: case.id)
def test_the_library_agrees_on_a_case(case: Case) -> None:
    chart = case.chart()
    for run in case.runs:
        session, library = Session(chart), LibraryMachine(chart)
        for expected in run:
            session.take(expected.event)
        state, effects = start(chart, DATA, 0)
        assert library.start(DATA, 0) == effects
        for event in session.delivered:
            state = _compare(chart, library, state, event)


def _compare(chart: Chart, library: LibraryMachine, state: State, event: Event) -> State:
    """One event to both, and then whatever the chart sent to itself."""
    queue = deque([event])
    while queue:
        event = queue.popleft()
        state, effects, _ = step(chart, state, event)
        assert library.send(event) == effects
        assert library.state() == state
        queue += [Event(effect.args["event"], event.at) for effect in effects if effect.name == SEND]
    return state


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_what_a_chart_may_not_say_is_refused(case: Case) -> None:
    with pytest.raises(ChartError) as refused:
        case.chart()
    assert str(refused.value) == case.says
