"""Two versions drawn as one: everything of either is there once, with what became of it."""

from __future__ import annotations

from hypothesis import given

from lossy.charts.diff import diff
from lossy.charts.mentioned import as_written
from lossy.charts.merge import merged
from lossy.charts.model import Chart, Kind
from tests.charts.strategies import charts, examples

OLD = """
name: door
initial: shut
hears: {tests: {push: it, pull: it, knock: it}}
states:
  shut: {events: {push: open, knock: {do: [ring]}}}
  open: {after: {delay: long, to: shut}, events: {pull: {to: shut, if: dry}, push: wide}}
  wide: {after: {delay: long, to: shut}}
"""
NEW = """
name: door
initial: shut
hears: {tests: {push: it, pull: it}}
states:
  shut: {why: Nobody passes., events: {push: ajar}}
  ajar: {events: {push: hinged}}
  hinged:
    initial: open
    states:
      open: {after: {delay: short, to: shut}, events: {pull: {to: shut, if: calm}}}
"""


def test_what_became_of_each_is_marked() -> None:
    chart, marks = merged(as_written(OLD), as_written(NEW))
    assert [*chart.nodes] == ["shut", "ajar", "hinged", "open", "wide"]
    assert marks == {
        "ajar": "added",
        "ajar/push/0": "added",
        "hinged": "added",
        "open": "changed",
        "open/after.open/0": "changed",
        "open/pull/0": "changed",
        "old:open/push/0": "removed",
        "old:shut/knock/0": "removed",
        "shut/push/0": "changed",
        "old:shut/push/0": "removed",
        "wide": "removed",
        "old:wide/after.wide/0": "removed",
    }


def test_a_transition_that_leads_elsewhere_is_drawn_as_it_was_and_as_it_is() -> None:
    chart, _ = merged(as_written(OLD), as_written(NEW))
    assert [(each.id, each.targets) for each in chart.nodes["shut"].transitions] == [
        ("shut/push/0", ("ajar",)),
        ("old:shut/push/0", ("open",)),
        ("old:shut/knock/0", ()),
    ]
    assert [each.id for each in chart.nodes["open"].transitions] == [
        "open/pull/0",
        "open/after.open/0",
        "old:open/push/0",
    ], "another guard is no other arrow"


def test_a_timer_that_is_gone_is_drawn_as_it_was() -> None:
    chart, marks = merged(
        as_written(OLD), as_written(OLD.replace("wide: {after: {delay: long, to: shut}}", "wide: {}"))
    )
    (timer,) = chart.nodes["wide"].transitions
    assert (timer.id, marks[timer.id]) == ("old:wide/after.wide/0", "removed")
    assert chart.nodes["wide"].timer is not None
    assert chart.nodes["wide"].timer.delay == "long"


def test_states_that_are_gone_stay_inside_the_one_they_were_in() -> None:
    chart, marks = merged(as_written(NEW), as_written(NEW.replace("""
    initial: open
    states:
      open: {after: {delay: short, to: shut}, events: {pull: {to: shut, if: calm}}}
""", """
    events: {pull: shut}
""")))  # fmt: skip
    assert (chart.nodes["hinged"].children, chart.nodes["hinged"].kind) == (("open",), Kind.COMPOUND)
    assert (marks["hinged"], marks["open"]) == ("changed", "removed")


@examples(40, 1_000)
@given(charts(), charts())
def test_any_two_charts_make_one_that_can_be_drawn(old: Chart, new: Chart) -> None:
    chart, marks = merged(old, new)
    assert chart.nodes.keys() == old.nodes.keys() | new.nodes.keys()
    ids = [transition.id for transition in chart.transitions()]
    assert len(ids) == len({*ids})
    assert marks.keys() <= chart.nodes.keys() | {*ids}
    for node in chart.nodes.values():
        named = {*node.children, *node.default, *(target for each in node.transitions for target in each.targets)}
        assert named <= chart.nodes.keys()
        assert all(chart.nodes[child].parent == node.id for child in node.children)
        assert bool(node.children) == (node.kind in (Kind.COMPOUND, Kind.PARALLEL))
    assert [id for id in chart.nodes if id in new.nodes] == [*new.nodes]
    drawn = {change.id for change in diff(old, new) if change.what == "state" and not change.quiet}
    assert drawn == marks.keys() & chart.nodes.keys()


@examples(20, 500)
@given(charts())
def test_a_chart_that_did_not_change_has_no_marks(chart: Chart) -> None:
    same, marks = merged(chart, chart)
    assert marks == {}
    assert [each.id for each in same.transitions()] == [each.id for each in chart.transitions()]
