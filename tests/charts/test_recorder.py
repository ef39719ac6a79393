"""What is recorded is what was taken, by the charts that ship and by nobody else."""

from __future__ import annotations

import json
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given

from lossy.charts import step as engine
from lossy.charts.load import load
from lossy.charts.model import Event, State
from lossy.charts.reach import addressee, reached, takeable
from lossy.charts.step import Unsettled
from tests.charts.coverage import Plugin, figures, is_whole, table
from tests.charts.pairs import possible_pairs
from tests.charts.recorder import Record, Recorder, read_records
from tests.charts.strategies import DATA, NAMES, Command, charts, commands, examples

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.charts.model import Chart

DOOR = """
name: door
initial: shut
hears: {a hand: {push: it is pushed, lock: a key is turned}}
states:
  shut: {events: {push: open, lock: locked}}
  open:
    after: {delay: short, to: passed}
    events: {push: {do: [beep]}}
  passed: {always: shut}
  locked: {}
"""


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    (tmp_path / "door.yaml").write_text(DOOR, encoding="utf-8")
    records = read_records(tmp_path)
    Recorder(records).install(monkeypatch.setattr)
    return records["door"]


def run(*events: str, text: str = DOOR) -> State:
    chart = load(text, NAMES)
    state, _ = engine.start(chart, DATA, 0)
    for at, name in enumerate(events):
        state, _, _ = engine.step(chart, state, Event(name, at))
    return state


def test_states_transitions_and_pairs_are_counted(record: Record) -> None:
    run("push", "push", "lock", "after.open", "lock")
    assert record.transitions() == {
        "shut/push/0": 1,
        "open/push/0": 1,
        "open/after.open/0": 1,
        "passed/always/0": 1,
        "shut/lock/0": 1,
    }
    assert record.states() == {"shut": 2, "open": 2, "passed": 1, "locked": 1}, "after the start and five microsteps"
    assert record.pairs() == {
        ("shut/push/0", "open/push/0"): 1,
        ("open/push/0", "open/after.open/0"): 1,  # the lock between them moved nothing
        ("open/after.open/0", "passed/always/0"): 1,
        ("passed/always/0", "shut/lock/0"): 1,
    }
    assert record.missing() == []


def test_what_was_never_taken_is_named(record: Record) -> None:
    run("push", "push")
    assert record.missing() == [
        "door: no test reaches passed",
        "door: no test reaches locked",
        "door: no test takes shut/lock/0",
        "door: no test takes open/after.open/0",
        "door: no test takes passed/always/0",
    ]


def test_two_machines_make_no_pair(record: Record) -> None:
    run("push")
    run("lock")
    assert record.pairs() == {}


def test_a_spoilt_copy_is_not_the_chart(record: Record) -> None:
    run("push", text=DOOR.replace("lock: locked", "lock: open").replace("  locked: {}\n", ""))
    run("push", text=DOOR.replace("name: door", "name: window"))
    assert record.transitions() == {}


def test_from_a_state_that_is_left_at_once_only_that_is_possible() -> None:
    chart = load(DOOR.replace("passed: {always: shut}", "passed: {always: shut, events: {push: locked}}"), NAMES)
    after = "open/after.open/0"
    assert {second for first, second in possible_pairs(chart) if first == after} == {"passed/always/0"}


@examples(50, 1_000)
@given(charts(), commands)
def test_the_pairs_that_happen_are_among_the_possible_ones(chart: Chart, commands: list[Command]) -> None:
    record = Record(chart, "")
    with pytest.MonkeyPatch.context() as patch, suppress(Unsettled):
        Recorder({chart.name: record}).install(patch.setattr)
        wander(chart, commands)
    taken = {transition.id for transition in takeable(chart, reached(chart))}  # no answer that comes too late
    alone = {(*first, after) for (first, then, _) in record.microsteps for after in then if len(first) == 1}
    assert {(first, after) for first, after in alone if {first, after} <= taken} <= possible_pairs(chart)


def wander(chart: Chart, commands: list[Command]) -> None:
    """With answers only from states that are active."""
    state, _ = engine.start(chart, DATA, 0)
    for now, command in enumerate(commands):
        event = command.event(chart, state, now)
        if addressee(event.name) in {None, *state.active}:
            state, _, _ = engine.step(chart, state, event)


# -- the end of a run -----------------------------------------------------------------------------------------------


def test_a_run_that_took_everything_ends_well(record: Record, tmp_path: Path) -> None:
    run("push", "push", "after.open", "lock")
    plugin = Plugin({"door": record}, tmp_path / "build" / "coverage.json")
    assert finish(plugin) == 0
    written = json.loads((tmp_path / "build" / "coverage.json").read_text(encoding="utf-8"))
    assert written == {"door": figures(record)}
    assert written["door"]["transitions"]["shut/lock/0"] == 1
    assert [*table({"door": record})][1].split() == ["door", "4", "of", "4", "5", "of", "5", "4", "of", "7", "(57%)"]


def test_a_run_that_missed_something_fails_and_names_it(record: Record, tmp_path: Path) -> None:
    run("push", "push", "after.open")
    plugin = Plugin({"door": record}, tmp_path / "build" / "coverage.json")
    assert finish(plugin) == 1
    lines: list[str] = []
    plugin.pytest_terminal_summary(cast(Any, SimpleNamespace(section=lines.append, line=lines.append)))
    assert lines[-2:] == ["door: no test reaches locked", "door: no test takes shut/lock/0"]


def test_a_run_that_was_broken_off_is_not_judged(record: Record, tmp_path: Path) -> None:
    plugin = Plugin({"door": record}, tmp_path / "coverage.json")
    assert finish(plugin, pytest.ExitCode.INTERRUPTED) == pytest.ExitCode.INTERRUPTED
    assert not (tmp_path / "coverage.json").exists()


@pytest.mark.parametrize(
    ("option", "whole"),
    [
        ({}, True),
        ({"markexpr": ""}, False),
        ({"markexpr": "integration"}, False),
        ({"keyword": "door"}, False),
        ({"deselect": ["tests/charts"]}, False),
        ({"lf": True}, False),
        ({"collectonly": True}, False),
    ],
)
def test_only_a_run_of_all_the_fast_tests_is_judged(option: dict[str, Any], whole: bool) -> None:
    usual = {"markexpr": "not integration", "keyword": "", "deselect": None, "lf": False, "collectonly": False}
    for source in pytest.Config.ArgsSource:
        config = SimpleNamespace(args_source=source, option=SimpleNamespace(**usual | option))
        assert is_whole(cast(Any, config)) == (whole and source is pytest.Config.ArgsSource.TESTPATHS)


def finish(plugin: Plugin, exitstatus: int = 0) -> int:
    session = SimpleNamespace(exitstatus=exitstatus)
    plugin.pytest_sessionfinish(cast(Any, session), exitstatus)
    return int(session.exitstatus)
