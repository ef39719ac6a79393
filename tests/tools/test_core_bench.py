"""The bench of the cores: what counts as slow, and that each is measured by itself."""

from __future__ import annotations

import json
import os

import attrs
import pytest
from click.testing import CliRunner

from tools.bench.core import Evenness, as_table, evenness, main


def test_a_core_that_keeps_its_speed_is_never_slow() -> None:
    assert attrs.astuple(evenness([0.001] * 20)) == pytest.approx((1_000, 1, 0, 0))


def test_slow_is_what_takes_more_than_twice_as_long_and_stretches_are_of_loops_in_a_row() -> None:
    figures = evenness([0.001] * 30 + [0.005, 0.003] + [0.002] * 5 + [0.004] + [0.001] * 30)
    assert figures.slow_share == pytest.approx(12 / 82)
    assert figures.longest_ms == pytest.approx(8)
    assert figures.slowdown == pytest.approx(82 / 68)


def test_the_one_at_the_end_counts_too() -> None:
    assert evenness([0.001] * 30 + [0.005, 0.005]).longest_ms == pytest.approx(10)


def test_each_core_is_measured_in_its_own_process() -> None:
    said = json.loads(CliRunner().invoke(main, ["--json", "--seconds", "0.1"]).stdout)
    assert [*said] == [str(core) for core in sorted(os.sched_getaffinity(0))]
    for figures in said.values():
        assert figures["loop_us"] > 0
        assert figures["slowdown"] > 0
        assert 0 <= figures["slow_share"] <= 1


def test_the_table_has_a_row_for_each_core() -> None:
    table = as_table({0: Evenness(500, 1.3, 0.051, 119.4), 1: Evenness(1_500, 1, 0, 0)})
    rows = [*zip(*(column.cells for column in table.columns), strict=True)]
    assert rows == [("0", "500", "1.30", "5.1%", "119"), ("1", "1,500", "1.00", "0.0%", "0")]
