"""`lossy charts`: the statecharts that decide what happens next."""

from __future__ import annotations

import click

from lossy.charts.model import ChartError
from lossy.cli.running import console, fail
from lossy.resources import folder
from lossy.sessions.catalog import load_charts


@click.group()
def charts() -> None:
    """Look at the statecharts that decide what happens next."""


@charts.command("check")
def check_charts() -> None:
    """Load every chart and check it against the code: targets, names, what is sent and what is heard."""
    try:
        loaded = load_charts(folder("statecharts"))
    except ChartError as error:
        return fail(error)
    for name, chart in loaded.items():
        transitions = sum(1 for _ in chart.transitions())
        console.print(
            f"{name}: {len(chart.nodes)} states, {transitions} transitions, {len(chart.alphabet)} events. Good."
        )
