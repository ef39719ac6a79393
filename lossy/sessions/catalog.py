"""Every name the charts use, and the charts themselves, checked against each other once at start-up.

The rules are in `lossy/domain/rules.py`, what performs effects is in `lossy/sessions/effects.py`, and for a note in
`lossy/store/note_life.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from lossy.charts.load import check_together, load_file
from lossy.charts.model import Chart, ChartError, Names
from lossy.charts.together import HAND_ON
from lossy.domain import agent, ownership, reconnect, rollout, voice
from lossy.domain.rules import GUARDS, INVARIANTS, MIGRATIONS, MODULES, UPDATES
from lossy.sessions.effects import EFFECTS
from lossy.sessions.owners import PERFORMED
from lossy.sessions.work import WORK
from lossy.settings import Agent, Ownership, Posting, Reconnect, Rollout, Settings, Voice
from lossy.store import note_life

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lossy.charts.together import Charts

# A session runs the first two, and the third for each device.
OF_SESSION = ("voice", "agent", "reconnect")
SETTINGS: Mapping[str, type] = {
    "voice": Voice,
    "agent": Agent,
    "reconnect": Reconnect,
    "ownership": Ownership,
    "note": Posting,
    "rollout": Rollout,
}
# A delay that a rule works out from its settings.
DERIVED: Mapping[str, frozenset[str]] = {
    "voice": frozenset({"breaker_backoff"}),
    "agent": frozenset({"retry_backoff", "words_backoff"}),
}


def load_all(folder: Path) -> Charts:
    """Every chart there is, in the order in which they receive.

    Raises ChartError for any fault in a file, for a name that no table has, and for a row that no chart names.
    """
    charts, faults = load_each(folder)
    if faults:
        raise ChartError(*faults)
    return charts


def load_each(folder: Path) -> tuple[Charts, tuple[str, ...]]:
    """The charts that load, and every fault of those that do not; of all of them together only when each one does."""
    charts: dict[str, Chart] = {}
    faults: list[str] = []
    for name in MODULES:
        try:
            charts[name] = load_file(folder / f"{name}.yaml", _names(name))
        except ChartError as error:
            faults += error.args
    return charts, tuple(faults or _faults_together(charts))


def _faults_together(charts: Charts) -> Iterator[str]:
    try:
        check_together(charts.values())
    except ChartError as error:
        yield from error.args
    for name, chart in charts.items():
        yield from _idle_rules(chart, name)
    for row in sorted(EFFECTS.keys() - {name for chart in charts.values() for name in _actions(chart)}):
        yield f"nothing uses the effect {row!r} of lossy/sessions/effects.py: name it in a `do:`, or delete it"
    working = {node.during.name for chart in charts.values() for node in chart.nodes.values() if node.during}
    for row in sorted(WORK.keys() - working):
        yield f"nothing uses the work {row!r} of lossy/sessions/work.py: name it in a `during:`, or delete it"


def load_charts(folder: Path) -> Charts:
    """The charts that a session runs, after all of them were checked. Raises as `load_all` does."""
    charts = load_all(folder)
    return {name: charts[name] for name in OF_SESSION}


def delays(concern: Any) -> dict[str, int]:
    """The durations of one concern's settings by the names that charts use: without `_ms`."""
    values = attrs.asdict(concern)
    return {name.removesuffix("_ms"): value for name, value in values.items() if name.endswith("_ms")}


def limits(concern: Any) -> dict[str, float]:
    """Those of its number settings that are no durations, by their own names."""
    values = attrs.asdict(concern)
    return {name: value for name, value in values.items() if not name.endswith("_ms")}


def initial_data(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """What each chart starts with."""
    chosen = settings.agent
    return {
        "voice": voice.initial(delays(settings.voice), limits(settings.voice)),
        "agent": agent.initial(delays(chosen), min_confidence=chosen.min_confidence, retries=chosen.retries),
        "reconnect": reconnect.initial(delays(settings.reconnect), ring=settings.reconnect.ring),
        "ownership": ownership.initial(delays(settings.ownership)),
        "rollout": rollout.initial(delays(settings.rollout), limits(settings.rollout)),
    }


def _names(chart: str) -> Names:
    return Names(
        guards=GUARDS[chart],
        updates=UPDATES[chart],
        effects=frozenset(EFFECTS) | note_life.EFFECTS | PERFORMED | {"send", HAND_ON},
        work=frozenset(WORK),
        delays=frozenset(delays(SETTINGS[chart]())) | DERIVED.get(chart, frozenset()),
        invariants=INVARIANTS[chart],
        migrations=MIGRATIONS[chart],
    )


def _actions(chart: Chart) -> set[str]:
    lists = [
        *(actions for node in chart.nodes.values() for actions in (node.entry, node.exit)),
        *(transition.do for transition in chart.transitions()),
    ]
    return {action.name for actions in lists for action in actions}


def _idle_rules(chart: Chart, name: str) -> Iterator[str]:
    guards = {transition.guard for transition in chart.transitions()}
    migrations = {migration.data for migration in chart.migrations.values()}
    rows = (
        ("guard", GUARDS[name].keys() - guards, "name it in an `if:`"),
        ("update", UPDATES[name].keys() - _actions(chart), "name it in a `do:`"),
        ("invariant", INVARIANTS[name].keys() - chart.invariants.keys(), "name it under `invariants:`"),
        ("migration", MIGRATIONS[name].keys() - migrations, "name it as `data:` under `migrations:`"),
    )
    for kind, idle, remedy in rows:
        for row in sorted(idle):
            where = f"lossy/domain/{name}.py"
            yield f"{name}.yaml: nothing uses the {kind} {row!r} of {where}: {remedy}, or delete it"
