"""A chart as a Mermaid state diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.charts.export.mermaid import mermaid
from lossy.charts.mentioned import as_written
from tests.charts.door import DOOR

if TYPE_CHECKING:
    from lossy.charts.model import Chart


@pytest.fixture
def door() -> Chart:
    return as_written(DOOR)


def test_a_chart_in_mermaid(door: Chart) -> None:
    assert mermaid(door).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> shut",
        "    shut : shut",
        "    shut : exit / ring(times=2)",
        "    shut : push / ring",
        "    shut : after night / count",
        "    state open {",
        "        [*] --> wide",
        "        wide : wide",
        "        wide : do / greet(whom=all)",
        "        narrow : narrow",
        "        narrow : entry / count",
        '        state "H" as was',
        "    }",
        "    shut --> open : push [unlocked] / count",
        "    open --> shut : slam",
        "    open --> was : done.wide",
        "    wide --> narrow : push",
        "    was --> wide",
    ]


def test_mermaid_with_notes_says_why(door: Chart) -> None:
    lines = mermaid(door, notes=True).splitlines()
    start = lines.index("    note right of narrow")
    assert lines[start + 1 : start + 3] == ["        One may pass.", "    end note"]
    assert lines.count("    end note") == 5


def test_regions_stand_side_by_side_and_what_they_share_is_in_a_note() -> None:
    chart = as_written("""{name: n, initial: p, hears: {tests: {red: "", green: ""}}, states: {
        p: {type: parallel, events: {red: {do: [beep]}, green: away}, states: {
            q: {initial: q1, states: {q1: {}}}, r: {}, h: {type: deep, default: q}}},
        away: {events: {red: end, green: {if: even, to: [q1, r]}}, always: {if: full, to: h}},
        end: {type: final, entry: [beep]}}}""")
    lines = [line.strip() for line in mermaid(chart).splitlines()]
    assert lines[2:11] == [
        "state p {",
        'state "H*" as h',
        "state q {",
        "[*] --> q1",
        "q1 : q1",
        "}",
        "--",
        "r : r",
        "}",
    ]
    assert {"away --> q1 : green [even]", "away --> r : green [even]", "away --> h : [full]"} <= set(lines)
    assert "end --> [*]" in lines
    assert lines[-3:] == ["note right of p", "red / beep", "end note"]


def test_names_that_mermaid_would_read_as_its_own_get_others() -> None:
    chart = as_written('{name: n, initial: note, states: {note: {always: {if: even, to: "a-b"}}, "a-b": {}}}')
    assert mermaid(chart).splitlines()[1:] == [
        "    [*] --> state_0",
        '    state "note" as state_0',
        '    state "a-b" as state_1',
        "    state_0 --> state_1 : [even]",
    ]


def test_a_label_holds_nothing_that_would_end_it() -> None:
    chart = as_written('{name: n, initial: a, states: {a: {entry: [{tell: {what: "b: c; \\"d\\"\\ne"}}]}}}')
    assert "    a : entry / tell(what=b= c, 'd' e)" in mermaid(chart).splitlines()
