"""What a session takes of memory: idle, and with a client; beside a bare trio task and a python-statemachine machine.

Run as `python -m tools.bench.sessions`. Each figure is what the resident memory of a process of its own grows by, over
some that were there before, after a garbage collection each; a kB is 1,000 bytes. Those of the first group are in one
process with nothing beside the sessions (`crowd.py` says what is left out).

| side | what |
|---|---|
| idle | a client joined, left, and is not waited for any more; nothing is in hand |
| connected | a client is there through the real `Socket`, and its session holds 20 pushes |
| websocket | the same over real WebSockets, in the running server with its database; some hundreds |
| state | the state of the voice chart alone |
| library | the same chart in a python-statemachine machine |
| task | a trio task that waits on a memory channel |
"""

import gc
import json
import sys
import tracemalloc
from collections.abc import Awaitable, Callable

import click
import psutil
import trio
import trio.testing
from rich.console import Console
from rich.table import Table
from trio.testing import MockClock

from lossy.charts.step import start
from lossy.cli.running import configure_logs
from tests.charts.library import LibraryMachine
from tests.charts.voice_chart import voice_chart, voice_data
from tools.bench.crowd import open_crowd
from tools.bench.visitors import open_server, open_visitors

# What this project promises itself, on its machine of two cores.
WANTED_KB = 16
PUSHES = 20
WARM_UP = 100  # so that what is made once for all is there
SOCKETS_WARM_UP = 20
PLACES = 30
TRACED = 500

Build = Callable[[range], Awaitable[object]]


def resident_kb() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1_000


async def grown(build: Build, sessions: int, warm_up: int = WARM_UP) -> float:
    """kB for each that `build` makes."""
    await build(range(warm_up))
    before = resident_kb()
    await build(range(warm_up, warm_up + sessions))
    return (resident_kb() - before) / sessions


def idle(sessions: int) -> float:
    clock = MockClock()

    async def measure() -> float:
        async with open_crowd(clock) as crowd:
            return await grown(crowd.visit, sessions)

    return trio.run(measure, clock=clock)


def connected(sessions: int) -> float:
    clock = MockClock()

    async def measure() -> float:
        async with open_crowd(clock) as crowd:

            async def build(numbers: range) -> None:
                await crowd.join(numbers)
                await crowd.click(numbers, PUSHES)

            return await grown(build, sessions)

    return trio.run(measure, clock=clock)


def websocket(sessions: int) -> float:
    async def measure() -> float:
        async with open_server() as app:
            warm_up, pushes = range(SOCKETS_WARM_UP), PUSHES + 1  # the first is before they are there, and not held
            async with open_visitors(app, warm_up, pushes):
                before = resident_kb()
                async with open_visitors(app, range(len(warm_up), len(warm_up) + sessions), pushes):
                    return (resident_kb() - before) / sessions

    return trio.run(measure)


def state(sessions: int) -> float:
    chart, data = voice_chart(), voice_data()
    kept: list[object] = []

    async def build(numbers: range) -> None:
        kept.extend(start(chart, data, number)[0] for number in numbers)

    return trio.run(grown, build, sessions)


def library(sessions: int) -> float:
    """One class for all machines, and nothing of the adapter's but that."""
    adapter, data, kept = LibraryMachine(voice_chart()), voice_data(), []

    async def build(numbers: range) -> None:
        for number in numbers:
            adapter.start(data, number)
            kept.append(adapter._machine)

    return trio.run(grown, build, sessions)


def task(sessions: int) -> float:
    async def wait(receive: trio.MemoryReceiveChannel[int]) -> None:
        async for _ in receive:
            pass

    async def measure() -> float:
        kept = []
        async with trio.open_nursery() as nursery:

            async def build(numbers: range) -> None:
                for _ in numbers:
                    send, receive = trio.open_memory_channel[int](64)
                    kept.append(send)
                    nursery.start_soon(wait, receive)
                await trio.testing.wait_all_tasks_blocked()

            kb = await grown(build, sessions)
            nursery.cancel_scope.cancel()
        return kb

    return trio.run(measure)


SIDES: dict[str, Callable[[int], float]] = {
    "idle": idle,
    "connected": connected,
    "websocket": websocket,
    "state": state,
    "library": library,
    "task": task,
}
KEYS = {
    "idle": "kb_per_idle_session",
    "connected": "kb_per_connected_session",
    "websocket": "kb_per_websocket_session",
    "state": "kb_per_state",
    "library": "kb_per_library_machine",
    "task": "kb_per_trio_task",
}


def places(sessions: int) -> list[str]:
    """Where the memory of idle sessions was asked for: bytes and blocks for each, and the line of code."""
    clock = MockClock()

    async def measure() -> list[str]:
        async with open_crowd(clock) as crowd:
            await crowd.visit(range(WARM_UP))
            tracemalloc.start()
            await crowd.visit(range(WARM_UP, WARM_UP + sessions))
            gc.collect()
            largest = tracemalloc.take_snapshot().statistics("lineno")[:PLACES]
            tracemalloc.stop()
        return [f"{of.size / sessions:6.0f} {of.count / sessions:5.1f}  {of.traceback}" for of in largest]

    return trio.run(measure, clock=clock)


async def measure_in_a_process(side: str, sessions: int) -> float:
    command = [sys.executable, "-m", "tools.bench.sessions", "--side", side, "--sessions", str(sessions)]
    done = await trio.run_process(command, capture_stdout=True)
    return float(json.loads(done.stdout))


async def measure_all(sessions: int, sockets: int) -> dict[str, float]:
    """kB by side."""
    counts = {side: sockets if side == "websocket" else sessions for side in SIDES}
    return {side: await measure_in_a_process(side, counts[side]) for side in SIDES}


def as_json(figures: dict[str, float], sessions: int, sockets: int) -> str:
    kb = {KEYS[side]: round(figure, 2) for side, figure in figures.items()}
    return json.dumps({**kb, "sessions": sessions, "sockets": sockets})


def as_table(figures: dict[str, float], sessions: int, sockets: int) -> Table:
    title = f"{sessions:,} sessions in one process, {sockets:,} over WebSockets"
    table = Table("", "kB each", title=title, caption=f"wanted: {WANTED_KB} kB an idle session, or less")
    for side, figure in figures.items():
        table.add_row(side, f"{figure:.1f}")
    return table


@click.command()
@click.option("--quick", is_flag=True, help="A tenth as many sessions, within a minute.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
@click.option("--verbose", is_flag=True, help="Also where the memory of idle sessions was asked for.")
@click.option("--side", type=click.Choice(list(SIDES)), hidden=True)
@click.option("--sessions", type=int, hidden=True)
def main(quick: bool, json_: bool, verbose: bool, side: str | None, sessions: int) -> None:
    if side is not None:
        configure_logs()
        print(json.dumps(SIDES[side](sessions)))
        return
    sessions, sockets = (1_000, 100) if quick else (10_000, 500)
    figures = trio.run(measure_all, sessions, sockets)
    if json_:
        print(as_json(figures, sessions, sockets))
    else:
        Console().print(as_table(figures, sessions, sockets))
    if verbose:
        print(*places(TRACED), sep="\n")


if __name__ == "__main__":
    main()
