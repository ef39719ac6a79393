"""`lossy charts diff`: what became of the charts from one version to another, in words, as JSON, as a picture."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
import orjson

from lossy.charts.diff import Change, diff
from lossy.charts.diff_words import HEADINGS, aside, line, told
from lossy.charts.fates import fates
from lossy.charts.merge import merged
from lossy.charts.model import Chart, ChartError
from lossy.cli.drawing import svg
from lossy.cli.revisions import charts_at, tree
from lossy.cli.running import fail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLOURS = {"added": "green", "removed": "red", "moved": "blue", "changed": "yellow"}
SIGNS = {"added": "+", "removed": "-", "moved": ">", "changed": "~"}

Pair = tuple[Chart | None, Chart | None]


@click.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option("--chart", "name", help="Only this one of the charts of two revisions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with one object for each chart.")
@click.option(
    "--svg", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw both as one picture into FILE."
)
def diff_charts(old: str, new: str | None, name: str | None, as_json: bool, picture: Path | None) -> None:
    """Say what became of the charts from OLD to NEW, and which stored snapshots would still load.

    Each is a file, a chart's name (its file in the tree), a git revision (all charts of its statecharts/ folder) or
    REVISION:PATH. Without NEW it is what the tree has now.
    """
    try:
        pairs = _pairs(old, new, name)
        if picture is not None:
            _draw(pairs, picture)
    except (ChartError, OSError) as error:
        return fail(error)
    if as_json:
        return click.echo(orjson.dumps([_as_json(*pair) for pair in pairs], option=orjson.OPT_INDENT_2))
    for pair in pairs:
        _print(*pair)


def _pairs(old: str, new: str | None, name: str | None) -> list[Pair]:
    """What to compare with what: the charts of one name, or the one on each side whatever their names.

    Raises ChartError when a side cannot be read, or when no side has `name`.
    """
    before, after = charts_at(old), tree() if new is None else charts_at(new)
    if not before.whole and not after.whole:
        return [*zip(before.charts.values(), after.charts.values(), strict=True)]
    every = {**after.charts, **before.charts}
    names = [name] if name is not None else next((side.charts for side in (before, after) if not side.whole), every)
    if not {*names} & {*every}:
        raise ChartError(f"there is no chart {name!r} on either side; there are {', '.join(every)}")
    return [(before.charts.get(each), after.charts.get(each)) for each in names]


# -- in words -----------------------------------------------------------------------------------------------------


def _print(old: Chart | None, new: Chart | None) -> None:
    for text in _lines(old, new):
        click.echo(text)


def _lines(old: Chart | None, new: Chart | None) -> Iterator[str]:
    if old is None or new is None:
        chart, how = (new, "added") if new is not None else (old, "removed")
        assert chart is not None, "there is one on some side"
        yield click.style(f"{SIGNS[how]} {chart.name}: a whole chart of {len(chart.nodes)} states, {how}", COLOURS[how])
        return
    changes = diff(old, new)
    versions = f"version {old.version}" + (f" → {new.version}" if old.version != new.version else "")
    yield click.style(f"{new.name}: {versions}", bold=True) + ("" if changes else ", nothing changed")
    for state, group in groupby(changes, key=lambda change: change.state):
        each = [*group]
        yield from _of_rest(each) if state is None else _of_state(state, each)
    for text in told(fates(old, new)):
        yield text if text.startswith(" ") else click.style(text, bold=True)


def _of_state(id: str, changes: list[Change]) -> Iterator[str]:
    """A state, in the colour of what became of itself, over what became of its parts."""
    how = next((change.how for change in changes if change.what == "state" and not change.quiet), None)
    yield "  " + (
        click.style(f"{SIGNS[how]} {id}", COLOURS[how], bold=True) if how else click.style(f"  {id}", bold=True)
    )
    yield from _of_each(changes)


def _of_rest(changes: list[Change]) -> Iterator[str]:
    for what, each in groupby(changes, key=lambda change: change.what):
        if what in HEADINGS:
            yield click.style(f"  {HEADINGS[what]}", bold=True)
        yield from _of_each(each)


def _of_each(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        if text := line(change):
            yield "      " + click.style(f"{SIGNS[change.how]} {text}", COLOURS[change.how])
        if text := aside(change):
            yield "        " + click.style(text, dim=True)


# -- as JSON, as a picture ----------------------------------------------------------------------------------------


def _as_json(old: Chart | None, new: Chart | None) -> dict[str, Any]:
    """`versions` holds null where there is no such chart; `changes` and `snapshots` are there when both are."""
    chart = new or old
    assert chart is not None, "there is one on some side"
    about = {"chart": chart.name, "versions": [old and old.version, new and new.version]}
    if old is None or new is None:
        return about
    changes = [
        {**attrs.asdict(change), "quiet": change.quiet, "words": line(change), "aside": aside(change)}
        for change in diff(old, new)
    ]
    return {**about, "changes": changes, "snapshots": attrs.asdict(fates(old, new))}


def _draw(pairs: list[Pair], file: Path) -> None:
    """Raises ChartError when there is not just one chart to draw."""
    whole = [(old, new) for old, new in pairs if old is not None and new is not None]
    if len(whole) != 1:
        raise ChartError("a picture is of one chart: name it with --chart")
    chart, marks = merged(*whole[0])
    file.write_text(svg(chart, marks=marks), encoding="utf-8")
