"""What a change is worth on a machine that others use: two versions of the server at once, on the same core.

Run as `python -m tools.bench.beside COMMIT`: that version is measured beside the working tree, each by a `voice.py` of
its own, with its own reviewers and PostgreSQL. One run after the other says little where the speed of a core changes by
the second; at once both are slow together, and CPU a note is what differs (decision 51).

Together they have to be more than the core can do. Then the system gives each a half of it; below that, what a core
loses when it rests counts too. What the figure is good to is what it differs from 1 by when the commit is the one that
is checked out.

| figure | what |
|---|---|
| cpu_ratio | CPU a note of the working tree, of that of the commit: the median of the rounds |
| rounds | of each version: its waits in ms, CPU in us a note, and how many notes a second it had |
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
import trio
from rich.console import Console
from rich.table import Table

from tools.bench.store import open_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
SESSIONS, SECONDS, ROUNDS = 550, 12.0, 5
QUICK = 350, 3.0, 1


@attrs.frozen
class Side:
    """What one version did while the other one ran beside it."""

    p50_ms: float
    p95_ms: float
    notes_per_s: float
    cpu_us: float


@attrs.frozen
class Round:
    before: Side
    now: Side

    @property
    def ratio(self) -> float:
        return self.now.cpu_us / self.before.cpu_us


async def check_out(commit: str, folder: Path) -> None:
    """Raises BadParameter where there is no such commit."""
    asked = ["git", "archive", "--end-of-options", commit]
    archive = await trio.run_process(asked, cwd=ROOT, capture_stdout=True, capture_stderr=True, check=False)
    if archive.returncode:
        raise click.BadParameter(archive.stderr.decode().strip(), param_hint="COMMIT")
    await trio.run_process(["tar", "-x", "-C", str(folder)], stdin=archive.stdout)


async def measure(tree: Path, sessions: int, seconds: float) -> Side:
    """Whoever runs in a tree has its modules, wherever the package is installed."""
    command = [sys.executable, "-m", "tools.bench.voice", "--json"]
    size = ["--sessions", str(sessions), "--seconds", str(seconds)]
    done = await trio.run_process([*command, *size], cwd=tree, capture_stdout=True)
    return side_of(json.loads(done.stdout))


def side_of(figures: dict[str, Any]) -> Side:
    waits = figures["waits"]
    return Side(waits["p50"], waits["p95"], waits["notes_per_s"], figures["server_us"])


async def both(before: Path, sessions: int, seconds: float) -> Round:
    sides: dict[Path, Side] = {}

    async def one(tree: Path) -> None:
        sides[tree] = await measure(tree, sessions, seconds)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one, before)
        nursery.start_soon(one, ROOT)
    return Round(sides[before], sides[ROOT])


async def compare(commit: str, sessions: int, seconds: float, rounds: int) -> list[Round]:
    with open_folder() as folder:
        await check_out(commit, folder)
        return [await both(folder, sessions, seconds) for _ in range(rounds)]


def ratio(rounds: Sequence[Round]) -> float:
    return statistics.median(each.ratio for each in rounds)


def as_json(rounds: Sequence[Round]) -> str:
    return json.dumps({"cpu_ratio": round(ratio(rounds), 3), "rounds": [attrs.asdict(each) for each in rounds]})


def as_table(rounds: Sequence[Round], commit: str, sessions: int) -> Table:
    caption = f"CPU a note now, of that of {commit}: {ratio(rounds):.2f}"
    table = Table(title=f"Two servers of {sessions:,} sessions each on one core", caption=caption)
    for heading in ("", "median, ms", "95th centile, ms", "notes/s", "CPU, us a note", "ratio"):
        table.add_column(heading, justify="left" if not heading else "right")
    for each in rounds:
        for name, side, of in ((commit, each.before, ""), ("now", each.now, f"{each.ratio:.2f}")):
            figures = (side.p50_ms, side.p95_ms, side.notes_per_s, side.cpu_us)
            table.add_row(name, *(f"{figure:,.0f}" for figure in figures), of)
    return table


@click.command()
@click.argument("commit")
@click.option("--sessions", type=int, default=SESSIONS, show_default=True, help="Of each version.")
@click.option("--seconds", type=float, default=SECONDS, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True)
@click.option("--quick", is_flag=True, help="One round of three seconds, with fewer sessions.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of a table.")
def main(commit: str, sessions: int, seconds: float, rounds: int, quick: bool, json_: bool) -> None:
    if quick:
        sessions, seconds, rounds = QUICK
    measured = trio.run(compare, commit, sessions, seconds, rounds)
    if json_:
        print(as_json(measured))
    else:
        Console().print(as_table(measured, commit, sessions))


if __name__ == "__main__":
    main()
