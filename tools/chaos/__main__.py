"""`python -m tools.chaos`: breaks servers, databases and networks, and sees whether a note is the worse for it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from random import SystemRandom

import attrs
import click
import trio
from rich.console import Console

from tools.chaos.report import as_json, show_sums, show_verdict
from tools.chaos.run import Verdict, open_runner
from tools.chaos.scenarios import SCENARIOS, Scenario

console = Console(highlight=False, soft_wrap=True)


@click.command()
@click.option("--seed", type=int, help="Decides what is said, and what is done when. Without one, any.")
@click.option("--kills", type=click.IntRange(1), help="How often the server is killed; 200, or 24 with --quick.")
@click.option("--quick", is_flag=True, help="A short form of each scenario, about a minute in all.")
@click.option("--only", multiple=True, type=click.Choice([one.name for one in SCENARIOS]), help="This scenario alone.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the figures there.")
def chaos(seed: int | None, kills: int | None, quick: bool, only: tuple[str, ...], json_file: Path | None) -> None:
    """Perform a scripted session under every kind of trouble, and compare its notes with those of an undisturbed one.

    Exits with 1 when any differs, or a server's log holds what it may not; the logs are kept then.
    """
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    chosen = [_sized(one, kills, quick) for one in SCENARIOS if not only or one.name in only]
    folder = Path(tempfile.mkdtemp(prefix="lossy-chaos-")).resolve()
    folder.chmod(0o755)  # run by root, PostgreSQL is another user
    console.print(f"seed {seed}")
    verdicts = trio.run(_run, seed, folder, chosen)
    show_sums(console, verdicts)
    if json_file is not None:
        json_file.write_text(as_json(seed, verdicts))
    if any(verdict.failure is not None for verdict in verdicts):
        raise click.ClickException(f"seed {seed}; the logs are in {folder}")
    shutil.rmtree(folder)


def _sized(scenario: Scenario, kills: int | None, quick: bool) -> Scenario:
    rounds = scenario.quick if quick else scenario.rounds
    return attrs.evolve(scenario, rounds=kills if kills is not None and scenario.name == "kill" else rounds)


async def _run(seed: int, folder: Path, scenarios: list[Scenario]) -> list[Verdict]:
    verdicts = []
    async with open_runner(seed, folder) as runner:
        for scenario in scenarios:
            verdicts.append(await runner.run(scenario, scenario.rounds))
            show_verdict(console, verdicts[-1])
    return verdicts


if __name__ == "__main__":
    chaos(prog_name="python -m tools.chaos")
