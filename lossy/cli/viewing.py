"""`lossy charts view`: the visualizer as one file, to be looked through without a server."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lossy.charts.merge import merged
from lossy.charts.model import Chart, ChartError
from lossy.charts.offline import offline
from lossy.charts.page import Facts
from lossy.charts.trace import is_aside, read_step
from lossy.charts.view import Compared, document, view
from lossy.cli.drawing import svg
from lossy.cli.revisions import charts_at
from lossy.cli.running import fail
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sessions.facts import facts, shipped, usual_delays
from lossy.sessions.measured import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.charts.export.plain import Values
    from lossy.charts.together import Charts

STATIC = Path(__file__).parent.parent / "web" / "static"


@click.command("view")
@click.argument("charts", nargs=-1)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("review.html"), show_default=True)
@click.option("--against", metavar="VERSION", help="Compare with the chart as it is there, in colours.")
@click.option(
    "--trace",
    "traces",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A trace of `lossy why` or `lossy sim`, to be gone through on the charts. May be given more than once.",
)
def view_charts(charts: tuple[str, ...], out: Path, against: str | None, traces: tuple[Path, ...]) -> None:
    """Write one HTML file to review CHARTS with: click through, compare, take notes, without a server or a network.

    Each is a file, a chart's name, or REVISION:PATH; without any it is all charts of the tree. VERSION is a file, a git
    revision or REVISION:PATH. A chart that is not as it ships is laid out anew, which needs Node and `npm ci` in
    tools/draw.
    """
    try:
        tree = load_all(folder("statecharts"))
        views = [_view(chart, against, ships=chart is tree.get(chart.name)) for chart in _charts(charts, tree)]
        steps = [_steps(path) for path in traces]
    except (ChartError, OSError, ValueError) as error:
        return fail(error)
    script = (STATIC / "charts.js").read_text(encoding="utf-8")
    out.write_text(offline(document(views, steps), script, _style()), encoding="utf-8")
    click.echo(out)


def _style() -> str:
    """With the fonts in it, since nothing stands beside the file."""

    def embedded(named: re.Match[str]) -> str:
        return f'url("data:font/woff2;base64,{b64encode((STATIC / named[1]).read_bytes()).decode()}")'

    sheets = "".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in ("tokens", "charts"))
    return re.sub(r'url\("([\w-]+\.woff2)"\)', embedded, sheets)


def _charts(names: Sequence[str], tree: Charts) -> list[Chart]:
    """Those of the tree with their rules, all others as they are written. Raises ChartError."""
    if not names:
        return [*tree.values()]
    return [chart for name in names for chart in ([tree[name]] if name in tree else charts_at(name).charts.values())]


def _view(chart: Chart, against: str | None, *, ships: bool) -> Values:
    """`ships`: it is one of the tree, so that its rules and its picture are known. Raises ChartError, DrawingError."""
    about = facts(chart) if ships else Facts(delays=usual_delays(chart.name))
    counts = [*measured(chart)] if ships else []
    if against is None:
        return view(chart, shipped(chart) if ships else svg(chart), about, counts=counts)
    old = _old(chart, against)
    both, marks = merged(old, chart)
    compared = Compared(old, f"version {old.version} ({against})", f"version {chart.version}")
    return view(chart, svg(both, marks=marks), about, counts=counts, compared=compared)


def _old(chart: Chart, against: str) -> Chart:
    """What `against` has under the chart's name. Raises ChartError."""
    side = charts_at(against)
    found = side.charts.get(chart.name) or (None if side.whole else next(iter(side.charts.values())))
    if found is None:
        raise ChartError(f"{against} has no chart {chart.name!r}; it has {', '.join(side.charts)}")
    return found


def _steps(path: Path) -> list[Values]:
    """The lines of a trace. Raises ChartError with the number of the first that is none."""
    steps = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            steps += [] if is_aside(value) else [read_step(value)]
        except ValueError as error:
            raise ChartError(f"{path.name}: line {number} is no step of a trace: {error}") from None
    return steps
