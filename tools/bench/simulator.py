"""How much of a reviewer's time the simulator plays in a minute: `python -m tools.bench.simulator [--quick] [--json]`.

One reviewer with 40 remarks an hour: each becomes a note, heartbeats come every 20 s, and all that is judged of a run
is judged after every remark. Servers look around as lazily as they may (`lossy.sim.virtual.knobs`), and with `--busy`
as they do in production.
"""

from __future__ import annotations

import json
import time
from typing import Any

import click
from attrs import asdict, frozen

from lossy.sim.script.steps import Open, Press, Repeat, Speak, Wait
from lossy.sim.script.story import Story
from lossy.sim.script.units import Lasts
from lossy.sim.virtual.knobs import CALM_LEASE_S, TICKS_S
from lossy.sim.virtual.run import Plan, run

HOUR_MS = 3_600_000
REMARKS = 40  # an hour
TALK_MS = 2_300  # a remark, and its words


@frozen
class Figures:
    session_hours: float
    cpu_s: float
    wall_s: float
    lines: int

    @property
    def hours_a_minute(self) -> float:
        """By the core's own time, whoever else is on the machine."""
        return 60 * self.session_hours / self.cpu_s


def plain_story(hours: int) -> Story:
    remark = (Speak("The logo is too dark here."), Wait(Lasts(HOUR_MS // REMARKS - TALK_MS)))
    return Story(name="plain", steps=(Open("first"), Press("start"), Repeat(hours * REMARKS, remark)))


def measure(hours: int, *, busy: bool) -> Figures:
    """Raises AssertionError where the run is at fault: its time would mean nothing."""
    knobs: dict[str, Any] = {} if busy else {"tick_s": max(filter(None, TICKS_S)), "lease_s": CALM_LEASE_S}
    cpu, wall = time.process_time(), time.perf_counter()
    result = run(Plan(1, plain_story(hours), **knobs))
    assert result.failure is None, result.failure
    spent = time.process_time() - cpu, time.perf_counter() - wall
    return Figures(result.virtual_s * 1_000 / HOUR_MS, *spent, result.lines)


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="An hour instead of twenty, within seconds.")
@click.option("--busy", is_flag=True, help="Servers look around as often as in production.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of lines.")
def main(*, quick: bool, busy: bool, json_: bool) -> None:
    measure(1, busy=busy)  # what is loaded once is loaded
    figures = measure(1 if quick else 20, busy=busy)
    told = {**asdict(figures), "hours_a_minute": figures.hours_a_minute}
    if json_:
        print(json.dumps(told))
    else:
        print("\n".join(f"{name:>16} {value:,.1f}" for name, value in told.items()))


if __name__ == "__main__":
    main()
