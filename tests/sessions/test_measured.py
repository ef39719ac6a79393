"""What tests and campaigns took of the charts, as their files have it."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from lossy.resources import folder
from lossy.sessions import measured as module
from lossy.sessions.catalog import load_all
from lossy.sessions.measured import CAMPAIGN, TESTS, figures, measured, write_runs

if TYPE_CHECKING:
    from pathlib import Path

VOICE = load_all(folder("statecharts"))["voice"]


@pytest.fixture
def tree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkout with charts and nothing else."""
    shutil.copytree(folder("statecharts"), tmp_path / "statecharts")
    monkeypatch.setattr(module, "folder", lambda name: tmp_path / name)
    return tmp_path


def test_nothing_was_measured_where_there_is_no_file(tree: Path) -> None:
    assert [*measured(VOICE)] == []


def test_each_file_is_told_with_its_source_and_time(tree: Path) -> None:
    digest = sha256((tree / "statecharts" / "voice.yaml").read_bytes()).hexdigest()
    (tree / "build").mkdir()
    tested = {"digest": digest, "transitions": {"idle/start/0": 7}, "states": {"idle": 9}}
    (tree / TESTS).write_text(json.dumps({"voice": tested}), encoding="utf-8")
    os.utime(tree / TESTS, (1_700_000_000, 1_700_000_000))
    write_runs(tree / CAMPAIGN, {"voice:idle/start/0": 3, "agent:idle/listen/0": 2})
    tests, runs = (each.values for each in measured(VOICE))
    assert tests == {
        "label": "the last test run",
        **{name: tested[name] for name in ("transitions", "states")},
        "source": TESTS,
        "at": 1_700_000_000_000,
    }
    assert (runs["label"], runs["transitions"]) == ("runs of the last campaign", {"idle/start/0": 3})


def test_what_was_measured_of_another_version_counts_for_nothing(tree: Path) -> None:
    write_runs(tree / CAMPAIGN, {"voice:idle/start/0": 3})
    assert figures("voice", CAMPAIGN) is not None
    with (tree / "statecharts" / "voice.yaml").open("a", encoding="utf-8") as file:
        file.write("# and another line\n")
    assert figures("voice", CAMPAIGN) is None
