"""A chart as SCXML 1.0 (W3C Recommendation). What is no state and no transition becomes what SCXML has for it:

| ours | SCXML |
|---|---|
| guard | `cond`, its name |
| update | `<assign location="data">` of its name with its arguments in brackets |
| effect | `<send target="#_effects">` of its name, with its arguments as `<param>` |
| `send` to another chart | `<send target="#_CHART">` |
| timer | `<send event="after.STATE" delayexpr="delays.NAME">` on entry, `<cancel>` on exit |
| work | `<invoke id="work.STATE">`, which ends in `done.invoke.work.STATE`; `failed.STATE` comes from outside |

The expressions are Python's and name what the charts' tables hold; a processor without those tables refuses the
document for its `datamodel`, which is better than one that takes every guard for false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Comment, Element, SubElement, indent, tostring

from lossy.charts.export.plain import is_effect
from lossy.charts.load import SEND
from lossy.charts.model import HISTORIES, Action, Chart, Data, Kind, Node, Transition

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "http://www.w3.org/2005/07/scxml"


def scxml(chart: Chart) -> str:
    root = _element("scxml", xmlns=NAMESPACE, version="1.0", datamodel="python", name=chart.name, initial=chart.initial)
    _explain(root, chart.why)
    for node in chart.nodes.values():
        if node.parent is None:
            _add_state(chart, node, root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def scxml_event(chart: Chart, event: str) -> str:
    """What SCXML calls an event: the end of a state and that of work have names of their own."""
    kind, _, id = event.partition(".")
    if kind != "done" or id not in chart.nodes:
        return event
    return f"done.{'invoke.work' if chart.nodes[id].during else 'state'}.{id}"


def _add_state(chart: Chart, node: Node, parent: Element) -> None:
    tag = {Kind.PARALLEL: "parallel", Kind.FINAL: "final"}.get(node.kind, "state")
    if node.kind in HISTORIES:
        _add_history(node, parent)
        return
    state = _element(tag, parent, id=node.id, initial=node.initial)
    _explain(state, node.why)
    _add_content(chart, state, "onentry", node.entry, _timer_started(node))
    _add_content(chart, state, "onexit", node.exit, _timer_stopped(node))
    if node.during is not None:
        work = _element("invoke", state, id=f"work.{node.id}", type="work", srcexpr=repr(node.during.name))
        _add_params(work, node.during.args)
    for transition in node.transitions:
        _add_transition(chart, transition, state)
    for child in node.children:
        _add_state(chart, chart.nodes[child], state)


def _add_history(node: Node, parent: Element) -> None:
    history = _element("history", parent, id=node.id, type=node.kind.value)
    _explain(history, node.why)
    _element("transition", history, target=" ".join(node.default))


def _add_transition(chart: Chart, transition: Transition, state: Element) -> None:
    element = _element(
        "transition",
        state,
        event=transition.event and scxml_event(chart, transition.event),
        cond=transition.guard,
        target=" ".join(transition.targets) or None,
        type="internal" if transition.internal else None,
    )
    _explain(element, transition.why)
    _add_actions(chart, element, transition.do)


# -- what is done -------------------------------------------------------------------------------------------------


def _add_content(chart: Chart, state: Element, tag: str, actions: tuple[Action, ...], timer: list[Element]) -> None:
    """As a step does it: the timer is started after the entry actions and stopped before the exit actions."""
    if actions or timer:
        block = SubElement(state, tag)
        block.extend(timer if tag == "onexit" else ())
        _add_actions(chart, block, actions)
        block.extend(timer if tag == "onentry" else ())


def _timer_started(node: Node) -> list[Element]:
    event = f"after.{node.id}"
    return [_element("send", event=event, id=event, delayexpr=f"delays.{node.timer.delay}")] if node.timer else []


def _timer_stopped(node: Node) -> list[Element]:
    return [_element("cancel", sendid=f"after.{node.id}")] if node.timer else []


def _add_actions(chart: Chart, block: Element, actions: Iterable[Action]) -> None:
    for action in actions:
        if action.name == SEND:
            _element("send", block, event=str(action.args["event"]), target=f"#_{action.args['to']}")
        elif is_effect(chart, action):
            _add_params(_element("send", block, event=action.name, target="#_effects"), action.args)
        else:
            _element("assign", block, location="data", expr=f"{action.name}[{dict(action.args)!r}]")


def _add_params(element: Element, args: Data) -> None:
    for name, value in args.items():
        _element("param", element, name=name, expr=repr(value))


def _element(tag: str, parent: Element | None = None, /, **attributes: str | None) -> Element:
    given = {name: value for name, value in attributes.items() if value is not None}
    return Element(tag, given) if parent is None else SubElement(parent, tag, given)


def _explain(element: Element, why: str) -> None:
    """As a comment, in which no two hyphens may follow each other."""
    if why:
        element.append(Comment(f" {why.replace('--', '- -')} "))
