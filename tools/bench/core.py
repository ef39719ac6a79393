"""How evenly the machine's cores run while nothing is to be done: run as `python -m tools.bench.core`.

The same small loop again and again, on each core at the same time. What a core of a machine that others use loses to
them, no program on it can give back: what arrives while it is slow waits, however little there is to do.

| figure | what |
|---|---|
| loop_us | what the loop takes while the core is fast: the tenth centile |
| slowdown | how many times as long it takes on average |
| slow_share | of the time, the part in which it takes more than twice as long |
| longest_ms | the longest while in which it does |
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import attrs
import cattrs
import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS, QUICK_S = 20.0, 5.0
SLOW = 2.0
ADDITIONS = 20_000  # about half a millisecond, in which nothing but the interpreter is used


@attrs.frozen
class Evenness:
    loop_us: float
    slowdown: float
    slow_share: float
    longest_ms: float


def evenness(took_s: Sequence[float]) -> Evenness:
    """Of at least ten loops in a row, in s each."""
    fast = statistics.quantiles(took_s, n=10)[0]
    slow_s, longest_s, lasts_s = 0.0, 0.0, 0.0
    for each in took_s:
        lasts_s = lasts_s + each if each > SLOW * fast else 0.0
        longest_s = max(longest_s, lasts_s)
        slow_s += each if lasts_s else 0.0
    total_s = sum(took_s)
    return Evenness(fast * 1e6, total_s / len(took_s) / fast, slow_s / total_s, longest_s * 1e3)


def loop_for(seconds: float) -> list[float]:
    """What each took, in s."""
    took_s: list[float] = []
    now = began = time.perf_counter()
    while now - began < seconds:
        sum_ = 0
        for number in range(ADDITIONS):
            sum_ += number
        before, now = now, time.perf_counter()
        took_s.append(now - before)
    return took_s


def measure(cores: Sequence[int], seconds: float) -> dict[int, Evenness]:
    """Each in a process of its own, which may run nowhere else."""
    command = [sys.executable, "-m", "tools.bench.core", "--seconds", str(seconds), "--core"]
    started = {core: subprocess.Popen([*command, str(core)], stdout=subprocess.PIPE, text=True) for core in cores}
    said = {core: process.communicate()[0] for core, process in started.items()}
    return {core: cattrs.structure(json.loads(each), Evenness) for core, each in said.items()}


def as_table(cores: dict[int, Evenness]) -> Table:
    table = Table(title="Cores that have nothing to do")
    for heading in ("core", "a loop, us", "slowdown", "time at less than half", "longest, ms"):
        table.add_column(heading, justify="right")
    for core, each in cores.items():
        figures = (f"{each.loop_us:,.0f}", f"{each.slowdown:.2f}", f"{each.slow_share:.1%}", f"{each.longest_ms:,.0f}")
        table.add_row(str(core), *figures)
    return table


@click.command()
@click.option("--core", type=int, help="One core, as JSON.")
@click.option("--seconds", type=float, default=SECONDS, show_default=True)
@click.option("--quick", is_flag=True, help=f"{QUICK_S:.0f} seconds.")
@click.option("--json", "json_", is_flag=True, help="One JSON object, by core, instead of a table.")
def main(core: int | None, seconds: float, quick: bool, json_: bool) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
        print(json.dumps(attrs.asdict(evenness(loop_for(seconds)))))
        return
    cores = measure(sorted(os.sched_getaffinity(0)), QUICK_S if quick else seconds)
    if json_:
        print(json.dumps({each: attrs.asdict(figures) for each, figures in cores.items()}))
    else:
        Console().print(as_table(cores))


if __name__ == "__main__":
    main()
