"""One thing that a check found, in words for whoever reads the chart."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Severity = Literal["error", "note"]


@frozen
class Finding:
    kind: str  # the name of the check, as docs/reference/charts.md has it
    chart: str
    path: str  # where in the file
    words: str  # what is wrong, and what to do about it
    severity: Severity = "error"
