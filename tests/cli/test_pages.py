"""`lossy charts docs`, and what a drawing says when it cannot be made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lossy import layout
from lossy.cli import main, pages

ROOT = Path(__file__).parents[2]
SET_UP = (ROOT / "tools" / "draw" / "node_modules" / "elkjs").is_dir()


def docs(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["charts", "docs", *arguments])


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what pages are made of, which the commands take for theirs."""
    for part in ("statecharts", "docs/statecharts", "lossy/charts/draw", "tools/draw"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    for module in (pages, layout):
        monkeypatch.setattr(module, "folder", lambda name: tmp_path / name)
    return tmp_path


def test_check_names_what_is_old_and_says_what_to_run(checkout: Path) -> None:
    (checkout / "docs" / "statecharts" / "note.md").unlink()
    result = docs("--check")
    assert result.exit_code == 1
    assert "docs/statecharts/note.md is older than its chart or than what writes it: run `lossy charts docs`" in (
        result.output.splitlines()
    )


def test_a_page_is_written_where_no_picture_is_old(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.Doc, "is_picture_old", property(lambda doc: False))
    (checkout / "docs" / "statecharts" / "note.md").unlink()
    assert docs().exit_code == 0
    assert (checkout / "docs" / "statecharts" / "note.md").read_text(encoding="utf-8").startswith("<!-- ")
    assert docs().output == "docs/statecharts is up to date.\n"


def test_without_elk_it_says_how_to_get_it(checkout: Path) -> None:
    (checkout / "docs" / "statecharts" / "note.svg").unlink()
    result = docs()
    assert (result.exit_code, "run `npm ci` in tools/draw" in result.stderr) == (1, True)


def test_without_a_checkout_it_says_so(checkout: Path) -> None:
    shutil.rmtree(checkout / "tools")
    with pytest.raises(layout.DrawingError, match="a checkout of the repository"):
        layout.lay_out([])


@pytest.mark.integration
@pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in tools/draw")
def test_a_fault_of_the_layout_is_told(checkout: Path) -> None:
    (checkout / "tools" / "draw" / "node_modules").symlink_to(ROOT / "tools" / "draw" / "node_modules")
    (checkout / "tools" / "draw" / "cost.mjs").write_text("export const cost = 1;\n", encoding="utf-8")
    (checkout / "docs" / "statecharts" / "note.svg").unlink()
    assert "tools/draw failed: TypeError" in docs().stderr
