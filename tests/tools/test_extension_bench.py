"""What the measurements of the extension are told as."""

from __future__ import annotations

from tools.bench.extension import figures


def test_each_part_has_its_median_its_p95_its_longest_and_how_many() -> None:
    rows = [{"first accepted event": float(ms)} for ms in (900, 100, 500, 300, 700)]
    assert figures(rows) == {"first accepted event": {"median": 500, "p95": 900, "longest": 900, "count": 5}}
