"""`lossy charts export`: a chart in a format that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lossy.charts.export import FORMATS
from lossy.charts.export.mermaid import mermaid
from lossy.charts.model import Chart, ChartError
from lossy.cli.drawing import svg
from lossy.cli.revisions import charts_at
from lossy.cli.running import fail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WRITERS: Mapping[str, Callable[[Chart], str]] = {**FORMATS, "svg": svg}


@click.command("export")
@click.argument("chart")
@click.option("--format", "format_", required=True, type=click.Choice([*WRITERS]), help="What to write.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE instead of the terminal.")
@click.option("--why", is_flag=True, help="Mermaid: add a note to each state with why it is there.")
def export_chart(chart: str, format_: str, out: Path | None, why: bool) -> None:
    """Write CHART as Mermaid, SCXML, an XState v5 configuration, plain JSON or a picture.

    CHART is a chart's name, a file or REVISION:PATH. Its names are taken as they are written; `lossy charts check`
    says whether there is code for them. docs/how-to/export-a-chart.md says what each format keeps.
    """
    if why and format_ != "mermaid":
        raise click.UsageError("--why is for --format mermaid")
    try:
        loaded = _one(chart)
        text = mermaid(loaded, notes=True) if why else WRITERS[format_](loaded)
        if out is not None:
            out.write_text(text, encoding="utf-8")
            return
    except (ChartError, OSError) as error:
        return fail(error)
    click.echo(text, nl=False)


def _one(where: str) -> Chart:
    charts = [*charts_at(where).charts.values()]
    if len(charts) != 1:
        raise ChartError(f"{where} has several charts: name one, as in {where}:statecharts/{charts[0].name}.yaml")
    return charts[0]
