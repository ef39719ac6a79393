"""Verdicts as a person reads them, and as a program does."""

from __future__ import annotations

import json
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

import attrs
from rich.table import Table

from tools.chaos.places import table
from tools.chaos.recovery import PROMISED_MS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tools.chaos.run import Verdict

KILLED, ANY_MOMENT = "killed ", "at any moment"


def kills(verdicts: Sequence[Verdict]) -> Counter[str]:
    """How often a server was killed, by place."""
    return Counter(
        {
            what.removeprefix(KILLED): count
            for verdict in verdicts
            for what, count in verdict.counts.items()
            if what.startswith(KILLED)
        }
    )


def restart_ms(verdicts: Sequence[Verdict]) -> Mapping[str, float]:
    """The median of each part of a start."""
    starts = [start for verdict in verdicts for start in verdict.starts[1:]]
    parts = dict.fromkeys(part for start in starts for part in start)
    return {part: round(median(start[part] for start in starts if part in start), 1) for part in parts}


def show_verdict(console: Console, verdict: Verdict) -> None:
    times = verdict.recovery
    recovery = f"recovery p50 {times.p50:.0f}, p95 {times.p95:.0f}, max {times.max:.0f} ms of {times.count}"
    what = "[green]as undisturbed[/]" if verdict.failure is None else "[red]FAILED[/]"
    said = f"{verdict.lines} lines, {verdict.notes} notes"
    console.print(
        f"{verdict.scenario:<13} {what}  {verdict.rounds} rounds, {said}, {recovery}, {verdict.seconds:.0f} s"
    )
    if times.max > PROMISED_MS / 2:
        console.print(f"              the slowest after {verdict.slowest}", markup=False)
    if verdict.failure is not None:
        console.print(verdict.failure, markup=False, soft_wrap=True)


def show_sums(console: Console, verdicts: Sequence[Verdict]) -> None:
    killed = kills(verdicts)
    if killed:
        histogram = Table("killed", "times", "means", title="Where the server was killed")
        for place, means in {**table(), ANY_MOMENT: "wherever it was, its start among it"}.items():
            histogram.add_row(place, f"{killed[place]} {'#' * min(40, killed[place])}", means)
        console.print(histogram)
    parts = restart_ms(verdicts)
    if parts:
        console.print("A restart, median ms: " + ", ".join(f"{part} {ms:.0f}" for part, ms in parts.items()))


def as_json(seed: int, verdicts: Sequence[Verdict]) -> str:
    killed = kills(verdicts)
    named = sum(killed.values()) - killed[ANY_MOMENT]
    report = {
        "seed": seed,
        "ok": all(verdict.failure is None for verdict in verdicts),
        "kills": {"total": sum(killed.values()), "named": named, "by_place": dict(killed)},
        "restart_ms": restart_ms(verdicts),
        "scenarios": {verdict.scenario: _as_json(verdict) for verdict in verdicts},
    }
    return json.dumps(report, indent=2)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "ok": verdict.failure is None,
        "failure": verdict.failure,
        "rounds": verdict.rounds,
        "lines": verdict.lines,
        "notes": verdict.notes,
        "seconds": verdict.seconds,
        "recovery_ms": attrs.asdict(verdict.recovery),
        "slowest_after": verdict.slowest,
        "counts": dict(verdict.counts),
    }
