"""Runs of pytest in a small project of its own: what the plugin says and how the run ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
DOOR = """
name: door
initial: shut
hears: {a hand: {push: it is pushed, lock: a key is turned}}
states:
  shut: {events: {push: shut, lock: locked}}
  locked: {}
"""
CONFTEST = """
from tests.charts.coverage import cover

def pytest_configure(config):
    cover(config)
"""
CHECK = """
from lossy.charts import step
from lossy.charts.mentioned import as_written
from lossy.charts.model import Event

def test_the_door():
    chart = as_written(open("statecharts/door.yaml").read())
    state, _ = step.start(chart, {}, 0)
    for at, name in enumerate(EVENTS):
        state, _, _ = step.step(chart, state, Event(name, at))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    settings = "[pytest]\ntestpaths = checks"
    sources = {"statecharts/door.yaml": DOOR, "checks/conftest.py": CONFTEST, "pytest.ini": settings}
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    return tmp_path


def run(project: Path, events: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (project / "checks" / "test_door.py").write_text(f"EVENTS = {events.split()}\n{CHECK}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=project, env=environ, text=True, capture_output=True, check=False)


WHOLE = ("-m", "not integration")


def test_a_whole_run_fails_for_what_no_test_takes(project: Path) -> None:
    ended = run(project, "push push", *WHOLE)
    assert ended.returncode == 1
    assert "1 passed" in ended.stdout
    lines = ended.stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("door  ")] == [
        ["door", "1", "of", "2", "1", "of", "2", "1", "of", "2", "(50%)"]
    ]
    assert [line for line in lines if line.startswith("door: ")] == [
        "door: no test reaches locked",
        "door: no test takes shut/lock/0",
    ]


def test_what_two_processes_take_counts_together(project: Path) -> None:
    for events in ("push", "lock"):
        test = f"EVENTS = {events.split()}\n{CHECK}"
        (project / "checks" / f"test_{events}.py").write_text(test, encoding="utf-8")
    ended = run(project, "push", *WHOLE, "-n", "2", "--dist", "loadfile")
    assert ended.returncode == 0, ended.stdout
    assert (project / "build" / "chart-coverage.json").is_file()
    (project / "checks" / "test_lock.py").unlink()
    assert "door: no test takes shut/lock/0" in run(project, "push", *WHOLE, "-n", "2").stdout


def test_a_whole_run_that_takes_everything_is_good(project: Path) -> None:
    ended = run(project, "push lock", *WHOLE)
    assert ended.returncode == 0, ended.stdout
    assert (project / "build" / "chart-coverage.json").is_file()


def test_a_part_of_the_tests_is_not_judged(project: Path) -> None:
    ended = run(project, "push", "checks/test_door.py", *WHOLE)
    assert ended.returncode == 0, ended.stdout
    assert "door: " not in ended.stdout
    assert not (project / "build").exists()
