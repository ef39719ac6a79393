"""`lossy charts diff` and `lossy charts record`, on a repository of their own with two charts and three revisions."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lossy.cli import main, revisions
from lossy.cli import record as recording

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

TOOLS = Path(__file__).parents[2] / "tools" / "draw"

DOOR = """
name: door
version: 1
initial: shut
hears: {a hand: {push: it}}
states:
  shut: {events: {push: open}}
  open: {events: {push: shut}}
"""
AJAR = DOOR.replace("push: shut}}", "push: ajar}}\n  ajar: {why: A cat passes., events: {push: {to: shut, if: calm}}}")
BELL = "{name: bell, initial: still, states: {still: {}}}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HEAD~2 is of an earlier form of the format, HEAD~1 has the door, HEAD the door ajar and a bell."""
    top = tmp_path_factory.mktemp("repository")
    charts = top / "statecharts"
    charts.mkdir()
    git(top, "init", "--quiet", "--template=")
    for texts in (
        {"door": DOOR.replace("{a hand: {push: it}}", "{push: a hand}")},
        {"door": DOOR},
        {"door": AJAR, "bell": BELL},
    ):
        for name, text in texts.items():
            (charts / f"{name}.yaml").write_text(text, encoding="utf-8")
        git(top, "add", ".")
        git(top, "-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "one more")
    return top


@pytest.fixture
def statecharts(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of charts in a copy of the repository, to be changed."""
    top = tmp_path / "copy"
    shutil.copytree(repository, top)
    for module in (revisions, recording):
        monkeypatch.setattr(module, "folder", lambda name: top / name)
    monkeypatch.chdir(top)
    return top / "statecharts"


def git(at: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=at, check=True, capture_output=True)


def lossy(*arguments: str, color: bool = False) -> Result:
    return CliRunner().invoke(main, ["charts", *arguments], color=color)


def said(*arguments: str) -> list[str]:
    result = lossy("diff", *arguments)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def fault(*arguments: str) -> str:
    result = lossy(*arguments)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line


THE_DOOR = [
    "door: version 1",
    "    open",
    "      ~ on push: to ajar instead of shut",
    "  + ajar",
    "      + added: atomic, at the top",
    "      + added: on push, if calm, to shut",
    "  Guards",
    "      + added: calm",
    "Stored snapshots of version 1, in 2 configurations: 2 load as they are.",
    "  The states changed and the version is still 1: raise it.",
]


def test_two_revisions(statecharts: Path) -> None:
    assert said("HEAD~1", "HEAD") == ["+ bell: a whole chart of 1 states, added", *THE_DOOR]
    assert said("HEAD", "HEAD~1")[-1] == "- bell: a whole chart of 1 states, removed"
    assert said("HEAD~1", "HEAD", "--chart", "door") == THE_DOOR


def test_a_revision_and_the_tree(statecharts: Path) -> None:
    assert said("HEAD~1")[1:] == THE_DOOR
    assert said("HEAD~1", "door") == THE_DOOR
    (statecharts / "door.yaml").write_text(DOOR, encoding="utf-8")
    assert said("HEAD~1", "door")[0] == "door: version 1, nothing changed"


@pytest.mark.parametrize("old", ["HEAD~1:statecharts/door.yaml", "old.yaml"])
def test_one_file_and_another(statecharts: Path, old: str) -> None:
    (statecharts.parent / "old.yaml").write_text(DOOR, encoding="utf-8")
    assert said(old, "statecharts/door.yaml") == THE_DOOR
    assert said(old, "bell")[0] == "bell: version 1"


def test_colours_are_for_terminals(statecharts: Path) -> None:
    plain, coloured = lossy("diff", "HEAD~1", "HEAD"), lossy("diff", "HEAD~1", "HEAD", color=True)
    assert "\x1b[" not in plain.output
    assert "\x1b[32m\x1b[1m+ ajar" in coloured.output
    assert "\x1b[33m~ on push" in coloured.output


def test_words_alone_are_told_apart(statecharts: Path) -> None:
    (statecharts / "door.yaml").write_text(AJAR.replace("A cat passes.", "Two cats pass."), encoding="utf-8")
    assert said("HEAD", "door")[:3] == [
        "door: version 1",
        "    ajar",
        "        says “Two cats pass.” instead of “A cat passes.”",
    ]


def test_json_has_every_change_and_what_becomes_of_snapshots(statecharts: Path) -> None:
    bell, door = json.loads("".join(said("HEAD~1", "HEAD", "--json")))
    assert bell == {"chart": "bell", "versions": [None, 1]}
    assert (door["chart"], door["versions"], len(door["changes"])) == ("door", [1, 1], 4)
    change: dict[str, Any] = door["changes"][0]
    assert change == {
        "how": "changed",
        "what": "transition",
        "id": "open/push/0",
        "state": "open",
        "earlier": "open/push/0",
        "details": [{"field": "to", "old": ["shut"], "new": ["ajar"]}],
        "quiet": False,
        "words": "on push: to ajar instead of shut",
        "aside": "",
    }
    assert door["snapshots"] == {
        "version": 1,
        "into": 1,
        "configurations": 2,
        "differences": ["'ajar' is new"],
        "as_they_are": ["shut", "open"],
        "migrated": [],
        "refused": [],
    }


def test_what_cannot_be_compared_is_said_in_one_line(statecharts: Path) -> None:
    assert fault("diff", "HEAD~2", "HEAD") == (
        "lossy: HEAD~2:statecharts/door.yaml is not in the format of today: "
        "events are grouped by who sends them: `hears: {web.voice: {push: …}}` @ $.hears['push']"
    )
    assert fault("diff", "HEAD~9") == "lossy: 'HEAD~9' is no file, no chart of the tree and no revision"
    assert fault("diff", "--", "--all") == "lossy: '--all' is no file, no chart of the tree and no revision"
    assert fault("diff", "odor.yaml") == "lossy: there is no file odor.yaml"
    assert "there is no chart 'gong' on either side; there are bell, door" in fault("diff", "HEAD~1", "--chart", "gong")
    assert "exists on disk, but not in 'HEAD~1'" in fault("diff", "HEAD~1:statecharts/bell.yaml", "bell")
    (statecharts / "door.yaml").write_text("states: 1", encoding="utf-8")
    assert "door.yaml is not in the format of today" in fault("diff", "HEAD")


def test_many_faults_of_form_are_cut_short(statecharts: Path) -> None:
    (statecharts / "door.yaml").write_text(DOOR.replace("push: it", "push: 1, pull: 2, knock: 3"), encoding="utf-8")
    assert fault("diff", "HEAD", "door").endswith("@ $.hears['a hand']['pull']; and 1 more")


def test_a_revision_without_charts(statecharts: Path) -> None:
    shutil.rmtree(statecharts.parent / ".git")
    git(statecharts.parent, "init", "--quiet", "--template=")
    assert "'HEAD' is no file, no chart of the tree and no revision" in fault("diff", "HEAD")


def test_a_folder_that_is_no_checkout(statecharts: Path) -> None:
    shutil.rmtree(statecharts.parent / ".git")
    assert "no revision: fatal: not a git repository" in fault("diff", "HEAD")


def test_a_picture_is_of_one_chart(statecharts: Path) -> None:
    assert fault("diff", "HEAD", "--svg", "both.svg") == "lossy: a picture is of one chart: name it with --chart"


@pytest.mark.integration
@pytest.mark.skipif(not (TOOLS / "node_modules" / "elkjs").is_dir(), reason="run `npm ci` in tools/draw")
def test_both_versions_are_drawn_as_one(statecharts: Path) -> None:
    said("HEAD~1", "door", "--svg", "both.svg")
    drawn = (statecharts.parent / "both.svg").read_text(encoding="utf-8")
    for mark, what in [
        ("is-added", 'data-state="ajar"'),
        ("is-added", 'data-transition="ajar/push/0"'),
        ("is-removed", 'data-transition="old:open/push/0"'),
        ("is-changed", 'data-transition="open/push/0"'),
    ]:
        assert any(mark in group and what in group for group in drawn.split("<g ")), (mark, what)


# -- record -------------------------------------------------------------------------------------------------------


def test_present_versions_are_recorded_once(statecharts: Path) -> None:
    assert lossy("record").output.splitlines() == ["recorded bell version 1", "recorded door version 1"]
    assert lossy("record").output == "Every chart's version is recorded already.\n"
    assert [*json.loads((statecharts / "versions.json").read_text(encoding="utf-8"))] == ["bell", "door"]


def test_a_recorded_version_is_changed_by_force_alone(statecharts: Path) -> None:
    lossy("record")
    (statecharts / "door.yaml").write_text(DOOR, encoding="utf-8")
    before = (statecharts / "versions.json").read_bytes()
    assert "'ajar' is gone" in fault("record")
    assert (statecharts / "versions.json").read_bytes() == before
    assert lossy("record", "--force").output == "recorded door version 1\n"
    assert lossy("record").output == "Every chart's version is recorded already.\n"


def test_a_record_that_cannot_be_read_is_not_written_over(statecharts: Path) -> None:
    (statecharts / "versions.json").write_text("[]", encoding="utf-8")
    assert "no record of shapes" in fault("record")
    assert (statecharts / "versions.json").read_text(encoding="utf-8") == "[]"
