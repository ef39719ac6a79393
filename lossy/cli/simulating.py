"""`lossy sim run`, `campaign`, `replay`, `stories`: the whole product in virtual time, and everything goes wrong."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from lossy.cli.live import live_options, load, play_on_server, refuse_mixed
from lossy.cli.running import console, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lossy.sim.campaign.campaign import Summary
    from lossy.sim.virtual.run import Plan, Result

FOUND = Path("build") / "simulator"
# Failing seeds that are made small after a campaign; each takes a minute or two.
SHRUNK = 3

seed_option = click.option("--seed", default=1, show_default=True, help="Which of all runs.")
trace_option = click.option("--trace", type=click.Path(dir_okay=False, path_type=Path), help="Write the trace there.")


@click.command()
@click.argument("story", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@seed_option
@click.option(
    "--fault", "faults", multiple=True, metavar="NAME=RATE", help="Something that goes wrong; may be repeated."
)
@click.option("--hash", "only_hash", is_flag=True, help="Print the hash of the trace, and nothing else.")
@trace_option
@live_options
def run(
    story: Path,
    seed: int,
    faults: tuple[str, ...],
    *,
    only_hash: bool,
    trace: Path | None,
    url: str | None,
    **live: Any,
) -> None:
    """Play a story in virtual time and judge it; with --url, on a server that is there.

    With faults, what the story expects on its way is not asked: then it is judged by what holds of every run.
    """
    refuse_mixed(url)
    if url is not None:
        return play_on_server(story, url, **live)
    from lossy.sim.script.reading import load_story
    from lossy.sim.script.story import StoryError
    from lossy.sim.virtual.run import Plan

    try:
        rates = dict(map(_read_fault, faults))
        plan = Plan(seed, load_story(story), rates, model=any(name.startswith("model") for name in rates))
    except StoryError as error:
        tell(error.args)
        sys.exit(1)
    _show(_play(plan, trace), only_hash=only_hash)


@click.command()
@click.option("--seeds", default="1..1000", show_default=True, help="FIRST..LAST, or one.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--within", type=click.FloatRange(min=1), help="Begin no run after so many seconds.")
@click.option("--shrink/--no-shrink", default=True, show_default=True, help="Make small what failed, and keep it.")
def campaign(seeds: str, jobs: int, within: float | None, *, shrink: bool) -> None:
    """Play many stories, those of the library and made-up ones, each with faults of its own.

    Ends with an error where a run is at fault. What failed is made small and kept in build/simulator/, for
    `lossy sim replay`; which transitions were taken is kept there too, for the visualizer.
    """
    from lossy.sessions.measured import write_runs
    from lossy.sim.campaign.campaign import campaign as run_campaign
    from lossy.sim.campaign.campaign import read_seeds

    try:
        chosen = read_seeds(seeds)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--seeds") from None
    with _bar(len(chosen)) as told:
        summary = run_campaign(chosen, jobs, told, within)
    write_runs(FOUND / "coverage.json", summary.taken)
    _print_summary(summary)
    for seed in sorted(summary.failures)[: SHRUNK if shrink else 0]:
        _keep_small(seed)
    if summary.failures:
        sys.exit(1)


@click.command()
@click.argument("what")
@click.option("--until", type=click.IntRange(min=1), help="Stop after so many steps of the story.")
@click.option("--hash", "only_hash", is_flag=True, help="Print the hash of the trace, and nothing else.")
@trace_option
def replay(what: str, until: int | None, *, only_hash: bool, trace: Path | None) -> None:
    """Play a run of a campaign once more: WHAT is its seed, or a file that a campaign has kept.

    The same commit gives the same run, byte by byte.
    """
    from lossy.sim.campaign.drawing import draw
    from lossy.sim.campaign.kept import load_plan
    from lossy.sim.campaign.library import library
    from lossy.sim.script.reading import write_step
    from lossy.sim.script.story import StoryError

    try:
        plan = draw(int(what), [*library().values()]) if what.isdigit() else load_plan(Path(what))
    except StoryError as error:
        tell(error.args)
        sys.exit(1)
    if not only_hash:
        for i, step in enumerate(plan.story.steps):
            console.print(f"{i + 1:>3}  {write_step(step)}", highlight=False, markup=False)
        console.print("faults: " + (", ".join(f"{name} {rate:.3g}" for name, rate in plan.rates.items()) or "none"))
    _show(_play(plan, trace, until), only_hash=only_hash)


@click.command()
def stories() -> None:
    """List the stories that come with the product."""
    from lossy.sim.campaign.library import FOLDER, library

    table = Table("file", "story", box=None)
    for name, story in library().items():
        table.add_row(f"{name}.yaml", story.name)
    console.print(table)
    console.print(f"\nThey are in {FOLDER}", soft_wrap=True)


def _read_fault(written: str) -> tuple[str, float]:
    from lossy.sim.virtual.faults import FAULTS

    name, _, rate = written.partition("=")
    if name not in FAULTS:
        raise click.BadParameter(f"there is no fault {name!r}; there are {', '.join(FAULTS)}", param_hint="--fault")
    try:
        return name, float(rate) if rate else FAULTS[name].most
    except ValueError:
        raise click.BadParameter(f"{rate!r} is no rate", param_hint="--fault") from None


def _play(plan: Plan, trace: Path | None, until: int | None = None) -> Result:
    from lossy.sim.virtual.run import run as play

    if trace is None:
        return play(plan, until=until)
    with trace.open("wb") as file:
        return play(plan, file.write, until)


def _show(result: Result, *, only_hash: bool) -> None:
    if only_hash:
        click.echo(result.hash)
    else:
        console.print(
            f"{result.virtual_s:.1f} s of virtual time, {result.lines} lines of trace, hash {result.hash}",
            soft_wrap=True,
        )
        console.print(
            result.failure or "Nothing is wrong.",
            style="red" if result.failure else "green",
            markup=False,
            soft_wrap=True,
        )
    if result.failure:
        sys.exit(1)


# -- campaigns ----------------------------------------------------------------------------------------------------


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Summary], None]]:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=total)

        def told(summary: Summary) -> None:
            about = f"{len(summary.taken)} transitions, {len(summary.pairs)} pairs, {len(summary.failures)} failed"
            progress.update(task, completed=summary.runs, description=about)

        yield told


def _print_summary(summary: Summary) -> None:
    from lossy.sim.campaign.campaign import transitions

    every = len([*transitions()])
    console.print(f"{summary.runs} runs, {summary.virtual_s / 3_600:.1f} h of virtual time")
    console.print(f"{every - len(summary.untaken)} of {every} transitions, {len(summary.pairs)} pairs of them")
    _print_some("never taken", summary.untaken)
    _print_some("never seen", summary.never)
    hits = ", ".join(f"{name} {count}" for name, count in summary.hits.most_common())
    console.print(f"faults: {hits or 'none'}", highlight=False)
    slow = ", ".join(f"{s:.1f} s (seed {seed})" for s, seed in reversed(summary.recoveries))
    console.print(f"slowest recoveries: {slow or 'none'}", highlight=False)
    for seed, failure in sorted(summary.failures.items()):
        console.print(f"seed {seed}: {failure}", style="red", markup=False)


def _print_some(about: str, names: list[str]) -> None:
    if names:
        console.print(f"{about}: {', '.join(names)}", style="yellow", markup=False, highlight=False)


def _keep_small(seed: int) -> None:
    from lossy.sim.campaign.campaign import run_seed
    from lossy.sim.campaign.drawing import draw
    from lossy.sim.campaign.kept import write_plan
    from lossy.sim.campaign.library import library
    from lossy.sim.campaign.shrink import made_small, size_of
    from lossy.sim.virtual.run import run as play

    failure = run_seed(seed).failure
    if failure is None:
        return
    with console.status(f"seed {seed} is made small"):
        plan = made_small(draw(seed, [*library().values()]), failure, play)
    FOUND.mkdir(parents=True, exist_ok=True)
    kept = FOUND / f"seed-{seed}.yaml"
    kept.write_text(write_plan(plan, play(plan).failure or ""), encoding="utf-8")
    steps, faults = size_of(plan)
    console.print(f"seed {seed} is {steps} steps and {faults} faults now: lossy sim replay {kept}", highlight=False)


COMMANDS: tuple[Any, ...] = (run, campaign, replay, stories, load)
