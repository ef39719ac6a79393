"""`lossy adapters`: what an address shows, and the file of the extension."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from lossy.cli import main
from lossy.domain.platforms.export import manifest

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def adapters(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["adapters", *arguments])


def test_it_says_what_an_address_shows() -> None:
    said = adapters("detect", "https://youtu.be/dQw4w9WgXcQ?si=1", "javascript:1")
    assert said.output.splitlines() == [
        "https://youtu.be/dQw4w9WgXcQ?si=1",
        "  youtube share  dQw4w9WgXcQ",
        "  https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "javascript:1",
        "  no address of the web",
    ]


def test_a_version_is_not_changed_unnoticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version, or another format, is another file; the same one only by force."""
    path = tmp_path / "generated" / "platform_adapters.json"
    assert adapters("write", "--to", str(path)).exit_code == 0
    assert json.loads(path.read_text(encoding="utf-8")) == manifest()
    left = {**manifest(), "spaces": "x", "hash": "of something else"}
    path.write_text(json.dumps(left), encoding="utf-8")
    refused = adapters("write", "--to", str(path))
    assert refused.exit_code == 1
    assert "raise VERSION" in refused.output
    assert json.loads(path.read_text(encoding="utf-8")) == left
    monkeypatch.setattr("lossy.domain.platforms.export.VERSION", manifest()["version"] + 1)
    assert adapters("write", "--to", str(path)).exit_code == 0
    monkeypatch.undo()
    assert adapters("write", "--to", str(path)).exit_code == 0
    path.write_text(json.dumps(left), encoding="utf-8")
    assert adapters("write", "--force", "--to", str(path)).exit_code == 0
    assert json.loads(path.read_text(encoding="utf-8")) == manifest()
