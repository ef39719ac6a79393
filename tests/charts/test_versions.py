"""A chart that changes without a word about its snapshots is noticed, and what it must say is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.charts.mentioned import as_written
from lossy.charts.model import ChartError
from lossy.charts.versions import read_record, recorded, version_findings, write_record
from lossy.resources import folder

if TYPE_CHECKING:
    from lossy.charts.model import Chart
    from lossy.charts.versions import Record

DOOR = """
name: door
version: VERSION
initial: shut
hears: {tests: {push: it}}
migrations: MIGRATIONS
states:
  shut: {events: {push: open}}
  open: {events: {push: shut}}
"""


def door(version: int = 1, migrations: str = "{}", **changed: str) -> Chart:
    """`changed` states have another text behind their name."""
    text = DOOR.replace("VERSION", str(version)).replace("MIGRATIONS", migrations)
    for line in DOOR.splitlines():
        id = line.strip().partition(":")[0]
        text = text.replace(line, f"  {id}: {changed[id]}") if id in changed else text
    return as_written(text)


FIRST: Record = recorded({}, [door()], force=False)
AJAR = "{events: {push: ajar}}\n  ajar: {after: {delay: soon, to: shut}}"


def recorded_twice(second: Chart) -> Record:
    return recorded(FIRST, [second], force=False)


# -- the charts that ship -----------------------------------------------------------------------------------------


def ours() -> dict[str, Chart]:
    files = sorted(folder("statecharts").glob("*.yaml"))
    return {path.stem: as_written(path.read_text(encoding="utf-8")) for path in files}


@pytest.mark.parametrize("chart", ours().values(), ids=[*ours()])
def test_every_chart_says_what_becomes_of_its_snapshots(chart: Chart) -> None:
    record = read_record((folder("statecharts") / "versions.json").read_text(encoding="utf-8"))
    assert version_findings(chart, record) == []


# -- the record ---------------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written() -> None:
    record = recorded(recorded_twice(door(2, "{1: {}}", open=AJAR)), ours().values(), force=False)
    assert read_record(write_record(record)) == record


def test_a_record_has_a_line_for_each_state() -> None:
    assert write_record(FIRST).splitlines() == [
        "{",
        '  "door": {',
        '    "1": {',
        '      "shut": {"parent": null, "kind": "atomic"},',
        '      "open": {"parent": null, "kind": "atomic"}',
        "    }",
        "  }",
        "}",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"door": 1}', '{"door": {"one": {}}}', '{"door": {"1": {"shut": {"parent": null, "kind": "odd"}}}}'],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ChartError, match="no record of shapes"):
        read_record(text)


def test_recording_adds_a_version_and_keeps_the_others() -> None:
    record = recorded_twice(door(2, "{1: {}}", open=AJAR))
    assert [*record["door"]] == [1, 2]
    assert record["door"][1] == FIRST["door"][1]
    assert recorded(record, [door(2, "{1: {}}", open=AJAR)], force=False) == record


def test_recording_does_not_change_a_version_unless_forced() -> None:
    changed = door(open=AJAR)
    with pytest.raises(ChartError, match=r"'ajar' is new.*raise `version:` to 2.*--force"):
        recorded(FIRST, [changed], force=False)
    assert version_findings(changed, recorded(FIRST, [changed], force=True)) == []


# -- what is noticed ----------------------------------------------------------------------------------------------


def test_a_chart_as_it_is_recorded_is_good() -> None:
    assert version_findings(door(), FIRST) == []
    assert version_findings(door(open="{events: {push: {to: shut, if: dry}}, why: air}"), FIRST) == []


def test_a_chart_that_is_not_recorded() -> None:
    assert version_findings(door(), {}) == ["door: version 1 is not recorded: run `lossy charts record`"]


def test_states_that_changed_under_one_version() -> None:
    assert version_findings(door(open=AJAR), FIRST) == [
        "door: its states are not those recorded of version 1 ('ajar' is new): raise `version:` to 2, say in "
        "migrations[1] what becomes of stored snapshots, and run `lossy charts record`"
    ]


def test_an_earlier_version_of_which_the_file_says_nothing() -> None:
    second = door(2, open=AJAR)
    assert version_findings(second, recorded_twice(second)) == [
        "door: nothing says what becomes of snapshots of version 1: add 1 @ $.migrations"
    ]


def test_a_state_that_is_gone() -> None:
    text = DOOR.replace("VERSION", "2").replace("MIGRATIONS", "{1: {states: STATES}}").replace("open", "wide")
    record = recorded_twice(as_written(text.replace("STATES", "{}")))
    assert version_findings(as_written(text.replace("STATES", "{}")), record) == [
        "door: the state 'open' of version 1 is not in version 2: say where it went @ $.migrations[1].states['open']"
    ]
    for said in ("{open: wide}", "{open: null}"):
        assert version_findings(as_written(text.replace("STATES", said)), record) == []


def test_an_old_state_that_never_was() -> None:
    second = door(2, "{1: {states: {opne: open}}}")
    assert version_findings(second, recorded_twice(second)) == [
        "door: version 1 has no state 'opne' @ $.migrations[1].states"
    ]


def test_a_timer_that_no_snapshot_has_running() -> None:
    timed = "{after: {delay: soon, to: shut}}"
    second = door(2, "{1: {}}", open=timed)
    (finding,) = version_findings(second, recorded_twice(second))
    assert "'open' has a timer that it had not in version 1" in finding
    assert "name it (open: open)" in finding
    assert version_findings(door(2, "{1: {states: {open: open}}}", open=timed), recorded_twice(second)) == []


def test_a_state_that_another_takes_the_place_of() -> None:
    """`open` was inside a region that is gone, and is compound elsewhere now: nobody would be in it any more."""
    first = as_written("{name: door, initial: p, states: {p: {type: parallel, states: {open: {}, lock: {}}}}}")
    text = (
        "{name: door, version: 2, initial: lock, migrations: {1: {states: STATES}}, hears: {tests: {push: it}}, "
        "states: {lock: {events: {push: open}}, open: {initial: wide, states: {wide: {}}}}}"
    )
    record = recorded({}, [first], force=False)
    record = recorded(record, [as_written(text.replace("STATES", "{p: lock}"))], force=False)
    assert version_findings(as_written(text.replace("STATES", "{p: lock}")), record) == [
        "door: 'open' of version 1 is forgotten where lock takes its place: say where it went "
        "@ $.migrations[1].states['open']"
    ]
    (finding,) = version_findings(as_written(text.replace("STATES", "{p: lock, open: open}")), record)
    assert "p + open + lock of version 1 would be" in finding
    assert version_findings(as_written(text.replace("STATES", "{p: lock, open: lock}")), record) == []


def test_a_compound_state_that_was_left_behind_is_no_loss() -> None:
    text = "{name: door, VERSION initial: a, hears: {tests: {push: it}}, states: STATES}"
    first = text.replace("VERSION", "").replace("STATES", "{a: {initial: a1, states: {a1: {events: {push: a1}}}}}")
    apart = "{a: {initial: a2, states: {a2: {events: {push: a1}}}}, a1: {}}"
    second = as_written(text.replace("VERSION", "version: 2, migrations: {1: {}},").replace("STATES", apart))
    record = recorded(recorded({}, [as_written(first)], force=False), [second], force=False)
    assert version_findings(second, record) == []


def test_versions_that_do_not_add_up() -> None:
    second = door(2, "{1: {}}", open=AJAR)
    assert version_findings(door(), recorded_twice(second)) == [
        "door: version 2 is recorded, and the file is of version 1: raise `version:`"
    ]
    assert version_findings(second, {"door": {2: recorded_twice(second)["door"][2]}}) == [
        "door: version 1 is not recorded, so nobody can tell what its snapshots are @ $.migrations[1]"
    ]


def test_a_fault_is_told_once_whatever_the_number_of_configurations() -> None:
    def two_sides(head: str, left: str) -> Chart:
        sides = {id: f"{{initial: {id}1, states: {{{id}1: {{always: {id}2}}, {id}2: {{}}}}}}" for id in (left, "r")}
        inside = f"states: {{left: {sides[left]}, right: {sides['r']}}}"
        return as_written(f"{{name: door, {head} initial: p, states: {{p: {{type: parallel, {inside}}}}}}}")

    second = two_sides("version: 2, migrations: {1: {}},", "m")
    record = recorded(recorded({}, [two_sides("", "l")], force=False), [second], force=False)
    assert [finding.partition(" of version")[0] for finding in version_findings(second, record)] == [
        "door: the state 'l1'",
        "door: the state 'l2'",
    ]
