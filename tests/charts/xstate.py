"""XState in Node as an oracle: what its machine does with an exported chart, step by step.

XState's rules are those of SCXML, but not everywhere. `departures` names where a step met one of the places that
docs/reference/xstate.md describes; any other difference is a fault of the export or of one of the two engines.
"""

from __future__ import annotations

import json
import subprocess
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossy.charts.export.xstate import Config, config, event_type
from lossy.charts.load import load
from lossy.charts.model import HISTORIES, Chart, Effect, Move
from tests.charts.strategies import NAMES
from tests.charts.tossed import WORK, Picked, Walk, did, eventless, tossed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parents[1] / "npm"
NODE_S = 120.0

Report = dict[str, Any]  # what one step did, as tests/npm/xstate.mjs tells it


def run(walks: list[Walk], configs: list[Config] | None = None) -> list[list[Report]]:
    """What XState makes of the walks; of other configurations than the exported ones where such are given."""
    configs = configs or [config(walk.chart) for walk in walks]
    cases = [_case(walk, config) for walk, config in zip(walks, configs, strict=True)]
    node = subprocess.run(
        ["node", "xstate.mjs"],
        input=json.dumps(cases),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=FOLDER,
        timeout=NODE_S,
    )
    return [[_grouped(report) for report in reports] for reports in json.loads(node.stdout)]


def first_difference(walk: Walk, reports: list[Report]) -> int | None:
    """The number of the first step in which XState did something else."""
    ours = [expected(walk.chart, move) for move in walk.moves]
    return next((i for i, (one, other) in enumerate(zip_longest(ours, reports)) if one != other), None)


def expected(chart: Chart, move: Move) -> Report:
    return {
        "status": "done" if chart.ended(move.after.active) else "active",
        "active": sorted(move.after.active),
        "did": [[name, dict(args)] for name, args in did(move)],
        **_by_kind(_running(chart, effect) for effect in move.effects),
    }


def chart_of(states: str) -> Chart:
    """A chart that begins in `p`. `away` makes nothing of red and green, and blue leads back."""
    text = f"""{{name: case, initial: p, hears: {{tests: {{red: "", green: "", blue: ""}}}},
        effects: {{tests: {{beep: "", tell: "", dig: ""}}}},
        states: {{{states}, away: {{events: {{red: {{}}, green: {{}}, blue: p}}}}}}}}"""
    return tossed(load(text, NAMES))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def departures(chart: Chart, picked: Iterable[Picked]) -> set[str]:
    """What XState may see otherwise in the microsteps of one step."""
    return {departure for each in picked for departure in _departures(chart, each)}


def _departures(chart: Chart, picked: Picked) -> Iterator[str]:
    if len(picked) > 1 and picked[0].event is None:
        yield "order of eventless transitions"
    if any(chart.inside(inner.source, outer.source) for outer in picked for inner in picked):
        yield "a region and what is around it"
    targets = [(transition.source, chart.nodes[id]) for transition in picked for id in transition.targets]
    if any(node.kind in HISTORIES and chart.inside(source, node.parent) for source, node in targets):
        yield "history from inside"


def _case(walk: Walk, config: Config) -> dict[str, Any]:
    return {
        "config": config,
        "seed": walk.seed,
        "updates": sorted(walk.chart.names.updates),
        "eventless": sorted(eventless(walk.chart)),
        "events": [{"type": event_type(walk.chart, move.event.name), "at": move.event.at} for move in walk.moves[1:]],
    }


def _running(chart: Chart, effect: Effect) -> tuple[str, str]:
    """A timer goes by its event, work by its state; what is neither goes by nothing."""
    match effect.name:
        case "start_timer" | "stop_timer":
            return effect.name, event_type(chart, f"after.{effect.args['timer']}")
        case "start_work" | "stop_work":
            return effect.name, effect.args["state"]
    return effect.name, ""


def _grouped(report: Report) -> Report:
    return _by_kind(map(tuple, report.pop("running"))) | report


def _by_kind(running: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Each kind in its own order: XState starts timers before work, and stops both after a state's exit actions."""
    pairs = list(running)
    return {kind: [name for other, name in pairs if other == kind] for kind in sorted(WORK)}
