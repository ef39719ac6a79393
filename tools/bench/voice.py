"""How long a remark takes to become a note: a crowd of reviewers, a remark a second each, in an open loop.

Run as `python -m tools.bench.voice`. The server is a process of its own on one core. The generator and PostgreSQL are
on another; that is an embedded one with fsync on. Every reviewer is another user, on another device, who reviews
another video; all of that is there beforehand, and joins are done before anything counts.

| side | what |
|---|---|
| socket | real WebSockets, from `voice_load.py` |
| within | the same crowd in the server's own process, over transports in memory (`voice_within.py`) |

CPU is of the server and of all of PostgreSQL, for a note. On a machine that others use it says more than waits do.
`--by-second` shows the waits of each second, and how much of its core the server took: all of it is too little.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
import cattrs
import click
import jwt
import psutil
import trio
from rich.console import Console
from rich.table import Table

from lossy.app import migrate_pool
from lossy.store.embedded import Postgres, open_postgres
from lossy.store.pool import Pool, open_pool
from lossy.web.auth import ALGORITHM, PROTOCOL_VERSION
from tools.bench.crowd import ids_of
from tools.bench.stages import sample
from tools.bench.store import open_folder
from tools.bench.waits import Waits

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

SECRET = "of a benchmark"
SERVER_CORE, OTHER_CORE = 0, 1
WARM_UP_S = 5.0
TOKEN_S = 3_600
# What this project promises itself, on its machine of two cores.
SESSIONS, WANTED_P95_MS = 1_000, 50.0


@attrs.frozen
class Figures:
    """CPU of the server and of PostgreSQL in us a note; `stages` are shares of the server's, and `server_s` is what it
    took of its core in each second.
    """

    waits: Waits
    server_us: float
    postgres_us: float
    stages: Mapping[str, float]
    server_s: Sequence[float]


async def insert(pool: Pool, number: int) -> list[dict[str, str]]:
    """So many reviewers, each with a device and a video; and an admin, who is there first."""
    sessions, users, videos, devices = ([*column] for column in zip(*map(ids_of, range(number)), strict=True))
    async with pool.lend() as connection, connection.transaction():
        await connection.execute("INSERT INTO users (id, email, role) VALUES (gen_random_uuid(), 'admin', 'admin')")
        await connection.execute(
            "INSERT INTO users (id, email, role) SELECT id, id::text, 'user' FROM unnest(%s::uuid[]) AS id", (users,)
        )
        await connection.execute(
            "INSERT INTO devices (id, user_id) SELECT * FROM unnest(%s::uuid[], %s::uuid[])", (devices, users)
        )
        await connection.execute(
            "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den)"
            " SELECT id, owner, 'https://example.com/' || id, 'A cut', 24000, 1001"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS video (id, owner)",
            (videos, users),
        )
    return [
        {"session": str(session), "video": str(video), "device": str(device), "token": token(user, device)}
        for session, user, video, device in zip(sessions, users, videos, devices, strict=True)
    ]


def token(user: UUID, device: UUID) -> str:
    who = {"user_id": str(user), "device_id": str(device)}
    claims = {**who, "exp": int(time.time()) + TOKEN_S, "protocol_version": PROTOCOL_VERSION}
    return jwt.encode(claims, hashlib.sha256(SECRET.encode()).digest(), ALGORITHM)


def cpu_s(process: psutil.Process) -> dict[int, float]:
    """By process: of it and of its children."""
    times = {each.pid: each.cpu_times() for each in (process, *process.children())}
    return {pid: each.user + each.system for pid, each in times.items()}


def spent_s(process: psutil.Process, before: Mapping[int, float]) -> float:
    return sum(now - before.get(pid, 0.0) for pid, now in cpu_s(process).items())


async def heard(process: trio.Process, word: str) -> str:
    """What it has printed up to that word. Raises RuntimeError when it ends without it."""
    assert process.stdout is not None
    said = ""
    while word not in said:
        more = await process.stdout.receive_some()
        if not more:
            raise RuntimeError(f"{process.args!r} ended before it said {word!r}")
        said += more.decode()
    return said


@asynccontextmanager
async def running(command: list[str], **environment: str) -> AsyncIterator[trio.Process]:
    process = await trio.lowlevel.open_process(
        command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.terminate()
        with trio.CancelScope(shield=True):
            await process.wait()


async def tell(process: trio.Process, line: str = "") -> None:
    assert process.stdin is not None
    await process.stdin.send_all(f"{line}\n".encode())


@asynccontextmanager
async def open_socket(postgres: Postgres, asked: Mapping[str, Any]) -> AsyncIterator[tuple[trio.Process, int]]:
    """A generator whose reviewers have joined, and the number of the server's process."""
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "lossy", "serve"]
    settings = {"DATABASE_URL": postgres.conninfo, "LOSSY_SERVER_PORT": "0", "LOSSY_SERVER_SECRET": SECRET}
    async with running(command, **settings) as server:
        url = urlsplit((await heard(server, "Ctrl-C")).split()[3])
        async with running([sys.executable, "-m", "tools.bench.voice_load"]) as load:
            await tell(load, json.dumps({**asked, "host": url.hostname, "port": url.port}))
            await heard(load, "there")
            yield load, server.pid


@asynccontextmanager
async def open_within(postgres: Postgres, asked: Mapping[str, Any]) -> AsyncIterator[tuple[trio.Process, int]]:
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "tools.bench.voice_within"]
    async with running(command) as server:
        await tell(server, json.dumps({**asked, "conninfo": postgres.conninfo, "secret": SECRET}))
        await heard(server, "there")
        yield server, server.pid


SIDES = {"socket": open_socket, "within": open_within}


async def measure(side: str, sessions: int, seconds: float, warm_up_s: float, *, stages: bool) -> Figures:
    os.sched_setaffinity(0, {OTHER_CORE})  # what is started from here begins there too
    with open_folder() as folder:
        async with open_postgres(folder / "data") as postgres, open_pool(postgres.conninfo, size=2) as pool:
            await migrate_pool(pool)
            asked = {"reviewers": await insert(pool, sessions), "warm_up_s": warm_up_s, "seconds": seconds}
            async with SIDES[side](postgres, asked) as (load, pid):
                watched = [psutil.Process(pid), psutil.Process(postgres.pid)]
                await tell(load)
                await trio.sleep(warm_up_s)
                before = [*map(cpu_s, watched)]
                async with trio.open_nursery() as nursery:
                    each_s: list[float] = []
                    nursery.start_soon(_watch, watched[0], int(seconds), each_s)
                    shares = await _sampled(pid, seconds, folder, stages=stages)
                server_s, postgres_s = map(spent_s, watched, before)
                waits = cattrs.structure(json.loads((await heard(load, "}\n")).splitlines()[-1]), Waits)
    notes = max(1.0, waits.notes_per_s * seconds)
    return Figures(waits, server_s / notes * 1e6, postgres_s / notes * 1e6, shares, each_s)


async def _watch(server: psutil.Process, seconds: int, each_s: list[float]) -> None:
    """What it takes of its core, second by second."""
    began = trio.current_time()
    for second in range(seconds):
        before = cpu_s(server)
        await trio.sleep_until(began + second + 1)
        each_s.append(spent_s(server, before))


async def _sampled(pid: int, seconds: float, folder: Path, *, stages: bool) -> Mapping[str, float]:
    if stages:
        return await sample(pid, seconds, folder)
    await trio.sleep(seconds)
    return {}


def as_json(figures: Figures, sessions: int) -> str:
    waits = figures.waits
    return json.dumps({"sessions": sessions, "voice_p95_ms": round(waits.p95, 2), **attrs.asdict(figures)})


def as_table(figures: Figures, sessions: int) -> Table:
    wanted = f"wanted of {SESSIONS:,} sessions: a 95th centile under {WANTED_P95_MS:.0f} ms"
    table = Table("", "", title=f"{sessions:,} sessions, a remark a second each", caption=wanted)
    for name, value in attrs.asdict(figures.waits).items():
        if name != "seconds":
            table.add_row(name.replace("_", " "), f"{value:,.1f}")
    table.add_row("server's CPU, us a note", f"{figures.server_us:,.0f}")
    table.add_row("PostgreSQL's CPU, us a note", f"{figures.postgres_us:,.0f}")
    for stage, share in figures.stages.items():
        table.add_row(f"  of the server's: {stage}", f"{share * figures.server_us:,.0f}")
    return table


def by_second(figures: Figures) -> Table:
    table = Table(title="By the second in which a remark was due")
    for heading in ("", "notes", "median, ms", "95th centile, ms", "server's core"):
        table.add_column(heading, justify="right")
    for number, (waits, taken_s) in enumerate(zip(figures.waits.seconds, figures.server_s, strict=False)):
        figures_ms = (f"{waits.p50:,.0f}", f"{waits.p95:,.0f}")
        table.add_row(str(number), f"{waits.notes:,}", *figures_ms, f"{taken_s:.0%}")
    return table


@click.command()
@click.option("--side", type=click.Choice([*SIDES]), default="socket", show_default=True)
@click.option("--sessions", type=int, default=SESSIONS, show_default=True)
@click.option("--seconds", type=float, default=60.0, show_default=True)
@click.option("--warm-up", type=float, default=WARM_UP_S, show_default=True)
@click.option("--quick", is_flag=True, help="A fifth of the sessions for ten seconds.")
@click.option("--stages", is_flag=True, help="Also where the server's time goes; sampling slows it a little.")
@click.option("--by-second", "seconds_", is_flag=True, help="Also each second by itself.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(
    side: str, sessions: int, seconds: float, warm_up: float, quick: bool, stages: bool, seconds_: bool, json_: bool
) -> None:
    if quick:
        sessions, seconds = SESSIONS // 5, 10.0
    figures = trio.run(lambda: measure(side, sessions, seconds, warm_up, stages=stages))
    if json_:
        print(as_json(figures, sessions))
    else:
        Console().print(as_table(figures, sessions), *[by_second(figures)] * seconds_)


if __name__ == "__main__":
    main()
