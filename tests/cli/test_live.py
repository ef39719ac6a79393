"""`lossy sim run --url` and `lossy sim load`, where they cannot begin: one line says what is wrong, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from lossy.cli import main
from tests.logs import plain_logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOWHERE = "http://127.0.0.1:1"
LINK = f"{NOWHERE}/sign-in/once"


@pytest.fixture(autouse=True)
def usual_logs() -> Iterator[None]:
    yield
    plain_logs()


def fails(*arguments: str) -> list[str]:
    result = CliRunner().invoke(main, ["sim", *arguments])
    assert result.exit_code == 1, result.output
    return result.stderr.splitlines()


def story(folder: Path, steps: str) -> str:
    path = folder / "story.yaml"
    path.write_text(f"name: a story\nsteps: {steps}\n")
    return str(path)


def test_where_nobody_answers(tmp_path: Path) -> None:
    one = story(tmp_path, "[{open: first}]")
    nobody = [f"lossy: Nothing answers at {NOWHERE}; is `lossy serve` running?"]
    assert fails("run", one, "--url", NOWHERE, "--sign-in", LINK) == nobody
    assert fails("load", "--url", NOWHERE, "--sign-in", LINK) == nobody


def test_steps_that_are_not_a_clients_to_do_are_named(tmp_path: Path) -> None:
    lines = fails("run", story(tmp_path, "[deploy, {store: {fault: away, lasts: 1 s}}]"), "--url", NOWHERE)
    assert lines == [
        "lossy: this cannot be done on a server that is there @ $.steps[0].deploy",
        "lossy: this cannot be done on a server that is there @ $.steps[1].store",
        "lossy: --skip leaves such steps out",
    ]


def test_a_script_that_is_none_is_said_with_paths(tmp_path: Path) -> None:
    one = story(tmp_path, "[{open: frist}]")
    assert fails("run", one, "--url", NOWHERE) == [
        f"lossy: {one}: there is no tab 'frist'; there is first @ $.steps[0].open.tab"
    ]


def test_a_load_that_nobody_can_say() -> None:
    (line,) = fails("load", "--sessions", "10", "--rate", "10", "--url", NOWHERE)
    assert line.startswith("lossy: 10 remarks a second of 10 sessions are one of each in 1.0 s")


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("lossy.cli.live.find_spec", lambda name: None)
    assert fails("load", "--url", NOWHERE) == ["lossy: hdrh is not installed: pip install 'lossy[sim]'"]


@pytest.mark.parametrize("option", [("--speed", "10"), ("--skip",), ("--sign-in", LINK)])
def test_what_is_of_a_server_is_refused_without_one(option: tuple[str, ...], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["sim", "run", story(tmp_path, "[{open: first}]"), *option])
    assert result.exit_code == 2
    assert f"{option[0]} is of a story on a server: --url says which" in result.stderr


@pytest.mark.parametrize("option", [("--seed", "7"), ("--fault", "drop"), ("--hash",), ("--trace", "trace.jsonl")])
def test_what_is_of_virtual_time_is_refused_on_a_server(option: tuple[str, ...], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["sim", "run", story(tmp_path, "[{open: first}]"), "--url", NOWHERE, *option])
    assert result.exit_code == 2
    assert f"{option[0]} is of virtual time, not of a server" in result.stderr
