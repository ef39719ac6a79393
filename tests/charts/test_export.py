"""What every export keeps, the plain JSON and the Mermaid text, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from lossy.charts.export import FORMATS
from lossy.charts.export.mermaid import mermaid
from lossy.charts.export.plain import values
from lossy.charts.mentioned import as_written
from lossy.cli import main
from lossy.resources import folder

if TYPE_CHECKING:
    from lossy.charts.model import Chart

FOLDER = Path(__file__).parents[2] / "statecharts"
FILES = sorted(FOLDER.glob("*.yaml"))

DOOR = """
name: door
version: 2
why: Nobody is locked in.
initial: shut
hears: {a hand: {push: with some force}, later J1: {slam: the wind}}
effects: {sessions.effects: {ring: the bell}, sessions.work: {greet: with words}}
invariants: {counted: each push once}
migrations: {1: {states: {closed: shut, ajar: null}, data: begin_to_count}}
states:
  shut:
    why: It is cold outside.
    exit: [{ring: {times: 2}}]
    after: {delay: night, restore: remaining, do: [count]}
    events:
      push: [{if: unlocked, to: open, do: [count], why: It gives way.}, {do: [ring]}]
    ignores: {slam: It is shut.}
  open:
    why: Somebody is about to walk through.
    initial: wide
    events: {slam: shut, done.wide: was}
    states:
      wide: {why: Two may pass., during: {greet: {whom: all}}, events: {push: {to: narrow, internal: false}}}
      narrow: {why: One may pass., entry: [count]}
      was: {type: shallow, default: wide, why: It stood so.}
"""


@pytest.fixture
def door() -> Chart:
    return as_written(DOOR)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_chart_always_gives_the_same_text(name: str, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    first = FORMATS[name](as_written(text))
    assert first == FORMATS[name](as_written(text))
    assert first.endswith("\n")
    assert not first.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_state_event_and_name_is_in_every_format(name: str, door: Chart) -> None:
    text = FORMATS[name](door)
    for word in ("shut", "open", "wide", "narrow", "push", "slam", "unlocked", "count", "ring", "greet", "night"):
        assert word in text


# -- JSON -----------------------------------------------------------------------------------------------------------


def test_a_chart_as_plain_values(door: Chart) -> None:
    whole = values(door)
    states = {state["id"]: state for state in whole.pop("states")}
    transitions = whole.pop("transitions")
    assert whole == {
        "format": 1,
        "name": "door",
        "version": 2,
        "why": "Nobody is locked in.",
        "initial": "shut",
        "hears": {"a hand": {"push": "with some force"}, "later J1": {"slam": "the wind"}},
        "effects": {"sessions.effects": {"ring": "the bell"}, "sessions.work": {"greet": "with words"}},
        "invariants": {"counted": "each push once"},
        "migrations": {"1": {"states": {"closed": "shut", "ajar": None}, "data": "begin_to_count"}},
    }
    assert [*states] == ["shut", "open", "wide", "narrow", "was"]
    assert [transition["id"] for transition in transitions] == [
        "shut/push/0", "shut/push/1", "shut/after.shut/0", "open/slam/0", "open/done.wide/0", "wide/push/0",
    ]  # fmt: skip


def test_a_state_as_plain_values(door: Chart) -> None:
    states = {state["id"]: state for state in values(door)["states"]}
    assert states["shut"] == {
        "id": "shut",
        "kind": "atomic",
        "parent": None,
        "order": 0,
        "children": [],
        "initial": None,
        "default": None,
        "entry": [],
        "exit": [{"kind": "effect", "name": "ring", "args": {"times": 2}}],
        "during": None,
        "timer": {"delay": "night", "restore": "remaining"},
        "ignores": {"slam": "It is shut."},
        "why": "It is cold outside.",
    }
    assert states["open"]["children"] == ["wide", "narrow", "was"]
    assert states["open"]["initial"] == "wide"
    assert states["wide"]["during"] == {"name": "greet", "args": {"whom": "all"}}
    assert (states["was"]["kind"], states["was"]["default"], states["was"]["parent"]) == ("shallow", "wide", "open")


def test_a_transition_as_plain_values(door: Chart) -> None:
    assert values(door)["transitions"][0] == {
        "id": "shut/push/0",
        "source": "shut",
        "event": "push",
        "targets": ["open"],
        "guard": "unlocked",
        "do": [{"kind": "update", "name": "count", "args": {}}],
        "internal": False,
        "why": "It gives way.",
    }


def test_a_send_is_an_effect() -> None:
    chart = as_written("{name: n, initial: a, states: {a: {entry: [{send: {to: voice, event: pause}}]}}}")
    (action,) = values(chart)["states"][0]["entry"]
    assert action == {"kind": "effect", "name": "send", "args": {"to": "voice", "event": "pause"}}


def test_the_json_is_the_values(door: Chart) -> None:
    assert json.loads(FORMATS["json"](door)) == values(door)


# -- Mermaid --------------------------------------------------------------------------------------------------------


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


# -- the command ----------------------------------------------------------------------------------------------------


def export(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["charts", "export", *map(str, arguments)])


@pytest.mark.parametrize("name", FORMATS)
def test_a_chart_goes_to_the_terminal_by_name(name: str) -> None:
    chart = as_written((FOLDER / "voice.yaml").read_text(encoding="utf-8"))
    assert export("voice", "--format", name).output == FORMATS[name](chart)


@pytest.mark.integration
@pytest.mark.skipif(not (folder("tools") / "draw" / "node_modules").is_dir(), reason="needs `npm ci` in tools/draw")
def test_a_chart_is_drawn() -> None:
    assert export("rollout", "--format", "svg").output.startswith("<svg")


def test_a_file_goes_to_a_file(tmp_path: Path, door: Chart) -> None:
    (tmp_path / "door.yaml").write_text(DOOR, encoding="utf-8")
    result = export(tmp_path / "door.yaml", "--format", "json", "--out", tmp_path / "door.json")
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads((tmp_path / "door.json").read_text(encoding="utf-8")) == values(door)


def test_why_is_for_mermaid(tmp_path: Path, door: Chart) -> None:
    (tmp_path / "door.yaml").write_text(DOOR, encoding="utf-8")
    assert export(tmp_path / "door.yaml", "--format", "mermaid", "--why").output == mermaid(door, notes=True)
    refused = export(tmp_path / "door.yaml", "--format", "json", "--why")
    assert refused.exit_code == 2
    assert "--why is for --format mermaid" in refused.output


def test_a_format_that_is_not_there_is_refused_with_those_that_are() -> None:
    refused = export("voice", "--format", "dot")
    assert refused.exit_code == 2
    assert "'dot' is not one of 'mermaid', 'scxml', 'xstate', 'json', 'svg'" in refused.output


def test_a_chart_that_is_not_there_is_one_line() -> None:
    refused = export("vioce", "--format", "json")
    assert refused.exit_code == 1
    assert refused.stderr == "lossy: 'vioce' is no file, no chart of the tree and no revision\n"


def test_a_file_that_is_no_chart_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "door.yaml").write_text(DOOR.replace("to: open", "to: opne"), encoding="utf-8")
    refused = export(tmp_path / "door.yaml", "--format", "json")
    assert refused.exit_code == 1
    assert "unknown target 'opne' @ $.states['shut'].events['push'][0].to" in refused.stderr
