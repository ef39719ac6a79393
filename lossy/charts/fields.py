"""A chart's parts as plain fields (JSON values), to be compared. What is absent or empty is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lossy.charts.load import SEND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lossy.charts.model import Action, Chart, Node, Origins, Transition

Fields = Mapping[str, Any]


def merged_order(old: Chart, new: Chart) -> list[str]:
    """The states of both: those of `new` in its order, each that is only in `old` after the one it stood behind."""
    order, earlier = [*new.nodes], [*old.nodes]
    for i, id in enumerate(earlier):
        if id not in new.nodes:
            order.insert(order.index(earlier[i - 1]) + 1 if i else 0, id)
    return order


def of_chart(chart: Chart) -> Fields:
    return _filled(name=chart.name, version=chart.version, initial=chart.initial, why=chart.why)


def of_state(node: Node) -> Fields:
    return _filled(
        kind=node.kind.value,
        parent=node.parent,
        initial=node.initial,
        default=[*node.default],
        entry=_plain(node.entry),
        exit=_plain(node.exit),
        during=_plain((node.during,) if node.during else ()),
        ignores=sorted(node.ignores),
        why=node.why,
    )


def of_timer(node: Node) -> Fields | None:
    """What its expiry does among it."""
    if node.timer is None:
        return None
    (fired,) = (transition for transition in node.transitions if transition.event == after(node))
    return {"delay": node.timer.delay, "restore": node.timer.restore.value, **of_transition(fired)}


def of_transition(transition: Transition) -> Fields:
    """All but its place: its state, its event and its rank among those on that event."""
    leads = _filled(**{"to": [*transition.targets], "if": transition.guard})
    return {**leads, **_filled(do=_plain(transition.do), internal=transition.internal, why=transition.why)}


def transitions(node: Node) -> dict[str | None, list[Transition]]:
    """By event, in order, without that of its timer; None is `always`."""
    found: dict[str | None, list[Transition]] = {}
    for transition in node.transitions:
        if transition.event != after(node):
            found.setdefault(transition.event, []).append(transition)
    return found


def after(node: Node) -> str:
    return f"after.{node.id}"


# -- what concerns no one state -----------------------------------------------------------------------------------

Rows = Mapping[str, Fields]


def _origins(origins: Origins, who: str) -> Rows:
    rows: dict[str, dict[str, Any]] = {}
    for origin, names in origins.items():
        for name, words in names.items():
            row = rows.setdefault(name, {who: [], "words": []})
            row[who].append(origin)
            row["words"].append(words)
    return rows


def _migrations(chart: Chart) -> Rows:
    return {
        str(version): {"states": dict(migration.states), **_filled(data=migration.data)}
        for version, migration in chart.migrations.items()
    }


def _guards(chart: Chart) -> Rows:
    return {transition.guard: {} for transition in chart.transitions() if transition.guard is not None}


def _updates(chart: Chart) -> Rows:
    declared = {name for names in chart.effects.values() for name in names} | {SEND}
    return {action.name: {} for action in _actions(chart) if action.name not in declared}


def _actions(chart: Chart) -> Iterator[Action]:
    for node in chart.nodes.values():
        yield from (*node.entry, *node.exit)
        for transition in node.transitions:
            yield from transition.do


TABLES: Mapping[str, Callable[[Chart], Rows]] = {
    "event": lambda chart: _origins(chart.hears, "from"),
    "effect": lambda chart: _origins(chart.effects, "by"),
    "invariant": lambda chart: {name: {"words": words} for name, words in chart.invariants.items()},
    "migration": _migrations,
    "guard": _guards,
    "update": _updates,
}


def _plain(actions: Iterable[Action]) -> list[Any]:
    return [{action.name: dict(action.args)} if action.args else action.name for action in actions]


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, False)}
