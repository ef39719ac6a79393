"""Every name the charts use, and the charts themselves, checked against each other once at start-up.

A rule is a public function of the domain module that is named like its chart, and its signature says what it is:

| signature | is |
|---|---|
| `(data: Data, event: Occurrence) -> bool` | a guard |
| `(data: Data, event: Occurrence, **args) -> Data` | an update |
| `(move: Move) -> bool` | an invariant |
| `(stored: Data) -> Data` | a migration of stored data |
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from lossy.charts.load import check_together, load_file
from lossy.charts.model import Chart, ChartError, Names
from lossy.domain import agent, note, ownership, reconnect, rollout, voice
from lossy.sessions.effects import EFFECTS
from lossy.sessions.work import WORK
from lossy.settings import Agent, Ownership, Posting, Reconnect, Rollout, Settings, Voice

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from lossy.charts.together import Charts

Rules = Mapping[str, Callable[..., Any]]

# In the order in which they receive. A session runs the first two.
MODULES: Mapping[str, ModuleType] = {
    "voice": voice,
    "agent": agent,
    "reconnect": reconnect,
    "ownership": ownership,
    "note": note,
    "rollout": rollout,
}
OF_SESSION = ("voice", "agent")
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


def _rules(returns: str, *takes: str) -> Mapping[str, Rules]:
    return {name: dict(_functions(module, returns, takes)) for name, module in MODULES.items()}


def _functions(module: ModuleType, returns: str, takes: tuple[str, ...]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        parameters = inspect.signature(function).parameters.values()
        positional = tuple(f"{p.annotation} {p.name}" for p in parameters)[: len(takes)]
        fits = all(kind in (given, given.partition(" ")[0]) for kind, given in zip(takes, positional, strict=False))
        own = function.__module__ == module.__name__ and not name.startswith("_")
        if own and len(positional) == len(takes) and fits and function.__annotations__["return"] == returns:
            yield name, function


GUARDS = _rules("bool", "Data data", "Occurrence")
UPDATES = _rules("Data", "Data data", "Occurrence")
INVARIANTS = _rules("bool", "Move")
MIGRATIONS = _rules("Data", "Data stored")


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
        effects=frozenset(EFFECTS) | {"send"},
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
