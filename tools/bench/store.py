"""Queries a second and CPU a query: our pool beside triopg and asyncpg, on one embedded server, in one run.

Every side runs the same query, prepared, from the same number of workers, each query on a connection lent by the
side's own pool. asyncpg's pool sends one more query, a reset, whenever a connection comes back; ours looks at the
connection instead. So that all do the same work the peers run without their reset, and again as they come.

Each measurement is a process of its own. The rounds alternate between the sides, and the median counts. CPU is the
client's: the server's is not in it.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import attrs
import click
import trio
import trio_asyncio  # type: ignore[import-untyped]
import triopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.table import Table

from lossy.store.embedded import open_postgres
from lossy.store.pool import open_pool

WORKERS = 20
WARM_UP_S = 0.3  # connections are opened and statements prepared

Ask = Callable[[int], Awaitable[int]]  # runs one query


@attrs.frozen
class Figures:
    qps: float
    cpu_us: float


@attrs.define(eq=False)
class Meter:
    """One measurement: workers ask until the time is over."""

    seconds: float
    queries: int = 0
    _wall: float = attrs.field(init=False, factory=time.perf_counter)
    _cpu: float = attrs.field(init=False, factory=time.process_time)

    async def work(self, ask: Ask) -> None:
        while time.perf_counter() - self._wall < self.seconds:
            self.queries += 1
            number = self.queries
            if await ask(number) != number + 1:
                raise AssertionError("a wrong answer")

    def figures(self) -> Figures:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Figures(self.queries / wall, cpu / self.queries * 1e6)


async def measure_on_trio(ask: Ask, seconds: float) -> Figures:
    for length in (WARM_UP_S, seconds):
        meter = Meter(length)
        async with trio.open_nursery() as nursery:
            for _ in range(WORKERS):
                nursery.start_soon(meter.work, ask)
    return meter.figures()


async def measure_on_asyncio(ask: Ask, seconds: float) -> Figures:
    for length in (WARM_UP_S, seconds):
        meter = Meter(length)
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(meter.work(ask))
    return meter.figures()


async def measure_ours(conninfo: str, seconds: float) -> Figures:
    async with open_pool(conninfo, size=WORKERS) as pool:

        async def ask(number: int) -> int:
            async with pool.lend() as conn:
                row = await (await conn.execute("select %s::int + 1", (number,))).fetchone()
                assert row is not None
                return int(row[0])

        return await measure_on_trio(ask, seconds)


async def no_reset(_: object) -> None:
    pass


def asyncpg_options(conninfo: str, *, reset: bool) -> dict[str, object]:
    params = conninfo_to_dict(conninfo)
    options = {"host": params["host"], "user": params["user"], "database": params["dbname"]}
    return options | {"min_size": WORKERS, "max_size": WORKERS, "reset": None if reset else no_reset}


async def measure_triopg(conninfo: str, seconds: float, *, reset: bool) -> Figures:
    async with triopg.create_pool(**asyncpg_options(conninfo, reset=reset)) as pool:

        async def ask(number: int) -> int:
            async with pool.acquire() as conn:
                return int((await conn.fetchrow("select $1::int + 1", number))[0])

        return await measure_on_trio(ask, seconds)


async def measure_asyncpg(conninfo: str, seconds: float, *, reset: bool) -> Figures:
    async with asyncpg.create_pool(**asyncpg_options(conninfo, reset=reset)) as pool:

        async def ask(number: int) -> int:
            async with pool.acquire() as conn:
                return int((await conn.fetchrow("select $1::int + 1", number))[0])

        return await measure_on_asyncio(ask, seconds)


SIDES: dict[str, Callable[[str, float], Figures]] = {
    "ours": lambda conninfo, seconds: trio.run(measure_ours, conninfo, seconds),
    "triopg": lambda conninfo, seconds: trio_asyncio.run(lambda: measure_triopg(conninfo, seconds, reset=False)),
    "asyncpg": lambda conninfo, seconds: asyncio.run(measure_asyncpg(conninfo, seconds, reset=False)),
    "triopg_reset": lambda conninfo, seconds: trio_asyncio.run(lambda: measure_triopg(conninfo, seconds, reset=True)),
    "asyncpg_reset": lambda conninfo, seconds: asyncio.run(measure_asyncpg(conninfo, seconds, reset=True)),
}


async def measure_all(rounds: int, seconds: float) -> dict[str, Figures]:
    """The median of each side's rounds, by the name of the side."""
    taken: dict[str, list[Figures]] = {side: [] for side in SIDES}
    with open_folder() as folder:
        async with open_postgres(folder / "data") as server:
            for _ in range(rounds):
                for side, figures in taken.items():
                    figures.append(await measure_in_a_process(side, server.conninfo, seconds))
    return {side: median(figures) for side, figures in taken.items()}


@contextmanager
def open_folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the server is another user
        yield folder


async def measure_in_a_process(side: str, conninfo: str, seconds: float) -> Figures:
    command = [sys.executable, __file__, "--side", side, "--conninfo", conninfo, "--seconds", str(seconds)]
    done = await trio.run_process(command, capture_stdout=True)
    return Figures(**json.loads(done.stdout))


def median(figures: list[Figures]) -> Figures:
    return Figures(statistics.median(f.qps for f in figures), statistics.median(f.cpu_us for f in figures))


def as_json(medians: dict[str, Figures]) -> str:
    ours, triopg_ = medians["ours"], medians["triopg"]
    peers = {side: attrs.asdict(figures) for side, figures in medians.items() if side != "ours"}
    return json.dumps({**attrs.asdict(ours), "ratio_triopg": ours.qps / triopg_.qps, "peers": peers})


def as_table(medians: dict[str, Figures]) -> Table:
    table = Table("", "queries/s", "CPU us a query", "ours is faster by", title=f"{WORKERS} workers, one row a query")
    for side, figures in medians.items():
        ratio = medians["ours"].qps / figures.qps
        table.add_row(side.replace("_", " with "), f"{figures.qps:,.0f}", f"{figures.cpu_us:.0f}", f"{ratio:.2f}")
    return table


@click.command()
@click.option("--quick", is_flag=True, help="One short round, within 30 seconds.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
@click.option("--side", type=click.Choice(list(SIDES)), hidden=True)
@click.option("--conninfo", hidden=True)
@click.option("--seconds", type=float, hidden=True)
def main(quick: bool, json_: bool, side: str | None, conninfo: str, seconds: float) -> None:
    if side is not None:
        print(json.dumps(attrs.asdict(SIDES[side](conninfo, seconds))))
        return
    medians = trio.run(measure_all, *((1, 2.0) if quick else (3, 4.0)))
    if json_:
        print(as_json(medians))
    else:
        Console().print(as_table(medians))


if __name__ == "__main__":
    main()
