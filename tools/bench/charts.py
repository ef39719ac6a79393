"""Events a second of `step` beside python-statemachine, both on the voice chart with the same rules and events.

Run as `python -m tools.bench.charts`; the library's side is the adapter of the differential tests, repairs included.
Both sides record the same effects, on one core, in one process. Rounds alternate between the sides, and the best
round of each counts: what else the machine does only ever slows a round down. The second row restores the state
before each event and dumps it after, as a session does that lives in no memory.
"""

import json
import time
from collections.abc import Callable, Iterator

import attrs
import click
from rich.console import Console
from rich.table import Table

from lossy.charts.model import Chart, Event, State, dump, read
from lossy.charts.step import start, step
from tests.charts.library import LibraryMachine
from tests.charts.voice_chart import voice_chart, voice_data

# What this project promises itself, on its machine of two cores.
WANTED_PER_S, WANTED_RATIO = 50_000, 8

Side = Callable[[Chart, list[Event]], State]


@attrs.frozen
class Row:
    name: str
    ours_per_s: float
    library_per_s: float

    @property
    def ratio(self) -> float:
        return self.ours_per_s / self.library_per_s


def events(remarks: int) -> Iterator[Event]:
    """A reviewer who makes a remark every five seconds; of nine events two move nothing and one is unheard of."""
    at = 0
    for name in ("context_gained", "attach", "start"):
        yield Event(name, at)
    for seq in range(remarks):
        at += 5_000
        yield Event("metrics", at, {"rtt_ms": 40})
        yield Event("seek", at + 100)
        yield Event("speech_start", at + 1_000, {"seq": seq, "media_ms": at})
        yield Event("metrics", at + 2_000, {"rtt_ms": 40})
        yield Event("speech_end", at + 3_000, {"probability": 0.9})
        yield Event("after.cooldown", at + 3_500)
        yield Event("heartbeat", at + 4_000)
        yield Event("caught_up", at + 4_100)
        yield Event("volume", at + 4_200)


def live(chart: Chart, events: list[Event]) -> State:
    state, _ = start(chart, voice_data(), 0)
    for event in events:
        state, _, _ = step(chart, state, event)
    return state


def library_live(chart: Chart, events: list[Event]) -> State:
    machine = LibraryMachine(chart)
    machine.start(voice_data(), 0)
    for event in events:
        machine.send(event)
    return machine.state()


def restored(chart: Chart, events: list[Event]) -> State:
    stored = dump(chart, start(chart, voice_data(), 0)[0])
    for event in events:
        state, _, _ = step(chart, read(chart, stored), event)
        stored = dump(chart, state)
    return read(chart, stored)


def library_restored(chart: Chart, events: list[Event]) -> State:
    machine = LibraryMachine(chart)
    machine.start(voice_data(), 0)
    stored = dump(chart, machine.state())
    for event in events:
        machine.restore(read(chart, stored))
        machine.send(event)
        stored = dump(chart, machine.state())
    return read(chart, stored)


def measure(name: str, ours: Side, library: Side, rounds: int, remarks: int) -> Row:
    chart, row = voice_chart(), list(events(remarks))
    few = row[: len(row) // 10]  # the library is that much slower, and is not to take all of the time
    if ours(chart, few) != library(chart, few):
        raise AssertionError("the two sides disagree on the voice chart")
    best = [0.0, 0.0]
    for _ in range(rounds):
        for i, (side, heard) in enumerate([(ours, row), (library, few)]):
            begun = time.perf_counter()
            side(chart, heard)
            best[i] = max(best[i], len(heard) / (time.perf_counter() - begun))
    return Row(name, *best)


def as_json(rows: list[Row]) -> str:
    first, second = rows
    figures = {"events_per_s": first.ours_per_s, "ratio": first.ratio, "library_per_s": first.library_per_s}
    return json.dumps({**figures, "restored": {"events_per_s": second.ours_per_s, "ratio": second.ratio}})


def as_table(rows: list[Row]) -> Table:
    wanted = f"wanted, live: {WANTED_PER_S:,} a second and {WANTED_RATIO} times the library"
    table = Table("", "ours, events/s", "python-statemachine", "ratio", title="The voice chart", caption=wanted)
    for row in rows:
        table.add_row(row.name, f"{row.ours_per_s:,.0f}", f"{row.library_per_s:,.0f}", f"{row.ratio:.1f}")
    return table


@click.command()
@click.option("--quick", is_flag=True, help="Few short rounds, within 30 seconds.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(quick: bool, json_: bool) -> None:
    rounds, remarks = (5, 2_000) if quick else (15, 5_000)
    rows = [
        measure("live", live, library_live, rounds, remarks),
        measure("restored for each event", restored, library_restored, rounds, remarks),
    ]
    if json_:
        print(as_json(rows))
    else:
        Console().print(as_table(rows))


if __name__ == "__main__":
    main()
