"""A snapshot of an earlier version of a chart as the present version would have written it.

A chart says so itself, in `migrations:` by the version that a snapshot is of. There are no chains: a chart of version
3 that takes snapshots of version 1 has `migrations[1]`, which leads to version 3 at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.charts.model import HISTORIES, Chart, ChartError, Data, Kind, Migration
from lossy.charts.plan import completed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def migrated(chart: Chart, stored: Mapping[str, Any], initial: Data, at: int) -> Mapping[str, Any]:
    """The snapshot `stored`, last alive at instant `at`, in the present version. `initial` is a new session's data.

    What the stored data lacks it takes from `initial`, in any version. No entry action is run, and a timer of a state
    that the snapshot was not in, or that `migrations` names, has its whole delay from `at` on.
    Raises ChartError when it is of another chart, or when the chart does not say what becomes of it.
    """
    if stored["chart"] != chart.name:
        raise ChartError(f"a snapshot of the chart {stored['chart']!r} is none of {chart.name!r}")
    data = _filled_in(stored["data"], initial)
    if stored["version"] == chart.version:
        return {**stored, "data": data}
    migration = _migration(chart, stored["version"])
    active = moved(chart, stored["version"], stored["active"])
    if migration.data is not None:
        data = chart.names.migrations[migration.data](data)
    return {
        "chart": chart.name,
        "version": chart.version,
        "active": chart.in_order(active),
        "history": _history(chart, migration, stored["history"]),
        "data": data,
        "deadlines": _deadlines(chart, migration, stored, active, data["delays"], at),
    }


def moved(chart: Chart, version: int, active: Iterable[str]) -> frozenset[str]:
    """Where the configuration `active` of an earlier version is now.

    Each state goes where `migrations` says, or stays; what stands around them, and initial states, complete them.
    Raises ChartError, with what to add to the file, when that is no configuration.
    """
    states = _migration(chart, version).states
    here = {id: _target(chart, version, id) for id in active}
    clear = {new for old, new in here.items() if old in states or chart.is_atomic(new)}
    found = completed(chart, _innermost(chart, _agreeing(chart, clear, {*here.values()} - clear)))
    if not chart.legal(found):
        raise ChartError(
            f"{chart.name}: {' + '.join(here)} of version {version} would be {' + '.join(chart.in_order(found))}, "
            f"which is no configuration of version {chart.version}: say where each went "
            f"@ $.migrations[{version}].states"
        )
    return found


def _migration(chart: Chart, version: int) -> Migration:
    if version > chart.version:
        raise ChartError(f"{chart.name}: a snapshot of version {version} is of the future; this is {chart.version}")
    if version not in chart.migrations:
        raise ChartError(
            f"{chart.name}: a snapshot of version {version} does not fit version {chart.version}, and the file does "
            f"not say what becomes of it: add {version} @ $.migrations"
        )
    return chart.migrations[version]


def _target(chart: Chart, version: int, id: str) -> str:
    path = f"$.migrations[{version}].states[{id!r}]"
    new = _migration(chart, version).states.get(id, id)
    if new is None:
        raise ChartError(f"{chart.name}: a snapshot of version {version} in {id!r} is refused on purpose @ {path}")
    if new not in chart.nodes or chart.nodes[new].kind in HISTORIES:
        raise ChartError(
            f"{chart.name}: the state {id!r} of version {version} is not in version {chart.version}: "
            f"say where it went @ {path}"
        )
    return new


def _agreeing(chart: Chart, clear: set[str], rest: set[str]) -> set[str]:
    """`clear`, and of `rest` what can be active beside them.

    Those are compound now and not named. Either they were so before, and then the states inside them say where they
    are, by now perhaps elsewhere; or they have become so, and then nothing else says that they were active.
    """
    for id in sorted(rest, key=lambda id: (-len(chart.ancestors[id]), chart.nodes[id].order)):
        if all(_beside(chart, id, other) for other in clear):
            clear = clear | {id}
    return clear


def _beside(chart: Chart, one: str, other: str) -> bool:
    if one == other or chart.inside(one, other) or chart.inside(other, one):
        return True
    around = next((id for id in chart.ancestors[one] if chart.inside(other, id)), None)
    return around is not None and chart.nodes[around].kind is Kind.PARALLEL


def _innermost(chart: Chart, ids: set[str]) -> tuple[str, ...]:
    return tuple(id for id in ids if not any(chart.inside(other, id) for other in ids))


def shared(data: Data, initial: Data) -> Data:
    """The same data: values that are as in `initial` are those very ones, which so many sessions hold together."""
    if data == initial:
        return initial
    return {name: initial[name] if initial.get(name) == value else value for name, value in data.items()}


def _filled_in(stored: Data, initial: Data) -> Data:
    delays = {**initial.get("delays", {}), **stored.get("delays", {})}
    return shared({**initial, **stored, "delays": delays}, initial)


def _history(chart: Chart, migration: Migration, stored: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """What is remembered still, without what fits no more: there the default leads on."""
    moved = {history: [migration.states.get(id, id) or "" for id in ids] for history, ids in stored.items()}
    return {history: ids for history, ids in moved.items() if _fits(chart, history, ids)}


def _fits(chart: Chart, history: str, ids: list[str]) -> bool:
    node = chart.nodes.get(history)
    if node is None or node.kind not in HISTORIES or not ids:
        return False
    if not all(id in chart.nodes and chart.inside(id, node.parent) for id in ids):
        return False
    if node.kind is Kind.SHALLOW and any(chart.nodes[id].parent != node.parent for id in ids):
        return False
    return chart.legal(completed(chart, tuple(ids)))


def _deadlines(
    chart: Chart, migration: Migration, stored: Mapping[str, Any], active: frozenset[str], delays: Data, at: int
) -> dict[str, int]:
    """A deadline goes with its state. A spent one stays spent where the state was active before and is not named."""
    due: dict[str, int] = {}
    for old, instant in stored["deadlines"].items():
        new = migration.states.get(old, old)
        if new is not None and new in active and chart.nodes[new].timer is not None:
            due[new] = min(instant, due.get(new, instant))
    stayed = {id for id in stored["active"] if id not in migration.states}
    for id in chart.in_order(active - stayed - due.keys()):
        timer = chart.nodes[id].timer
        if timer is not None:
            due[id] = at + _delay(chart, delays, timer.delay)
    return due


def _delay(chart: Chart, delays: Data, name: str) -> int:
    if name not in delays:
        raise ChartError(f"{chart.name}: no such delay: {name} @ $.delays")
    return int(delays[name])
