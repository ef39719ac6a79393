"""Two versions of a chart drawn as one: every state and transition of either, each with what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from lossy.charts.diff import Change, diff
from lossy.charts.fields import merged_order
from lossy.charts.model import Chart, Kind, Node, Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.charts.draw.marks import Mark

OLD = "old:"  # before the id of a transition as it was, which the later file has no more, or has otherwise


def merged(old: Chart, new: Chart) -> tuple[Chart, Mapping[str, Mark]]:
    """A chart to be looked at, and never stepped, with the marks of its states and transitions by id."""
    changes = [change for change in diff(old, new) if change.state is not None and not change.quiet]
    order = merged_order(old, new)
    gone = _gone(old, changes)
    nodes = {id: _node(id, i, old, new, gone.get(id, ())) for i, id in enumerate(order)}
    nodes = {id: _with_children(node, nodes) for id, node in nodes.items()}
    chart = Chart(
        name=new.name,
        version=new.version,
        why=new.why,
        initial=new.initial,
        nodes=nodes,
        hears=new.hears,
        effects=new.effects,
        invariants=new.invariants,
        migrations=new.migrations,
        names=new.names,
    )
    return chart, _marks(changes, gone)


def _gone(old: Chart, changes: list[Change]) -> dict[str, tuple[Transition, ...]]:
    """By state, its transitions that are no more, and those that lead elsewhere now, under ids of their own."""
    ids = {_before(change) for change in changes if change.how == "removed" or _leads_elsewhere(change)}
    return {
        node.id: tuple(evolve(each, id=OLD + each.id) for each in node.transitions if each.id in ids)
        for node in old.nodes.values()
    }


def _before(change: Change) -> str | None:
    """The id that the change's transition had in the earlier file."""
    return _fired(change.id) if change.what == "timer" else change.earlier or change.id


def _leads_elsewhere(change: Change) -> bool:
    return change.earlier is not None and any(detail.field == "to" for detail in change.details)


def _fired(state: str) -> str:
    return f"{state}/after.{state}/0"


def _node(id: str, order: int, old: Chart, new: Chart, gone: tuple[Transition, ...]) -> Node:
    node = new.nodes.get(id) or old.nodes[id]
    was = old.nodes.get(id, node)
    transitions = node.transitions if id in new.nodes else ()
    return evolve(node, order=order, timer=node.timer or was.timer, transitions=(*transitions, *gone))


def _with_children(node: Node, nodes: Mapping[str, Node]) -> Node:
    """Those that are no more are inside it still; a state that had some and has none now is drawn as it was."""
    children = tuple(other.id for other in nodes.values() if other.parent == node.id)
    bare = node.kind not in (Kind.COMPOUND, Kind.PARALLEL)
    return evolve(node, children=children, kind=Kind.COMPOUND if bare and children else node.kind)


def _marks(changes: list[Change], gone: Mapping[str, tuple[Transition, ...]]) -> dict[str, Mark]:
    marks: dict[str, Mark] = {each.id: "removed" for transitions in gone.values() for each in transitions}
    for change in changes:
        if change.what == "state":
            marks[change.id] = "changed" if change.how == "moved" else change.how
        elif change.how != "removed":
            id = _fired(change.id) if change.what == "timer" else change.id
            marks[id] = "added" if change.how == "added" else "changed"
    return marks
