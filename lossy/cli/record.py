"""`lossy charts record`: the shapes of the present versions, kept so that nobody changes one unnoticed."""

from __future__ import annotations

import click

from lossy.charts.model import ChartError
from lossy.charts.versions import read_record, recorded, write_record
from lossy.cli.revisions import tree
from lossy.cli.running import fail
from lossy.resources import folder


@click.command("record")
@click.option("--force", is_flag=True, help="Change a recorded version: only for one that no server has ever run.")
def record_versions(force: bool) -> None:
    """Add the shape of each chart's present version to statecharts/versions.json.

    A version that is recorded already is left as it is, and refused when the chart has another shape by now: stored
    snapshots of it would not fit. docs/how-to/change-a-chart.md says what to do then.
    """
    path = folder("statecharts") / "versions.json"
    try:
        before = read_record(path.read_text(encoding="utf-8")) if path.is_file() else {}
        after = recorded(before, tree().charts.values(), force=force)
    except (ChartError, OSError) as error:
        return fail(error)
    path.write_text(write_record(after), encoding="utf-8")
    new = [
        f"recorded {chart} version {version}"
        for chart, versions in after.items()
        for version in versions
        if before.get(chart, {}).get(version) != versions[version]
    ]
    click.echo("\n".join(new) or "Every chart's version is recorded already.")
