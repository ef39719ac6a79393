"""A chart as a Mermaid `stateDiagram-v2`, which GitHub and many editors draw.

Mermaid knows no history, so a history state is one called H or H*. It knows no transition that stays where it is:
such a reaction stands among the words of its state, as entry and exit actions do; those of a state with states inside
stand in a note beside it, because Mermaid gives such a state no more than its name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossy.charts.model import HISTORIES, Action, Chart, Kind, Node, Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INDENT = "    "
RESERVED = frozenset({"accdescr", "acctitle", "as", "class", "classdef", "click"}) | frozenset(
    {"default", "hide", "href", "note", "scale", "state", "style"}
)  # Mermaid reads them as its own words wherever a line begins with one, in any case


def mermaid(chart: Chart, *, notes: bool = False) -> str:
    """With `notes`, why a state is there stands beside it."""
    tops = [node for node in chart.nodes.values() if node.parent is None]
    lines = [*_inside(chart, chart.initial, tops)]
    for node in chart.nodes.values():
        # At the top: an arrow inside a state would draw both of its ends in there.
        lines += _arrows(chart, node)
    for node in chart.nodes.values():
        lines += _note(node, [node.why] if notes and node.why else [])
    return "\n".join(["stateDiagram-v2", *_indented(lines)]) + "\n"


def _inside(chart: Chart, initial: str, nodes: list[Node]) -> Iterator[str]:
    """Of a compound state or of the chart."""
    yield f"[*] --> {_id(chart.nodes[initial])}"
    for node in nodes:
        yield from _state(chart, node)


def _state(chart: Chart, node: Node) -> Iterator[str]:
    within = [chart.nodes[id] for id in node.children]
    if within:
        yield f"{_declared(node)} {{"
        yield from _indented(_regions(chart, within) if node.initial is None else _inside(chart, node.initial, within))
        yield "}"
    else:
        yield _declared(node)
        yield from (f"{_id(node)} : {line}" for line in _words(node))
    if node.kind is Kind.FINAL:
        yield f"{_id(node)} --> [*]"


def _regions(chart: Chart, within: list[Node]) -> Iterator[str]:
    """One after the other; history of the parallel state itself stands with the first."""
    regions = [node for node in within if node.kind not in HISTORIES]
    for history in (node for node in within if node.kind in HISTORIES):
        yield from _state(chart, history)
    for region in regions:
        if region is not regions[0]:
            yield "--"
        yield from _state(chart, region)


def _declared(node: Node) -> str:
    name = {Kind.SHALLOW: "H", Kind.DEEP: "H*"}.get(node.kind, node.id)
    if _id(node) != name:
        return f'state "{_safe(name)}" as {_id(node)}'
    return f"state {name}" if node.children else f"{name} : {name}"  # without a heading, the next words become it


def _arrows(chart: Chart, node: Node) -> Iterator[str]:
    for default in node.default:
        yield f"{_id(node)} --> {_id(chart.nodes[default])}"
    for transition in node.transitions:
        words = _trigger(node, transition)
        for target in transition.targets:
            yield f"{_id(node)} --> {_id(chart.nodes[target])}{' : ' * bool(words)}{words}"


# -- words --------------------------------------------------------------------------------------------------------


def _words(node: Node) -> Iterator[str]:
    """What a state does and what it answers without being left, one line each, the way UML writes it."""
    yield from (f"entry / {_action(action)}" for action in node.entry)
    if node.during is not None:
        yield f"do / {_action(node.during)}"
    yield from (f"exit / {_action(action)}" for action in node.exit)
    yield from (_trigger(node, transition) for transition in node.transitions if not transition.targets)


def _trigger(node: Node, transition: Transition) -> str:
    event = transition.event or ""
    if node.timer is not None and event == f"after.{node.id}":
        event = f"after {node.timer.delay}"
    guard = f"[{transition.guard}]" if transition.guard else ""
    actions = f"/ {', '.join(map(_action, transition.do))}" if transition.do else ""
    return _safe(" ".join(filter(None, (event, guard, actions))))


def _action(action: Action) -> str:
    args = ", ".join(f"{name}={value}" for name, value in action.args.items())
    return _safe(f"{action.name}({args})" if args else action.name)


def _note(node: Node, why: list[str]) -> Iterator[str]:
    lines = [*why, *(_words(node) if node.children else ())]
    if lines:
        yield f"note right of {_id(node)}"
        yield from _indented(_safe(line) for line in lines)
        yield "end note"


def _id(node: Node) -> str:
    """The state's own, unless Mermaid would not read it as a name."""
    return node.id if re.fullmatch(r"\w+", node.id) and node.id.lower() not in RESERVED else f"state_{node.order}"


def _safe(words: str) -> str:
    """Without what ends a label."""
    return words.replace(":", "=").replace(";", ",").replace('"', "'").replace("\n", " ")


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (INDENT + line for line in lines)
