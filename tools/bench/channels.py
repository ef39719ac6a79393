"""Channels under load: the whole product beside servers that speak its protocol and do nothing else, in one run.

Run as `python -m tools.bench.channels` (`--quick`: half as many clients, in one short round, within half a minute;
`--json`). The server has one core, with its database and all that belongs to it; the clients, in C, have another, and
say how much of it they took. The rounds alternate between the sides, and the median counts. A rate is for each second
of CPU that the server takes: what one core does, whatever else runs on this machine. Where it is busy all the time, a
clock on the wall says the same.

| side | what |
|---|---|
| lossy | the product as it is: accounts, tokens, authorization by PostgreSQL, rate limits, metrics, sessions |
| uvicorn | uvicorn, uvloop, httptools and websockets; the protocol alone, with orjson |
| quart | Quart-trio on Hypercorn; the same. Not with `--quick` |

| measure | what |
|---|---|
| replies | each client sends an event with its last one's reply; each is another user, with a token and channels |
| fanout | one topic, 1,000 subscribers: deliveries |
| joins | clients connect and join a topic, each with its token: what a deploy brings about |
| voice | from a remark to its note, in `voice.py`: 1,000 reviewers (`--quick`: 100), a remark a second each |
| memory | what the server's resident memory grows by for each client, idle in one channel |
"""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
import click
import orjson
import psutil
import trio
from rich.console import Console
from rich.table import Table

from tools.bench.load import Clients, Counted, Running, compiled, measured, running

OURS, RIVAL, OTHER = "lossy", "uvicorn", "quart"

# What a client sends when it is the reply that counts: it passes authorization, rate limits and metrics.
EVENT = "ping {}"
SHOUT = 'shout {"text":"The logo is too dark."}'

FEW = 100  # clients, that is
LOOK_S = 0.1
JOIN_ROUNDS = 3  # for one of the others: each is over within a second or so
QUICK_VOICE = ("--sessions", "100", "--seconds", "4", "--warm-up", "1")
REST_S, REST_LOOK_S, IDLE = 10.0, 0.3, 0.05  # a server that takes a twentieth of its core has nothing to do
WARM_UP = 100  # clients before those whose memory counts

# What this project promises itself: at least, and in kB at most.
WANTED = {
    "reply_ratio_uvicorn_100": 1.0,
    "reply_ratio_uvicorn": 1.5,
    "fanout_ratio_uvicorn": 2.5,
    "joins_ratio_uvicorn": 1.0,
    "kb_per_channel": 16.0,
    "voice_p95_ms": 50.0,
}
MEASURES = {
    "joins_ratio_uvicorn": ("joins", 1_000),
    "fanout_ratio_uvicorn": ("fanout", 1_000),
    "reply_ratio_uvicorn_100": ("replies", 100),
    "reply_ratio_uvicorn": ("replies", 1_000),
}


@attrs.frozen
class Plan:
    sides: tuple[str, ...]
    rounds: int
    crowd: int  # of so many clients of a measure of many there is one
    warm_s: float
    cpu_s: float  # that the server takes while it is measured, whatever else runs here
    held: int
    voice: tuple[str, ...]  # how long that is measured
    server_core: int
    client_core: int

    def many(self, count: int) -> int:
        return count if count <= FEW else count // self.crowd


@attrs.frozen
class Figure:
    """Of one side, in one measure."""

    rate: float  # for each second of the server's CPU time
    wall_rate: float
    busy: float  # the server, of its core
    share: float  # the clients, of theirs
    failures: int


@attrs.define(eq=False)
class Server:
    side: str
    port: int
    folder: Path
    process: psutil.Process

    def clients(self, mode: str, count: int) -> Clients:
        ours = self.side == OURS
        event = SHOUT if mode == "fanout" else EVENT
        shout = str(self.folder / "shout") if ours and mode == "fanout" else "-"
        return Clients(mode, count, self.folder / mode, event, shout)

    def cpu_s(self) -> float:
        times = [each.cpu_times() for each in (self.process, *self.process.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    async def work(self, cpu_s: float) -> None:
        """Returns when it has."""
        end = self.cpu_s() + cpu_s
        while self.cpu_s() < end:  # noqa: ASYNC110 (nobody tells)
            await trio.sleep(LOOK_S)

    async def rest(self) -> None:
        """Returns when it has done with the clients of before."""
        with trio.move_on_after(REST_S):
            while True:
                before = self.cpu_s()
                await trio.sleep(REST_LOOK_S)
                if self.cpu_s() - before <= REST_LOOK_S * IDLE:
                    break

    def resident_kb(self) -> float:
        return float(self.process.memory_info().rss) / 1_000


@asynccontextmanager
async def open_side(side: str, folder: Path, plan: Plan, users: int, reviewers: int) -> AsyncIterator[Server]:
    """The rivals are sent what the product's clients send: its files have to be there."""
    arguments = [str(folder), str(users), str(reviewers)] if side == OURS else [side]
    module = "tools.bench.product" if side == OURS else "tools.bench.rivals"
    async with running([sys.executable, "-m", module, *arguments], plan.server_core) as server:
        port = int(await server.line())
        yield Server(side, port, folder, psutil.Process(server.process.pid))


async def measure(server: Server, clients: Clients, program: Path, plan: Plan) -> Figure:
    await server.rest()
    command = clients.command(program, server.port, plan.warm_s)
    async with running(command, plan.client_core) as process:
        await process.line()
        before = server.cpu_s()
        if clients.mode != "joins":
            await server.work(plan.cpu_s)
        await process.end_input()
        counted = await measured(process)
        return figure(counted, server.cpu_s() - before)


def figure(counted: Counted, cpu_s: float) -> Figure:
    count, wall = counted.counted, counted.seconds
    return Figure(count / max(cpu_s, 0.01), count / wall, cpu_s / wall, counted.share, counted.failures)


def median(figures: list[Figure]) -> Figure:
    return sorted(figures, key=lambda each: each.rate)[len(figures) // 2]


async def memory_kb(side: str, folder: Path, program: Path, plan: Plan) -> float:
    """In a server of its own, where nothing was let go that could be taken up again."""
    async with open_side(side, folder, plan, plan.held, 1) as server, hold(server, WARM_UP, program, plan):
        before = server.resident_kb()
        async with hold(server, plan.held, program, plan):
            return (server.resident_kb() - before) / plan.held


@asynccontextmanager
async def hold(server: Server, count: int, program: Path, plan: Plan) -> AsyncIterator[Running]:
    command = server.clients("hold", count).command(program, server.port)
    async with running(command, plan.client_core) as process:
        await process.line()
        yield process


async def voice_p95_ms(plan: Plan) -> float:
    """Of `voice.py`, which measures the way of a remark through a session; it has a server of its own."""
    command = [sys.executable, "-m", "tools.bench.voice", "--json", *plan.voice]
    done = await trio.run_process(command, capture_stdout=True)
    return float(orjson.loads(done.stdout)["voice_p95_ms"])


Figures = Mapping[str, Mapping[str, Figure]]  # by measure and side


async def measure_all(plan: Plan) -> tuple[Figures, dict[str, float], float]:
    with tempfile.TemporaryDirectory(prefix="lossy-bench-") as temporary:
        folder = Path(temporary)
        os.chmod(folder, 0o755)  # PostgreSQL may be another user
        program = compiled(folder)
        figures = await rates(folder, program, plan)
        held = folder / "held"
        os.mkdir(held)
        memory = {side: await memory_kb(side, held, program, plan) for side in plan.sides}
    return figures, memory, await voice_p95_ms(plan)


async def rates(folder: Path, program: Path, plan: Plan) -> Figures:
    taken: dict[str, dict[str, list[Figure]]] = {key: {side: [] for side in plan.sides} for key in MEASURES}
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(open_side(side, folder, plan, 1_000, 1_000)) for side in plan.sides]
        for key, (mode, count) in MEASURES.items():
            for _ in range(plan.rounds * (JOIN_ROUNDS if mode == "joins" else 1)):
                for server in servers:
                    found = await measure(server, server.clients(mode, plan.many(count)), program, plan)
                    taken[key][server.side].append(found)
    return {key: {side: median(rounds) for side, rounds in sides.items()} for key, sides in taken.items()}


def ratios(figures: Figures, memory: Mapping[str, float], voice: float) -> dict[str, float]:
    found = {key: sides[OURS].rate / sides[RIVAL].rate for key, sides in figures.items()}
    return {**found, "kb_per_channel": memory[OURS], "voice_p95_ms": voice}


def as_json(found: Mapping[str, float]) -> str:
    return orjson.dumps({key: round(value, 3) for key, value in found.items()}).decode()


def as_table(figures: Figures, memory: Mapping[str, float], voice: float, plan: Plan) -> Table:
    found = ratios(figures, memory, voice)
    table = Table(
        "",
        *plan.sides,
        "ratio",
        "wanted",
        "",
        title="for each second of one core (how busy the server was, and the clients)",
    )
    for key, (mode, count) in MEASURES.items():
        cells = [cell(figures[key][side]) for side in plan.sides]
        met = "" if found[key] >= WANTED[key] else "missed"
        table.add_row(f"{mode}, {plan.many(count):,} clients", *cells, f"{found[key]:.2f}", f"{WANTED[key]:.1f}", met)
    kb = found["kb_per_channel"]
    cells = [f"{memory[side]:.1f}" for side in plan.sides]
    met = "" if kb <= WANTED["kb_per_channel"] else "missed"
    table.add_row(f"kB a channel, {plan.held:,} held", *cells, "", f"{WANTED['kb_per_channel']:.0f}", met)
    met = "" if voice <= WANTED["voice_p95_ms"] else "missed"
    cells = [f"{voice:.0f}", *["" for _ in plan.sides]]
    table.add_row("remark to note, P95 in ms", *cells, f"{WANTED['voice_p95_ms']:.0f}", met)
    return table


def cell(figure: Figure) -> str:
    """Where the clients are as busy as the server, it is they who are measured."""
    failures = f", {figure.failures:,} refused" if figure.failures else ""
    return f"{figure.rate:,.0f} ({figure.busy:.0%}/{figure.share:.0%}{failures})"


@click.command()
@click.option("--quick", is_flag=True, help="One short round of half as many clients, within half a minute.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(quick: bool, json_: bool) -> None:
    cores = sorted(psutil.Process().cpu_affinity() or [0])
    sides = (OURS, RIVAL) if quick else (OURS, RIVAL, OTHER)
    how = (1, 2, 0.3, 0.6, 500) if quick else (3, 1, 1.0, 2.0, 5_000)
    plan = Plan(sides, *how, QUICK_VOICE if quick else (), cores[0], cores[-1])
    figures, memory, voice = trio.run(measure_all, plan)
    if json_:
        print(as_json(ratios(figures, memory, voice)))
    else:
        Console().print(as_table(figures, memory, voice, plan))


if __name__ == "__main__":
    main()
