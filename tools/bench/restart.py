"""How long reviewers are without their server: run as `python -m tools.bench.restart`.

Each has a session of their own on the real server, with PostgreSQL beside it that goes on. All join at once: the first
time, after the server was stopped, and after it was killed. Beside it, in the same run, a server that has nobody.

| figure | what |
|---|---|
| empty_up_s | from its start until a server serves that has no session |
| begun_s | until all have joined for the first time, and their sessions are made |
| stopped_s | from SIGTERM until it has ended |
| up_s, joined_s | from its start until it serves again, then until all have joined again |
| killed_up_s, killed_joined_s | the same after SIGKILL |
| moved_s | until all have joined at another server, which is there when theirs is killed |
"""

import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import click
import orjson
import trio
from rich.console import Console
from rich.table import Table

from lossy.app import migrate_pool
from lossy.store.embedded import open_postgres
from lossy.store.pool import open_pool
from tools.bench import load
from tools.bench.crowd import joining
from tools.bench.store import open_folder
from tools.bench.voice import OTHER_CORE, SECRET, SERVER_CORE, heard, insert, running

SESSIONS, QUICK = 1_000, 100


@attrs.frozen
class Up:
    """A server that serves since `up_s` after its start."""

    process: trio.Process
    port: int
    up_s: float


@attrs.frozen
class Reviewers:
    program: Path
    count: int
    file: Path

    async def join(self, port: int) -> float:
        """All at once; in s."""
        clients = load.Clients("joins", self.count, self.file)
        async with load.running(clients.command(self.program, port), OTHER_CORE) as process:
            await process.line()
            await process.end_input()
            return (await load.measured(process)).seconds


def write(path: Path, reviewers: Sequence[Mapping[str, str]]) -> None:
    now_ms = time.time_ns() // 1_000_000
    with path.open("wb") as file:
        for number, who in enumerate(reviewers):
            target, topic = f"/socket/websocket?token={who['token']}&vsn=2.0.0", f"voice:{who['session']}"
            file.write(b"\t".join((target.encode(), topic.encode(), orjson.dumps(joining(number, now_ms)))) + b"\n")


@asynccontextmanager
async def serving(conninfo: str, name: str = "first") -> AsyncIterator[Up]:
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "lossy", "serve"]
    began = time.perf_counter()
    server = {"LOSSY_SERVER_NODE": name, "LOSSY_SERVER_PORT": "0", "LOSSY_SERVER_SECRET": SECRET}
    settings = {"DATABASE_URL": conninfo, **server}
    async with running(command, **settings) as process:
        port = urlsplit((await heard(process, "Ctrl-C")).split()[3]).port
        assert port is not None, "it says which it was given"
        yield Up(process, port, time.perf_counter() - began)


async def end(process: trio.Process, how: signal.Signals) -> float:
    """In s."""
    began = time.perf_counter()
    process.send_signal(how)
    await process.wait()
    return time.perf_counter() - began


async def measure(sessions: int) -> dict[str, float]:
    os.sched_setaffinity(0, {OTHER_CORE})  # what is started from here begins there too
    with open_folder() as folder:
        os.chmod(folder, 0o755)  # PostgreSQL may be another user
        async with open_postgres(folder / "data") as postgres:
            async with open_pool(postgres.conninfo, size=2) as pool:
                await migrate_pool(pool)
                write(folder / "reviewers", await insert(pool, sessions))
            reviewers = Reviewers(load.compiled(folder), sessions, folder / "reviewers")
            async with serving(postgres.conninfo) as empty:
                begun_s = await reviewers.join(empty.port)
                stopped_s = await end(empty.process, signal.SIGTERM)
            async with serving(postgres.conninfo) as stopped:
                joined_s = await reviewers.join(stopped.port)
                await end(stopped.process, signal.SIGKILL)
            async with serving(postgres.conninfo) as killed:
                killed_joined_s = await reviewers.join(killed.port)
                async with serving(postgres.conninfo, "second") as other:
                    await end(killed.process, signal.SIGKILL)
                    moved_s = await reviewers.join(other.port)
    return {
        "empty_up_s": empty.up_s,
        "begun_s": begun_s,
        "stopped_s": stopped_s,
        "up_s": stopped.up_s,
        "joined_s": joined_s,
        "killed_up_s": killed.up_s,
        "killed_joined_s": killed_joined_s,
        "moved_s": moved_s,
    }


def as_table(found: Mapping[str, float], sessions: int) -> Table:
    table = Table("", "s", title=f"{sessions:,} reviewers and a server that goes away")
    for name, seconds in found.items():
        table.add_row(name.removesuffix("_s").replace("_", " "), f"{seconds:.2f}")
    return table


@click.command()
@click.option("--sessions", type=int, default=SESSIONS, show_default=True)
@click.option("--quick", is_flag=True, help=f"{QUICK} of them.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(sessions: int, quick: bool, json_: bool) -> None:
    sessions = QUICK if quick else sessions
    found = trio.run(measure, sessions)
    if json_:
        print(json.dumps({"sessions": sessions, **{name: round(value, 3) for name, value in found.items()}}))
    else:
        Console().print(as_table(found, sessions))


if __name__ == "__main__":
    main()
