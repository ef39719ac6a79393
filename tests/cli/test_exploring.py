"""`lossy charts explore`: what it says when there is nothing to explore, and of scripts that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
import yaml
from click.testing import CliRunner, Result

from lossy.charts.explore import Act, Part, as_script, explore
from lossy.charts.load import load
from lossy.charts.model import Names
from lossy.cli import exploring, main

if TYPE_CHECKING:
    from pathlib import Path

DOOR = """
name: door
initial: shut
hears: {somebody: {push: on it, pull: at it}}
invariants: {loose: it is not stuck}
states:
  shut: {events: {push: open}}
  open: {events: {pull: shut}}
"""
NAMES = Names(invariants={"loose": lambda move: bool(move.after.data["loose"])})
DOOR_PART = Part(load(DOOR, NAMES), ({"loose": True},), lambda state: [Act("push")], lambda data, now: data)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Part:
    """The only world there is: a door that nobody pulls."""
    monkeypatch.setattr(exploring, "load_all", lambda folder: {"door": DOOR_PART.chart})
    monkeypatch.setattr(exploring, "WORLDS", {"door": lambda charts: DOOR_PART})
    monkeypatch.setattr(exploring, "PRODUCTS", {})
    return DOOR_PART


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["charts", "explore", *arguments])


def fault(*arguments: str) -> str:
    """The one line that it ends with."""
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line.removeprefix("lossy: ")


@pytest.mark.usefixtures("door")
def test_what_is_never_taken_is_told_and_a_pipe_hears_of_each_world() -> None:
    result = run()
    assert result.exit_code == 1
    assert result.stderr == "exploring door\n"
    words = "door: never taken: open/pull/0: the world does not reach it, or a guard before it always holds"
    assert result.stdout.splitlines()[-1] == words


@pytest.mark.usefixtures("door")
def test_a_way_to_what_is_not_there() -> None:
    assert fault("door", "--to", "opne") == "door has no state or transition 'opne': did you mean 'open'?"
    assert fault("door", "--to", "shut/pull/0") == (
        "door has no state or transition 'shut/pull/0': did you mean 'shut/push/0'?"
    )
    assert run("door", "--to", "shut").stdout == "door starts there\n"
    assert fault("door", "--to", "open/pull/0") == "nothing leads to 'open/pull/0' in door"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a.yaml: no script: it needs `world:` and a list of `events:`"),
        ("[1]", "a.yaml: no script: it needs `world:`"),
        ("{world: door, events: push}", "a.yaml: no script: it needs `world:`"),
        ("{world: [door", "a.yaml: not YAML: while parsing a flow sequence"),
        ("{world: gate, events: [{event: push}]}", "a.yaml: no world for gate; there are door"),
        ("{world: door, events: []}", "a.yaml: nothing happens in it"),
        ("{world: door, events: [push]}", "a.yaml: no script: "),
        ("{world: door, events: [{wait_ms: 3}]}", "a.yaml: no script: required field missing @ $.events[0].event"),
        ("{world: door, events: [{event: push, wait_ms: long}]}", "a.yaml: no script: invalid value for type"),
    ],
)
@pytest.mark.usefixtures("door")
def test_a_script_that_is_none_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert fault("--replay", str(tmp_path / "a.yaml")).startswith(words)


def test_a_start_that_breaks_is_told(door: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = attrs.evolve(door, starts=({"loose": False},))
    monkeypatch.setattr(exploring, "WORLDS", {"door": lambda charts: stuck})
    assert "door: loose does not hold at the very start" in run("door").stdout.splitlines()


def test_a_world_whose_rules_raise_is_one_line(door: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "WORLDS", {"door": lambda charts: attrs.evolve(door, starts=({},))})
    *_, line = run("door").stderr.splitlines()
    assert line.startswith("lossy: door: <lambda> (line ")
    assert line.endswith(" raises KeyError('loose') at its start")


def test_what_is_saved_replays(door: Part, tmp_path: Path) -> None:
    events = as_script(explore(door).way_to_state("open") or ())
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"world": "door", "events": events}), encoding="utf-8")
    result = run("--replay", str(tmp_path / "a.yaml"))
    assert (result.exit_code, result.stdout) == (0, "push: shut/push/0\n    open\n")
