"""`lossy charts mutate`: started in a process of its own, at the root of a checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console

from lossy.charts.model import ChartError
from lossy.charts.mutate import mutants
from lossy.resources import folder
from lossy.sessions.catalog import load_all, load_charts
from tools.mutation.report import as_json, as_one, as_tables
from tools.mutation.run import run
from tools.mutation.sample import sample
from tools.mutation.shipped import Shipped
from tools.mutation.suite import NothingCollected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossy.charts.model import Chart
    from lossy.charts.mutant import Mutant


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="A fixed sample of every change of every chart, less than a minute.")
@click.option("--only", metavar="ID", help="One mutant, as the list of survivors names it, and who notices it.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON: score, charts, survivors.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="How many mutants at a time.")
def mutate(names: tuple[str, ...], quick: bool, only: str | None, for_programs: bool, jobs: int) -> None:
    """Break the charts NAME one place at a time and see whether the tests notice; all charts without a NAME.

    The score is the per cent of dropped transitions, swapped targets, negated guards and doubled timers that a test
    noticed. docs/how-to/mutate-charts.md says how to read it.
    """
    shipped = Shipped(folder("statecharts").resolve())
    shipped.follow(load_all, load_charts)
    try:
        charts = load_all(shipped.folder)
        chosen = _chosen(_named(names, charts), quick, only)
        outcome = run(shipped, charts, chosen, jobs=jobs, quick=quick)
    except (ChartError, NothingCollected) as error:
        raise click.ClickException(str(error)) from None
    for test in outcome.left_out:
        click.echo(f"left out, because it does not pass with the charts as they are: {test}", err=True)
    if for_programs:
        click.echo(as_json(outcome.verdicts))
    else:
        shown = as_one(outcome.verdicts[0]) if only else as_tables(outcome.verdicts)
        Console(highlight=False, soft_wrap=True).print(shown)


def _named(names: Sequence[str], charts: Mapping[str, Chart]) -> list[Chart]:
    strange = [name for name in names if name not in charts]
    if strange:
        raise click.BadParameter(f"there is no chart {strange[0]!r}; there are {', '.join(charts)}")
    return [charts[name] for name in names or charts]


def _chosen(charts: Sequence[Chart], quick: bool, only: str | None) -> list[Mutant]:
    take = sample if quick and only is None else mutants
    found = [mutant for chart in charts for mutant in take(chart)]
    if only is None:
        return found
    named = [mutant for mutant in found if mutant.id == only]
    if len(named) != 1:
        raise click.BadParameter(f"{len(named)} mutants have the id {only!r}: give the chart it is of, and its id")
    return named


if __name__ == "__main__":
    mutate(prog_name="lossy charts mutate")
