"""A chart as plain JSON values, for programs that draw it or run it. docs/how-to/export-a-chart.md has the schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lossy.charts.load import SEND

if TYPE_CHECKING:
    from lossy.charts.model import Action, Chart, Migration, Node, Timer, Transition

Values = dict[str, Any]

FORMAT = 1  # raised when what reads the values has to change


def plain(chart: Chart) -> str:
    return json.dumps(values(chart), indent=2, ensure_ascii=False) + "\n"


def values(chart: Chart) -> Values:
    """Every key is always there; states and transitions stand in document order."""
    return {
        "format": FORMAT,
        "name": chart.name,
        "version": chart.version,
        "why": chart.why,
        "initial": chart.initial,
        "states": [_state(chart, node) for node in sorted(chart.nodes.values(), key=lambda node: node.order)],
        "transitions": [_transition(chart, transition) for transition in chart.transitions()],
        "hears": {sender: dict(events) for sender, events in chart.hears.items()},
        "effects": {performer: dict(names) for performer, names in chart.effects.items()},
        "invariants": dict(chart.invariants),
        "migrations": {str(version): _migration(migration) for version, migration in chart.migrations.items()},
    }


def is_effect(chart: Chart, action: Action) -> bool:
    """Whether the file calls it an effect; what it does not is an update."""
    return action.name == SEND or any(action.name in names for names in chart.effects.values())


def _state(chart: Chart, node: Node) -> Values:
    return {
        "id": node.id,
        "kind": node.kind.value,
        "parent": node.parent,
        "order": node.order,
        "children": list(node.children),
        "initial": node.initial,
        "default": node.default[0] if node.default else None,
        "entry": [_action(chart, action) for action in node.entry],
        "exit": [_action(chart, action) for action in node.exit],
        "during": node.during and {"name": node.during.name, "args": dict(node.during.args)},
        "timer": node.timer and _timer(node.timer),
        "ignores": dict(node.ignores),
        "why": node.why,
    }


def _timer(timer: Timer) -> Values:
    return {"delay": timer.delay, "restore": timer.restore.value}


def _transition(chart: Chart, transition: Transition) -> Values:
    return {
        "id": transition.id,
        "source": transition.source,
        "event": transition.event,
        "targets": list(transition.targets),
        "guard": transition.guard,
        "do": [_action(chart, action) for action in transition.do],
        "internal": transition.internal,
        "why": transition.why,
    }


def _action(chart: Chart, action: Action) -> Values:
    kind = "effect" if is_effect(chart, action) else "update"
    return {"kind": kind, "name": action.name, "args": dict(action.args)}


def _migration(migration: Migration) -> Values:
    return {"states": dict(migration.states), "data": migration.data}
