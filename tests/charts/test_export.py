"""What every export keeps, and the command."""

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
from tests.charts.door import DOOR

if TYPE_CHECKING:
    from lossy.charts.model import Chart

FOLDER = Path(__file__).parents[2] / "statecharts"
FILES = sorted(FOLDER.glob("*.yaml"))


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
    assert "unknown target 'opne': did you mean 'open'? @ $.states['shut'].events['push'][0].to" in refused.stderr
