"""XState runs what is exported: the same configurations, actions, timers and work as ours.

What differs is at a place where XState leaves SCXML, which docs/reference/xstate.md describes, and nowhere else.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lossy.charts.export.xstate import config
from lossy.charts.mentioned import as_written
from tests.charts.strategies import NIGHTLY
from tests.charts.tossed import Walk, tossed, tossed_random, walk
from tests.charts.xstate import FOLDER, chart_of, departures, first_difference, objects, run

if TYPE_CHECKING:
    from collections.abc import Callable

SET_UP = (FOLDER / "node_modules" / "xstate").is_dir()
FILES = sorted((Path(__file__).parents[2] / "statecharts").glob("*.yaml"))
WALKS, STEPS = (400, 100) if NIGHTLY else (100, 50)
RANDOM_CHARTS = 3_000 if NIGHTLY else 60


def in_node(test: Callable[..., None]) -> Callable[..., None]:
    skip = pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in tests/npm")
    marked: Callable[..., None] = pytest.mark.integration(skip(test))
    return marked


def differences(walks: list[Walk]) -> list[tuple[Walk, int]]:
    found = [(walk, first_difference(walk, reports)) for walk, reports in zip(walks, run(walks), strict=True)]
    return [(walk, i) for walk, i in found if i is not None]


# -- XState runs it -------------------------------------------------------------------------------------------------


# The agent meets the first; voice the second, where settings change while it waits for silence.
MET_BY_OURS = {"order of eventless transitions", "a region and what is around it"}


@in_node
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_xstate_agrees_on(file: Path) -> None:
    chart = tossed(as_written(file.read_text(encoding="utf-8")))
    walks = [walk(chart, seed, STEPS) for seed in range(WALKS)]
    taken = {id for walk in walks for move in walk.moves for id in move.taken.transitions}
    assert len(taken) > sum(1 for _ in chart.transitions()) / 2, "the walks see too little of the chart"
    for walk_, i in differences(walks):
        met = departures(chart, walk_.picked[i])
        assert met, _told(walk_, i)
        assert met <= MET_BY_OURS, _told(walk_, i)


@in_node
@pytest.mark.parametrize("depth", [2, 3])
def test_xstate_agrees_on_random_charts(depth: int) -> None:
    walks = [walk(tossed_random(seed, depth), seed, 25) for seed in range(RANDOM_CHARTS)]
    walks = [walk for walk in walks if walk.moves]
    differing = differences(walks)
    for walk_, i in differing:
        assert departures(walk_.chart, walk_.picked[i]), _told(walk_, i)
    assert len(differing) < len(walks) / 4, "so many charts do not meet a departure"


def _told(walk: Walk, i: int) -> str:
    move = walk.moves[i]
    return f"{walk.chart.name}, seed {walk.seed}, step {i}: {sorted(move.before.active)} on {move.event.name}"


DEPARTURES = {
    "a region and what is around it": """
        p: {type: parallel, events: {red: {do: [beep]}, green: away}, states: {
            q: {events: {red: {do: [tell]}}}, r: {}}}""",
    "order of eventless transitions": """
        p: {type: parallel, events: {blue: {do: [count]}}, states: {
            q: {initial: q1, states: {q1: {events: {red: q2}}, q2: {always: {if: even, to: away, do: [beep]}}}},
            r: {always: {if: full, to: away, do: [tell]}}}}""",
    "history from inside": """
        p: {initial: q, events: {green: away}, states: {
            h: {type: deep, default: a2},
            q: {type: parallel, exit: [beep], states: {
                a: {initial: a1, states: {a1: {}, a2: {}}}, b: {events: {red: h}}}}}}""",
}


@in_node
@pytest.mark.parametrize("departure", DEPARTURES)
def test_xstate_departs_in(departure: str) -> None:
    """Should a release of XState mend it, this fails, and the departure is to be struck out."""
    chart = chart_of(DEPARTURES[departure])
    differing = differences([walk(chart, seed, 20) for seed in range(40)])
    assert {frozenset(departures(chart, walk.picked[i])) for walk, i in differing} == {frozenset({departure})}


UNSEEN = {
    "a parallel state inside a parallel one ends both": """
        p: {type: parallel, events: {done.p: away}, states: {
            q: {type: parallel, states: {
                a: {initial: a1, states: {a1: {events: {red: a2}}, a2: {type: final}}},
                b: {initial: b1, states: {b1: {events: {red: b2}}, b2: {type: final}}}}},
            c: {initial: c1, states: {c1: {events: {green: c2}}, c2: {type: final}}}}}""",
    "a machine that ends leaves its final state": """
        p: {events: {red: end, green: away}}, end: {type: final, exit: [beep]}""",
}


@in_node
@pytest.mark.parametrize("departure", UNSEEN)
def test_xstate_departs_where_no_other_chart_goes(departure: str) -> None:
    chart = chart_of(UNSEEN[departure])
    assert differences([walk(chart, seed, 20) for seed in range(20)])


# -- a faulty export is noticed -------------------------------------------------------------------------------------


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda found: found.pop(key, None)


def _one_target(found: dict[str, Any]) -> None:
    if isinstance(found.get("target"), list):
        found["target"] = found["target"][0]


def _no_failures(found: dict[str, Any]) -> None:
    if isinstance(found.get("on"), dict):
        found["on"].pop("xstate.error.actor.*", None)


SPOILT = {
    **{key: _without(key) for key in ("guard", "actions", "entry", "exit", "invoke", "after", "always", "reenter")},
    "only the first target": _one_target,
    "a failure that nobody hears": _no_failures,
}


@pytest.fixture(scope="module")
def random_walks() -> list[Walk]:
    walks = [walk(tossed_random(seed, 2), seed, 20) for seed in range(40)]
    return [walk for walk in walks if walk.moves]


@in_node
@pytest.mark.parametrize("fault", SPOILT)
def test_a_fault_in_the_export_is_noticed(fault: str, random_walks: list[Walk]) -> None:
    configs = [copy.deepcopy(config(walk.chart)) for walk in random_walks]
    for each in objects(configs):
        SPOILT[fault](each)
    pairs = zip(random_walks, run(random_walks, configs), strict=True)
    found = [(walk, first_difference(walk, reports)) for walk, reports in pairs]
    assert [i for walk, i in found if i is not None and not departures(walk.chart, walk.picked[i])]
