"""What stored snapshots depend on, and in how many places they can stand."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from lossy.charts import shape as shapes
from lossy.charts.load import load
from lossy.charts.mentioned import as_written
from lossy.charts.model import Kind
from lossy.charts.shape import Outline, configurations, differences, how_many, shape
from tests.charts.strategies import NAMES, Command, charts, commands, document, examples, walk

if TYPE_CHECKING:
    from lossy.charts.model import Chart

TREE = """
name: door
initial: a
hears: {tests: {go: it}}
states:
  a: {events: {go: h}}
  p:
    type: parallel
    during: dig
    states:
      h: {type: deep, default: r2}
      left: {initial: l1, states: {l1: {after: {delay: long, to: l2}}, l2: {}}}
      right: {initial: r1, states: {r1: {events: {go: r2}}, r2: {events: {go: r3}}, r3: {type: final}}}
"""


def test_a_shape_is_the_tree_of_states_and_what_runs_in_them() -> None:
    outlines = shape(as_written(TREE))
    assert [*outlines] == ["a", "p", "h", "left", "l1", "l2", "right", "r1", "r2", "r3"]
    assert outlines["p"] == Outline(None, Kind.PARALLEL, during=True)
    assert outlines["l1"] == Outline("left", Kind.ATOMIC, timer=True)
    assert outlines["h"] == Outline("p", Kind.DEEP)


def test_words_transitions_and_effects_are_no_part_of_it() -> None:
    other = TREE.replace("events: {go: r2}", "why: nothing, entry: [beep], events: {go: {to: r2, if: even}}")
    assert shape(as_written(other)) == shape(as_written(TREE))


def test_every_configuration_is_one_child_of_each_compound_state_and_all_regions_of_each_parallel_one() -> None:
    outlines = shape(as_written(TREE))
    inside = [{"p", "left", "right", left, right} for left in ("l1", "l2") for right in ("r1", "r2", "r3")]
    assert [*configurations(outlines)] == [{"a"}, *inside]
    assert how_many(outlines) == 7


def test_of_many_configurations_only_so_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "CONFIGURATIONS", 3)
    outlines = shape(as_written(TREE))
    assert len([*configurations(outlines)]) == 3
    assert how_many(outlines) == 7


@examples(30, 1_000)
@given(charts(), commands)
def test_wherever_a_chart_comes_is_among_its_configurations(chart: Chart, commands: list[Command]) -> None:
    told = [*configurations(shape(chart))]
    assert len({*told}) == len(told) == how_many(shape(chart))
    assert all(chart.legal(active) for active in told)
    assert {move.after.active for move in walk(chart, commands)} <= {*told}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("l2: {}", "l2: {events: {go: l3}}, l3: {}", ["'l3' is new"]),
        ("to: l2", "to: l2, if: even, restore: restart", []),
        ("r3: {type: final}", "r3: {}", ["'r3' was final and is atomic"]),
        ("h: {type: deep", "h: {type: shallow", ["'h' was deep and is shallow"]),
        ("after: {delay: long, to: l2}", "always: l2", ["'l1' no longer has a timer"]),
        ("l2: {}", "l2: {after: {delay: long, to: l1}}", ["'l2' now has a timer"]),
        ("    during: dig\n", "", ["'p' no longer has work"]),
        ("l2: {}", "l2: {during: dig}", ["'l2' now has work"]),
    ],
)
def test_a_difference_is_told_in_words(old: str, new: str, words: list[str]) -> None:
    assert old in TREE
    then, now = as_written(TREE), as_written(TREE.replace(old, new))
    assert differences(shape(then), shape(now)) == words


def test_a_state_that_moved_or_is_gone_is_told() -> None:
    outlines = shape(as_written(TREE))
    moved = {**outlines, "r1": Outline("left", Kind.ATOMIC), "l1": Outline(None, Kind.ATOMIC, timer=True)}
    assert differences(outlines, moved) == ["'l1' is inside no other state now", "'r1' is inside 'left' now"]
    del moved["l1"], moved["r1"]
    assert differences(outlines, moved) == ["'l1' is gone", "'r1' is gone"]


def test_what_is_only_looked_at_has_its_names_from_the_file() -> None:
    """Every random chart, with names of guards, updates, effects, work and delays, and no table for them."""
    for seed in range(20):
        text = json.dumps(document(Random(seed), 2))
        looked_at, loaded = as_written(text), load(text, NAMES)
        assert shape(looked_at) == shape(loaded)
        assert [t.id for t in looked_at.transitions()] == [t.id for t in loaded.transitions()]
