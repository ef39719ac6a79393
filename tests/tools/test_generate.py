"""What is made of the code's own tables is as old as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.generate import __main__ as generate

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_no_file_is_older_than_what_it_is_made_of() -> None:
    """Run `python -m tools.generate`."""
    assert [*generate.old()] == []


def test_what_is_old_is_named_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "FILES", {"docs/a.md": lambda: "new"})
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/a.md\n"
    assert generate.main([]) == 0
    assert (tmp_path / "docs" / "a.md").read_text() == "new"
    assert generate.main(["--check"]) == 0
