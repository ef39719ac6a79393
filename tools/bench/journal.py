"""What keeping an event costs: our journal beside a transaction for each event, and a bare COPY, in one run.

Sessions wait for each of their commits, as in the product, so one of them alone is as fast as the disk is. Ours writes
for all of them together; `each` gives every commit a transaction of its own, by the same statements, on the same pool;
`copy` is the ceiling: as many rows as a batch of ours, sent without anybody who waits, and no epoch looked at.

On an embedded server with fsync on. CPU is this process's and that of all of PostgreSQL's, a commit.
"""

import itertools
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import attrs
import click
import psutil
import trio
from rich.console import Console
from rich.table import Table

from lossy.app import migrate_pool
from lossy.store.embedded import open_postgres
from lossy.store.journal import BATCH, PostgresLedger
from lossy.store.lease import LocalNode
from lossy.store.ledger import Commit, Entry
from lossy.store.pool import Pool, open_pool
from tools.bench.store import open_folder

SESSIONS = (1, 10, 100, 1000)
CONNECTIONS = 8  # as a server has by default
WARM_UP_S = 0.3
ANN, VIDEO, DEVICE = (UUID(int=i) for i in range(1, 4))
AT = 1_763_640_000_000
PAYLOAD = {"kind": "speech_end", "segment": "7f0c", "media_ms": 61_000, "duration_ms": 2_140, "socket": 3}
TAKEN = ("reconnect:attached/event/0", "voice:recording/speech_end/0", "agent:listening/segment/0")

Write = Callable[[Commit], Awaitable[object]]


@attrs.frozen
class Figures:
    events_per_s: float
    cpu_us: float
    postgres_cpu_us: float
    p50_ms: float | None = None
    p99_ms: float | None = None


@attrs.define(eq=False)
class Bench:
    """A server with sessions that are held in epoch 1. Each keeps the number of its latest entry."""

    pool: Pool
    ledger: PostgresLedger
    _postmaster: psutil.Process
    _latest: dict[UUID, int] = attrs.field(init=False, factory=dict)

    async def begin(self) -> None:
        await migrate_pool(self.pool)
        ids = [UUID(int=1000 + i) for i in range(max(SESSIONS))]
        async with self.pool.lend() as connection:
            await connection.execute("INSERT INTO users (id, email, role) VALUES (%s, 'ann', 'user')", (ANN,))
            video = "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den) VALUES (%s, %s, '', '', 25, 1)"
            await connection.execute(video, (VIDEO, ANN))
            await connection.execute(
                "INSERT INTO sessions (id, user_id, video_id, snapshot, epoch)"
                " SELECT unnest(%s::uuid[]), %s, %s, '{}', 1",
                (ids, ANN, VIDEO),
            )
        self._latest = dict.fromkeys(ids, 0)

    def next_of(self, session: UUID) -> Commit:
        self._latest[session] = n = self._latest[session] + 1
        return Commit(1, Entry(session, n, AT + n, "reconnect", "event", PAYLOAD, DEVICE, n, TAKEN))

    async def together(self, sessions: int, seconds: float) -> Figures:
        return await self._measured(sessions, seconds, self.ledger.commit)

    async def each(self, sessions: int, seconds: float) -> Figures:
        async def write(commit: Commit) -> None:
            await self.ledger._write([commit])

        return await self._measured(sessions, seconds, write)

    async def _measured(self, sessions: int, seconds: float, write: Write) -> Figures:
        await self._run(sessions, WARM_UP_S, write)
        with self._cpu() as cpu:
            took = await self._run(sessions, seconds, write)
        centiles = statistics.quantiles(took, n=100) if len(took) > 1 else [took[0]] * 99
        return cpu(len(took), centiles[49] * 1000, centiles[98] * 1000)

    async def _run(self, sessions: int, seconds: float, write: Write) -> list[float]:
        took: list[float] = []
        end = time.perf_counter() + seconds

        async def work(session: UUID) -> None:
            while (began := time.perf_counter()) < end:
                await write(self.next_of(session))
                took.append(time.perf_counter() - began)

        async with trio.open_nursery() as nursery:
            for session in itertools.islice(self._latest, sessions):
                nursery.start_soon(work, session)
        return took

    async def copied(self, seconds: float) -> Figures:
        ids, rows, end = itertools.cycle(self._latest), 0, time.perf_counter() + seconds
        taken, payload = "{" + ",".join(f'"{id}"' for id in TAKEN) + "}", json.dumps(PAYLOAD)
        with self._cpu() as cpu:
            async with self.pool.lend() as connection, connection.cursor() as cursor:
                while time.perf_counter() < end:
                    async with cursor.copy("COPY journal FROM STDIN") as copy:
                        for commit in (self.next_of(id) for id in itertools.islice(ids, BATCH)):
                            e = commit.entry
                            row = (e.session_id, e.n, e.at, e.chart, e.event, payload, e.device_id, e.seq, taken, 1)
                            await copy.write_row(row)
                    rows += BATCH
        return cpu(rows, None, None)

    @contextmanager
    def _cpu(self) -> Iterator[Callable[[int, float | None, float | None], Figures]]:
        """Gives the figures of so many events that were written meanwhile."""
        wall, own, theirs = time.perf_counter(), time.process_time(), self._postgres_cpu_s()
        figures: list[float] = []

        def of(events: int, p50_ms: float | None, p99_ms: float | None) -> Figures:
            wall_s, own_s, theirs_s = figures
            return Figures(events / wall_s, own_s / events * 1e6, theirs_s / events * 1e6, p50_ms, p99_ms)

        yield of
        figures += [time.perf_counter() - wall, time.process_time() - own, self._postgres_cpu_s() - theirs]

    def _postgres_cpu_s(self) -> float:
        processes = [self._postmaster, *self._postmaster.children()]
        return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


@asynccontextmanager
async def open_bench() -> AsyncIterator[Bench]:
    with open_folder() as folder:
        async with (
            open_postgres(folder / "data") as server,
            open_pool(server.conninfo, size=CONNECTIONS) as pool,
            trio.open_nursery() as nursery,
        ):
            bench = Bench(pool, PostgresLedger(pool, node=LocalNode("bench")), psutil.Process(server.pid))
            nursery.start_soon(bench.ledger.run)
            await bench.begin()
            yield bench
            nursery.cancel_scope.cancel()


async def measure(rounds: int, seconds: float) -> dict[str, dict[str, Figures]]:
    """The median of each side's rounds, by the number of sessions."""
    taken: dict[tuple[str, str], list[Figures]] = {}
    async with open_bench() as bench:
        for _ in range(rounds):
            for sessions in SESSIONS:
                for side, run in (("ours", bench.together), ("each", bench.each)):
                    taken.setdefault((str(sessions), side), []).append(await run(sessions, seconds))
            taken.setdefault(("all", "copy"), []).append(await bench.copied(seconds))
    figures: dict[str, dict[str, Figures]] = {}
    for (sessions_, side), of_rounds in taken.items():
        figures.setdefault(sessions_, {})[side] = median(of_rounds)
    return figures


def median(rounds: list[Figures]) -> Figures:
    by_name: dict[str, list[Any]] = {}
    for figures in rounds:
        for name, figure in attrs.asdict(figures).items():
            by_name.setdefault(name, []).append(figure)
    medians: dict[str, Any] = {name: None if None in of else statistics.median(of) for name, of in by_name.items()}
    return Figures(**medians)


def as_json(figures: Mapping[str, Mapping[str, Figures]]) -> str:
    """`sessions` by their number, each with `ours` and `each`; and `copy`."""
    sessions = {
        number: {side: attrs.asdict(of) for side, of in sides.items()}
        for number, sides in figures.items()
        if number != "all"
    }
    return json.dumps({"sessions": sessions, "copy": attrs.asdict(figures["all"]["copy"])})


def as_table(figures: Mapping[str, Mapping[str, Figures]]) -> Table:
    title = "an event kept: our journal, a transaction each, and COPY"
    table = Table("sessions", "", "events/s", "p50 ms", "p99 ms", "CPU us", "PostgreSQL's CPU us", title=title)
    for sessions, sides in figures.items():
        for side, of in sides.items():
            waits = ["" if ms is None else f"{ms:.1f}" for ms in (of.p50_ms, of.p99_ms)]
            table.add_row(
                sessions, side, f"{of.events_per_s:,.0f}", *waits, f"{of.cpu_us:.0f}", f"{of.postgres_cpu_us:.0f}"
            )
    return table


@click.command()
@click.option("--quick", is_flag=True, help="One short round, within 30 seconds.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(quick: bool, json_: bool) -> None:
    figures = trio.run(measure, *((1, 1.0) if quick else (3, 4.0)))
    if json_:
        print(as_json(figures))
    else:
        Console().print(as_table(figures))


if __name__ == "__main__":
    main()
