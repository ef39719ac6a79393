"""`lossy charts explore`: everything that can happen to a chart in a bounded world."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from attrs import frozen
from rich.table import Table

from lossy.charts.explore import Unbounded, as_script, explore, from_script, replay
from lossy.charts.model import ChartError
from lossy.charts.near import near
from lossy.charts.product import replay as replay_product
from lossy.charts.reach import states_of
from lossy.cli.running import console, fail
from lossy.cli.scripts import read_script
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sim.products import PRODUCTS
from lossy.sim.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lossy.charts.together import Charts


@frozen
class Report:
    """What was found of one chart, or of one product. A breach has its script; `missed` is what nothing leads to."""

    name: str
    states: int
    stands_for: int  # of a product: the combinations of its charts' states; else the same
    steps: int
    pairs: int
    holds: tuple[str, ...]
    breaches: dict[str, list[dict[str, Any]]]
    missed: tuple[str, ...]


@click.command("explore")
@click.argument("names", nargs=-1)
@click.option("--to", help="Print a shortest way to a state of the chart named, or to a transition: idle/start/0.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Folder for scripts of what breaks.")
@click.option("--replay", "script", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Run a script.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def explore_charts(
    names: tuple[str, ...], to: str | None, save: Path | None, script: Path | None, as_json: bool
) -> None:
    """Visit every state a chart can reach in a bounded world, and see whether its invariants hold in all of them.

    Without NAMES: all charts, and then the products of several: two tabs, one link. What is bounded stands in
    lossy/sim/worlds.py. Ends with 1 when an invariant breaks or a transition is never taken.
    """
    known = [*WORLDS, *PRODUCTS]
    if unknown := [name for name in names if name not in known]:
        return fail(ValueError(f"no world for {', '.join(unknown)}; there are {', '.join(known)}"))
    try:
        charts = load_all(folder("statecharts"))
        if script is not None:
            return _replay(charts, *read_script(script, known))
        if to is not None:
            return _way(charts, names, to)
        reports = [*_reports(charts, names or tuple(known), quiet=as_json)]
        _save(reports, save)
    except (ChartError, OSError, Unbounded) as error:
        return fail(error)
    _print(reports, as_json)
    sys.exit(int(any(report.breaches or report.missed for report in reports)))


def _reports(charts: Charts, names: tuple[str, ...], *, quiet: bool) -> Iterator[Report]:
    for name in names:
        if not console.is_terminal:
            click.echo(f"exploring {name}", err=True)
        with console.status(f"exploring {name}") if not quiet else click.open_file("/dev/null"):
            yield _of_chart(charts, name) if name in WORLDS else _of_product(charts, name)


def _of_chart(charts: Charts, name: str) -> Report:
    chart, space = charts[name], explore(WORLDS[name](charts))
    states = {*states_of(chart)}
    missed = (states - space.entered) | ({transition.id for transition in chart.transitions()} - space.taken)
    breaches = {name: as_script(acts) for name, acts in space.breaches().items()}
    holds = tuple(name for name in chart.invariants if name not in breaches)
    steps, pairs = sum(map(len, space.out)), len(space.pairs)
    return Report(name, len(space.states), len(space.states), steps, pairs, holds, breaches, tuple(sorted(missed)))


def _of_product(charts: Charts, name: str) -> Report:
    product, invariants = PRODUCTS[name](charts)
    scripts = {name: product.counterexample(name) for name in product.broken}
    breaches = {
        name: [{"part": part, **line} for (part, _), line in zip(acts, as_script(act for _, act in acts), strict=True)]
        for name, acts in scripts.items()
    }
    holds = tuple(name for name in invariants if name not in breaches)
    return Report(name, len(product.came), product.combinations, 0, 0, holds, breaches, ())


def _save(reports: Iterable[Report], save: Path | None) -> None:
    for report in reports if save else ():
        for invariant, lines in report.breaches.items():
            assert save is not None
            save.mkdir(parents=True, exist_ok=True)
            document = {"world": report.name, "invariant": invariant, "events": lines}
            path = save / f"{report.name.replace(' ', '-')}-{invariant}.yaml"
            path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _print(reports: list[Report], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({report.name: _plain(report) for report in reports}))
        return
    table = Table("world", "states", "stand for", "steps", "pairs of transitions", "invariants hold", box=None)
    for report in reports:
        counts = (f"{n:,}" if n else "" for n in (report.states, report.stands_for, report.steps, report.pairs))
        table.add_row(report.name, *counts, f"{len(report.holds)} of {len(report.holds) + len(report.breaches)}")
    console.print(table)
    for report in reports:
        for invariant, lines in report.breaches.items():
            when = "after" if lines else "at the very start"
            console.print(f"\n{report.name}: {invariant} does not hold {when}", soft_wrap=True)
            for line in lines:
                console.print(f"  {_in_words(line)}", soft_wrap=True)
        for id in report.missed:
            console.print(f"{report.name}: {_on_missed(id)}", soft_wrap=True)


def _on_missed(id: str) -> str:
    if "/" in id:
        return f"never taken: {id}: the world does not reach it, or a guard before it always holds"
    return f"never entered: {id}: nothing that happens in the world leads there"


def _plain(report: Report) -> dict[str, Any]:
    return {
        "states": report.states,
        "stands_for": report.stands_for,
        "steps": report.steps,
        "pairs": report.pairs,
        "holds": list(report.holds),
        "breaches": report.breaches,
        "missed": list(report.missed),
    }


def _in_words(line: dict[str, Any]) -> str:
    when = "" if not line["wait_ms"] else f", {abs(line['wait_ms'])} ms {'later' if line['wait_ms'] > 0 else 'earlier'}"
    part = f"{line['part']}: " if line.get("part") else ""
    return f"{part}{line['event']}{when} {json.dumps(line['payload']) if line['payload'] else ''}".rstrip()


def _way(charts: Charts, names: tuple[str, ...], to: str) -> None:
    if len(names) != 1 or names[0] not in WORLDS:
        return fail(ValueError("--to needs the name of one chart"))
    chart = charts[names[0]]
    known = [*chart.nodes, *(transition.id for transition in chart.transitions())]
    if to not in known:
        raise ChartError(f"{chart.name} has no state or transition {to!r}{near(to, known)}")
    space = explore(WORLDS[names[0]](charts))
    way = space.way_to_state(to) if to in chart.nodes else space.way_to_transition(to)
    if way is None:
        return fail(ValueError(f"nothing leads to {to!r} in {names[0]}"))
    if not way:
        click.echo(f"{chart.name} starts there")
    for line in as_script(way):
        click.echo(_in_words(line))


def _replay(charts: Charts, name: str, lines: list[dict[str, Any]]) -> None:
    """Each step of a script, with where it leads, what it takes and what it breaks."""
    if name in PRODUCTS:
        return _replay_product(charts, name, lines)
    part = WORLDS[name](charts)
    for played in replay(part.chart, part.starts[0], from_script(lines)):
        console.print(f"{played.act.name}: {', '.join(played.taken) or 'nothing'}", soft_wrap=True)
        console.print(f"    {' '.join(part.chart.in_order(played.state.active))}", style="dim", soft_wrap=True)
        for invariant in played.broken:
            console.print(f"    breaks {invariant}", style="red", soft_wrap=True)


def _replay_product(charts: Charts, name: str, lines: list[dict[str, Any]]) -> None:
    product, _ = PRODUCTS[name](charts)
    parts = {name: folded.space.part for name, folded in product.parts.items()}
    if strange := [line["event"] for line in lines if line["part"] not in parts]:
        raise ChartError(f"{name}: {strange[0]!r} needs a `part:` that it happens to: {', '.join(parts)}")
    script = zip((line["part"] for line in lines), from_script(lines), strict=True)
    for line, states in zip(lines, replay_product(parts, script), strict=True):
        console.print(_in_words(line), soft_wrap=True)
        for part, state in states.items():
            active = parts[part].chart.in_order(state.active)
            console.print(f"    {part}: {' '.join(active)}", style="dim", soft_wrap=True)
