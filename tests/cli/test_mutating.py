"""`lossy charts mutate` needs a checkout, and says so where there is none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from lossy.cli import main, mutating
from lossy.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone

ROOT = folder("statecharts").parent


def test_a_checkout_is_good() -> None:
    assert mutating.checkout(ROOT) == ROOT


def test_an_installed_package_has_no_tests(tmp_path: Path) -> None:
    with pytest.raises(mutating.NoCheckout, match=r"lacks tests/, tools/mutation/$"):
        mutating.checkout(tmp_path)


def test_a_checkout_that_only_serves_has_no_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutating, "find_spec", lambda name: None)
    with pytest.raises(mutating.NoCheckout, match=r"lacks pytest, hypothesis$"):
        mutating.checkout(ROOT)


def test_without_one_the_command_says_so_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutating, "folder", lambda name: tmp_path / name)
    result = CliRunner().invoke(main, ["charts", "mutate", "--quick"])
    assert result.exit_code == 1
    assert result.stderr.startswith("lossy: `lossy charts mutate` runs the tests of a checkout")
    assert result.stderr.count("\n") == 1


def test_what_is_asked_is_handed_on_and_the_status_back(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    class Ended:
        returncode = 2

    def run(command: list[str], **how: Any) -> Ended:
        started.append((command, how["cwd"]))
        return Ended()

    monkeypatch.setattr(subprocess, "run", run)
    result = CliRunner().invoke(main, ["charts", "mutate", "voice", "--only", "drop:a/b/0", "--json"])
    assert result.exit_code == 2
    assert started == [([sys.executable, "-m", "tools.mutation", "voice", "--only", "drop:a/b/0", "--json"], ROOT)]
