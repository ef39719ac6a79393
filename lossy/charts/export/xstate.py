"""A chart as the configuration of an XState v5 machine.

`createMachine(config, {guards, actions, actors, delays})` runs it: every name stays a name. XState's rules are not
SCXML's everywhere; where a configuration can make up for it, this one does:

- A transition to the source or inside it is `reenter`, unless it is internal.
- XState leaves what is inside the innermost state around source and targets, even when that is a parallel state;
  SCXML leaves the parallel state too. So that state is named as one more target.
- A failure that nobody hears would stop an XState machine, so the machine hears every failure and makes nothing of it.

What no configuration can make up for is in `docs/reference/xstate.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lossy.charts.model import HISTORIES, Action, Chart, Kind, Node, Transition

Config = Mapping[str, Any]

ANY_FAILURE = "xstate.error.actor.*"


def xstate(chart: Chart) -> str:
    return json.dumps(config(chart), indent=2, ensure_ascii=False) + "\n"


def config(chart: Chart) -> Config:
    works = any(node.during for node in chart.nodes.values())
    return _without_gaps(
        id=chart.name if chart.name not in chart.nodes else f"({chart.name})",
        version=str(chart.version),
        description=chart.why,
        initial=chart.initial,
        on={ANY_FAILURE: {}} if works else {},
        states=_states(chart, (id for id, node in chart.nodes.items() if node.parent is None)),
    )


def event_type(chart: Chart, event: str) -> str:
    """What XState calls an event; those from outside are called the same."""
    kind, _, id = event.partition(".")
    node = chart.nodes.get(id)
    if node is None:
        return event
    if kind == "after" and node.timer is not None:
        return f"xstate.after.{node.timer.delay}.{id}"
    return {
        "done": f"xstate.done.{'actor' if node.during else 'state'}.{id}",
        "failed": f"xstate.error.actor.{id}",
    }.get(kind, event)


# -- states -------------------------------------------------------------------------------------------------------


def _states(chart: Chart, ids: Iterable[str]) -> Config:
    return {id: _state(chart, chart.nodes[id]) for id in ids}


def _state(chart: Chart, node: Node) -> Config:
    if node.kind in HISTORIES:
        return _history(node)
    heard = _by_event(chart, node)
    invoke = _invoke(node, heard) if node.during else {}
    return _without_gaps(
        id=node.id,
        type=node.kind.value if node.kind in (Kind.PARALLEL, Kind.FINAL) else None,
        description=node.why,
        initial=node.initial,
        entry=_actions(node.entry),
        exit=_actions(node.exit),
        invoke=invoke,
        after={node.timer.delay: heard.pop(f"after.{node.id}")[0]} if node.timer else {},
        always=heard.pop(None, []),
        onDone=heard.pop(f"done.{node.id}", []),
        on={event_type(chart, event): gos for event, gos in heard.items() if event is not None},
        states=_states(chart, node.children),
    )


def _history(node: Node) -> Config:
    return _without_gaps(
        id=node.id, type="history", history=node.kind.value, target=_target(node.default[0]), description=node.why
    )


def _invoke(node: Node, heard: dict[str | None, list[Config]]) -> Config:
    """Takes what the work answers out of `heard`."""
    assert node.during is not None, "asked only of a state with work"
    return _without_gaps(
        id=node.id,
        src=node.during.name,
        input=node.during.args,
        onDone=heard.pop(f"done.{node.id}", []),
        onError=heard.pop(f"failed.{node.id}", []),
    )


def _by_event(chart: Chart, node: Node) -> dict[str | None, list[Config]]:
    heard: dict[str | None, list[Config]] = {}
    for transition in node.transitions:
        heard.setdefault(transition.event, []).append(_transition(chart, transition))
    return heard


# -- transitions --------------------------------------------------------------------------------------------------


def _transition(chart: Chart, transition: Transition) -> Config:
    targets = [_target(id) for id in (*transition.targets, *_left_as_well(chart, transition))]
    return _without_gaps(
        target=targets[0] if len(targets) == 1 else targets,
        guard=transition.guard,
        actions=_actions(transition.do),
        reenter=_stays_inside(chart, transition) and not transition.internal,
        description=transition.why,
    )


def _stays_inside(chart: Chart, transition: Transition) -> bool:
    source = transition.source
    return any(target == source or chart.inside(target, source) for target in transition.targets)


def _left_as_well(chart: Chart, transition: Transition) -> Iterator[str]:
    """The outermost of the parallel states that SCXML leaves and XState would not."""
    if transition.internal or not transition.targets:
        return
    outermost = None
    for ancestor in chart.ancestors[transition.source]:
        if all(chart.inside(target, ancestor) for target in transition.targets):
            if chart.nodes[ancestor].kind is not Kind.PARALLEL:
                break
            outermost = ancestor
    if outermost is not None:
        yield outermost


def _actions(actions: tuple[Action, ...]) -> list[Config]:
    return [_without_gaps(type=action.name, params=action.args) for action in actions]


def _target(id: str) -> str:
    """By id; XState reads a dot as a path."""
    return "#" + id.replace("\\", r"\\").replace(".", r"\.")


def _without_gaps(**members: Any) -> Config:
    return {name: value for name, value in members.items() if value not in (None, "", False, [], {}, ())}
