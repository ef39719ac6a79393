"""`lossy charts check` and `lossy charts table`."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

import click
from rich.table import Table as Grid

from lossy.charts.check import findings, findings_together
from lossy.charts.finding import Finding
from lossy.charts.model import ChartError
from lossy.charts.origins import later
from lossy.charts.reach import path_of
from lossy.charts.table import LEGEND, Fate, symbol, table
from lossy.charts.versions import read_record, version_findings
from lossy.cli.running import console, fail, tell
from lossy.resources import folder
from lossy.sessions.catalog import SETTINGS, load_all, load_each
from lossy.sessions.measured import TESTS, figures
from lossy.sessions.sources import source_findings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lossy.charts.model import Chart
    from lossy.charts.table import Table
    from lossy.charts.together import Charts


@click.command("check")
@click.pass_context
def check_charts(context: click.Context) -> None:
    """Load every chart and check it, against itself, the others and the code; exits 1 on any error.

    A note is no error. Last come the events that nobody sends yet and the effects that nobody performs yet. Where a
    chart does not load, the others are checked all the same, though not against each other.
    """
    charts, faults = load_each(folder("statecharts"))
    try:
        found = _every_finding(charts, whole=not faults)
    except ChartError as error:
        return fail(error)
    tell(faults)
    _print_findings(found)
    _print_counts(charts, found, faults)
    _print_later(charts)
    context.exit(int(bool(faults) or any(finding.severity == "error" for finding in found)))


@click.command("table")
@click.argument("name")
@click.argument("state", required=False)
def print_table(name: str, state: str | None) -> None:
    """Say what becomes of each event in each state of chart NAME, or line by line in STATE of it."""
    try:
        charts = load_all(folder("statecharts"))
        if name not in charts:
            raise ChartError(f"there is no chart {name!r}; there are {', '.join(charts)}")
        drawn = table(charts[name])
        if state not in {None, *drawn.states}:
            raise ChartError(f"{name} never rests in a state {state!r}; it does in {', '.join(drawn.states)}")
    except ChartError as error:
        return fail(error)
    if state is not None:
        return click.echo("\n".join(_describe(drawn, state)))
    for region in dict.fromkeys(drawn.regions.values()):
        console.print(_grid(drawn, region))
    click.echo(LEGEND)


# -- what is found ------------------------------------------------------------------------------------------------


def _every_finding(charts: Charts, *, whole: bool) -> list[Finding]:
    """`whole`: nothing is amiss with what they say of each other. Raises ChartError without a record of versions."""
    statecharts = folder("statecharts")
    found = [finding for chart in charts.values() for finding in findings(chart)]
    found += [*(findings_together(charts.values()) if whole else ()), *source_findings(charts.values(), SETTINGS)]
    found += [finding for chart in charts.values() for finding in _of_versions(chart, statecharts)]
    found += [finding for chart in charts.values() for finding in _untested(chart)]
    return found


def _of_versions(chart: Chart, statecharts: Path) -> Iterator[Finding]:
    path = statecharts / "versions.json"
    record = read_record(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for words in version_findings(chart, record):
        yield Finding("version", chart.name, "$.version", words.removeprefix(f"{chart.name}: "))


def _untested(chart: Chart) -> Iterator[Finding]:
    """What the last full run of the tests did not take, where that run was of this very file."""
    taken = figures(chart.name, TESTS)
    if taken is None:
        return
    for transition in chart.transitions():
        if not taken["transitions"].get(transition.id):
            words = f"no test takes {transition.id}. Write one, or take the transition out."
            yield Finding("untested", chart.name, path_of(chart, transition), words, "note")


# -- in words -----------------------------------------------------------------------------------------------------


def _print_findings(found: list[Finding]) -> None:
    for finding in found:
        colour = "red" if finding.severity == "error" else "yellow"
        click.echo(f"{click.style(finding.severity, colour)}  {finding.chart}: {finding.kind} @ {finding.path}")
        click.echo(f"       {finding.words}")


def _print_counts(charts: Charts, found: list[Finding], faults: tuple[str, ...]) -> None:
    errors = Counter(finding.chart for finding in found if finding.severity == "error")
    errors.update(fault.partition(".yaml: ")[0] for fault in faults)
    for name, chart in charts.items():
        transitions = sum(1 for _ in chart.transitions())
        verdict = f"{errors[name]} error{'s' * (errors[name] > 1)}." if errors[name] else "Good."
        click.echo(
            f"{name}: {len(chart.nodes)} states, {transitions} transitions, {len(chart.alphabet)} events, "
            f"{len(chart.invariants)} invariants. {verdict}"
        )


def _print_later(charts: Charts) -> None:
    """The promises, by the capability that is to keep them."""
    promises = sorted((promise for chart in charts.values() for promise in later(chart)), key=lambda p: p.capability)
    if promises:
        click.echo("\nNot written yet, by the capability that brings it:")
    for capability, each in groupby(promises, key=lambda promise: promise.capability):
        click.echo(f"{capability}")
        for promise in each:
            click.echo(f"    {promise.chart} {promise.verb} {promise.name}: {promise.words}")


def _grid(table: Table, region: str | None) -> Grid:
    """One region: a column for each of its states, a row for each event that is a concern of any of them."""
    states = [state for state in table.states if table.regions[state] == region]
    drawn = Grid(title=f"{table.chart}: {region or 'the whole chart'}", title_justify="left")
    drawn.add_column("event", no_wrap=True)
    for state in states:
        drawn.add_column(state, overflow="fold")
    for event in table.events:
        marks = [symbol(table, state, event) for state in states]
        if any(marks):
            drawn.add_row(event, *marks)
    return drawn


def _describe(table: Table, state: str) -> Iterator[str]:
    """What becomes of each event in one state, a line each."""
    for event in table.events:
        cell = table.cells[state, event]
        if cell.fate is not Fate.ELSEWHERE:
            yield f"{event:<24} {cell.fate.value:<10} {', '.join(cell.transitions) or cell.why}".rstrip()
