"""`lossy charts`: the statecharts that decide what happens next."""

from __future__ import annotations

import click

from lossy.cli.checking import check_charts, print_table
from lossy.cli.diff import diff_charts
from lossy.cli.exploring import explore_charts
from lossy.cli.export import export_chart
from lossy.cli.mutating import mutate_charts
from lossy.cli.pages import write_docs
from lossy.cli.record import record_versions
from lossy.cli.viewing import view_charts


@click.group()
def charts() -> None:
    """Look at the statecharts that decide what happens next."""


for command in (
    check_charts,
    print_table,
    diff_charts,
    write_docs,
    explore_charts,
    export_chart,
    mutate_charts,
    record_versions,
    view_charts,
):
    charts.add_command(command)
