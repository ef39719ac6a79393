"""What the visualizer's page is given, and the page as one file."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from lossy.charts.mentioned import as_written
from lossy.charts.offline import embedded, offline
from lossy.charts.page import Facts
from lossy.charts.table import table
from lossy.charts.trace import is_aside, read_step
from lossy.charts.view import Compared, Counts, document, view
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sessions.facts import facts, shipped
from tests.charts.door import DOOR

CHARTS = load_all(folder("statecharts"))


@pytest.mark.parametrize("name", CHARTS)
def test_a_view_has_everything_the_file_says(name: str) -> None:
    chart = CHARTS[name]
    about = facts(chart)
    made = view(chart, shipped(chart), about, counts=[Counts("tests", {"a": 1})])
    assert json.loads(json.dumps(made)) == made
    assert [state["id"] for state in made["chart"]["states"]] == [*chart.nodes]
    assert made["delays"] == about.delays
    guards = {transition.guard for transition in chart.transitions() if transition.guard}
    assert guards & made["rules"].keys(), "what the rules do is told"
    assert made["counts"] == [{"label": "tests", "transitions": {"a": 1}}]
    assert made["difference"] is None


def test_the_table_leaves_out_what_is_no_concern() -> None:
    chart = CHARTS["voice"]
    found, made = table(chart), view(chart, "", facts(chart))["table"]
    cells = {(state, event): cell["fate"] for state, row in made["cells"].items() for event, cell in row.items()}
    assert cells == {key: cell.fate.value for key, cell in found.cells.items() if cell.fate.value != "elsewhere"}


def test_a_comparison_has_each_change_in_words() -> None:
    new = CHARTS["ownership"]
    text = (folder("statecharts") / "ownership.yaml").read_text(encoding="utf-8")
    old = as_written(text.replace("if: gives_up", "if: by_owner"))
    made = view(new, "", facts(new), compared=Compared(old, "then", "now"))["difference"]
    assert (made["old"], made["new"]) == ("then", "now")
    change, guard = made["changes"]
    assert (guard["how"], guard["what"], guard["id"]) == ("added", "guard", "gives_up")
    assert (change["how"], change["id"], change["words"]) == (
        "changed",
        "held/release/0",
        "on release: if gives_up instead of by_owner",
    )
    assert made["snapshots"][0].endswith("all load as they are, for the states are the same.")


# -- one file ---------------------------------------------------------------------------------------------------------


def test_no_word_of_a_chart_ends_the_document_early() -> None:
    hostile = '</script><script>alert("!")</script><!--'
    text = embedded({"why": hostile})
    assert "<" not in text
    assert json.loads(text) == {"why": hostile}


def test_the_file_runs_its_own_script_and_style_and_nothing_else() -> None:
    page = offline(document([]), "console.log('</script>')", "body { color: red }")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert "connect-src" not in policy[1], "there is nobody to ask"
    (script,) = re.findall(r"<script>(.*?)</script>", page)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]


def test_a_document_has_its_charts_by_name_and_in_order() -> None:
    views = [view(CHARTS[name], "", facts(CHARTS[name])) for name in ("voice", "note")]
    made = document(views, [[{"n": 1}]])
    assert (made["charts"], [*made["views"]], made["traces"], made["online"]) == (
        ["voice", "note"],
        ["voice", "note"],
        [[{"n": 1}]],
        None,
    )


# -- traces -----------------------------------------------------------------------------------------------------------

STEP = {"session": "s", "n": 1, "at": 5, "chart": "voice", "event": "start", "taken": [], "states": {"voice": ["idle"]}}


def test_a_step_is_read_as_it_is_written() -> None:
    assert read_step(STEP) is STEP
    assert read_step({**STEP, "states": None})["states"] is None


def test_what_else_a_simulator_tells_is_no_step() -> None:
    assert is_aside({"kind": "fault", "at": 5, "whom": "laptop"})
    assert not any(map(is_aside, (STEP, {**STEP, "kind": "step"}, [], None)))


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ([], "it is no object"),
        ({**STEP, "at": "5"}, "'at' is missing, or no int"),
        ({**STEP, "n": True}, "'n' is missing, or no int"),
        ({key: value for key, value in STEP.items() if key != "taken"}, "'taken' is missing, or no list"),
        ({**STEP, "states": {"voice": "idle"}}, "'states' has lists of states"),
    ],
)
def test_what_is_no_step_is_refused_with_its_field(step: object, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        read_step(step)


def test_a_chart_that_is_only_written_has_a_view_too() -> None:
    """One whose rules are not here: a draft, or a version of another time."""
    chart = as_written(DOOR)
    made = view(chart, "<svg/>", Facts())
    assert made["chart"]["name"] == "door"
