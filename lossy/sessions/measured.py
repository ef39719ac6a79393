"""Which transitions the last run of the tests took, and the last campaign of the simulator: files that those leave.

Each is a JSON object with, by the name of a chart, the `digest` of its file and how often each of its `transitions` was
taken; the tests add its `states`. What is of another version of a chart counts for nothing.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from lossy.charts.view import Counts
from lossy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lossy.charts.model import Chart

TESTS = "build/chart-coverage.json"  # see tests/charts/coverage.py
CAMPAIGN = "build/simulator/coverage.json"  # see `lossy sim campaign`
SOURCES = {"the last test run": TESTS, "runs of the last campaign": CAMPAIGN}


def measured(chart: Chart) -> Iterator[Counts]:
    """Of a chart as it ships. Raises OSError and ValueError where a file is there and cannot be read."""
    for label, source in SOURCES.items():
        found = figures(chart.name, source)
        if found is not None:
            at = round(_path(source).stat().st_mtime * 1_000)
            yield Counts(label, found["transitions"], found.get("states"), source, at)


def figures(chart: str, source: str) -> Mapping[str, Any] | None:
    """None where there are none, or where they are of another version of the chart's file."""
    path = _path(source)
    if not path.is_file():
        return None
    found: Mapping[str, Any] | None = json.loads(path.read_text(encoding="utf-8")).get(chart)
    return found if found is not None and found["digest"] == _digest(chart) else None


def write_runs(path: Path, runs: Mapping[str, int]) -> None:
    """`runs`: in how many each transition was taken, by its id with its chart's name before it."""
    taken: dict[str, dict[str, int]] = {}
    for named, count in sorted(runs.items()):
        chart, _, id = named.partition(":")
        taken.setdefault(chart, {})[id] = count
    told = {chart: {"digest": _digest(chart), "transitions": counts} for chart, counts in taken.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told), encoding="utf-8")


def _path(source: str) -> Path:
    return folder("statecharts").parent / source


def _digest(chart: str) -> str:
    return sha256((folder("statecharts") / f"{chart}.yaml").read_bytes()).hexdigest()
