"""The bench of two versions at once: what it compares, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest

from tools.bench.beside import ROOT, Round, Side, as_json, as_table, check_out, ratio, side_of

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = [
    Round(Side(20, 200, 449, 1_000), Side(15, 150, 450, 900)),
    Round(Side(20, 200, 449, 800), Side(15, 150, 450, 800)),
    Round(Side(20, 200, 449, 1_000), Side(15, 150, 450, 500)),
]


async def test_a_version_is_what_its_commit_has(tmp_path: Path) -> None:
    await check_out("HEAD", tmp_path)
    assert (tmp_path / "tools/bench/voice.py").is_file()
    assert (tmp_path / "statecharts").is_dir()
    assert not (tmp_path / ".git").exists()


@pytest.mark.parametrize("name", ["nothing-of-that-name", "--output=here"])
async def test_a_commit_that_is_none_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(click.BadParameter, match="not a valid object name"):
        await check_out(name, tmp_path)
    assert not (ROOT / "here").exists(), "it is no option either"


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert [each.ratio for each in ROUNDS] == [0.9, 1.0, 0.5]
    assert ratio(ROUNDS) == 0.9


def test_a_side_is_read_from_what_the_voice_bench_prints() -> None:
    waits = {"p50": 20.5, "p95": 99.0, "p99": 120.0, "notes_per_s": 449.5}
    assert side_of({"waits": waits, "server_us": 1_000.0, "postgres_us": 300.0}) == Side(20.5, 99.0, 449.5, 1_000.0)


def test_the_json_has_the_ratio_and_each_round() -> None:
    said = json.loads(as_json(ROUNDS))
    assert said["cpu_ratio"] == 0.9
    assert said["rounds"][0]["now"] == {"p50_ms": 15, "p95_ms": 150, "notes_per_s": 450, "cpu_us": 900}
    assert len(said["rounds"]) == len(ROUNDS)


def test_the_table_has_a_row_for_each_side_and_the_ratio_beside_the_second() -> None:
    table = as_table(ROUNDS, "abc", 550)
    names, *_, ratios = ([*column.cells] for column in table.columns)
    assert names == ["abc", "now"] * len(ROUNDS)
    assert ratios == ["", "0.90", "", "1.00", "", "0.50"]
    assert table.caption == "CPU a note now, of that of abc: 0.90"
