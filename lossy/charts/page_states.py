"""The parts of a page that follow the tree of states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.draw.wording import duration
from lossy.charts.load import SEND
from lossy.charts.markdown import code, codes, grid
from lossy.charts.model import AFTER, Kind, Restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lossy.charts.model import Action, Chart, Node, Transition

INDENT = "&emsp;"
KINDS = {
    Kind.COMPOUND: "begins in {initial}",
    Kind.PARALLEL: "all of its regions at once",
    Kind.FINAL: "an end",
    Kind.SHALLOW: "history: back to the state that was active last, at first {default}",
    Kind.DEEP: "deep history: back to all that was active last, at first {default}",
}
RESTORED = {
    Restore.ABSOLUTE: "`absolute`: the time went on",
    Restore.REMAINING: "`remaining`: it has as long as it had left",
    Restore.RESTART: "`restart`: it begins anew",
}


def states(chart: Chart) -> str:
    rows = ([_name(chart, node), _kind(node), node.why, _done(node)] for node in chart.nodes.values())
    return grid(["state", "", "what it is for", "what is done"], rows)


def timers(chart: Chart, delays: Mapping[str, int]) -> str:
    timed = (node for node in chart.nodes.values() if node.timer is not None)
    return grid(
        ["in", "after", "default", "to", "if", "do", "after a restart", "why"],
        (_timer(node, delays) for node in timed),
    )


def transitions(chart: Chart) -> Iterator[str]:
    """A table for each state that has any. Timers have their own."""
    yield (
        "Of several on one event the first whose guard holds is taken; a state inside comes before the one around it. "
        "In a journal or a report `state/event/1` is the second on that event in that state."
    )
    for node in chart.nodes.values():
        rows = [_transition(transition, node) for transition in node.transitions if not _is_timer(transition)]
        if rows:
            yield f"### `{node.id}`\n\n" + grid(["on", "if", "to", "do", "why"], rows)


def actions(done: Iterable[Action]) -> str:
    return ", ".join(map(_action, done))


def _name(chart: Chart, node: Node) -> str:
    return INDENT * len(chart.ancestors[node.id]) + code(node.id)


def _kind(node: Node) -> str:
    default = codes(node.default)
    return KINDS.get(node.kind, "").format(initial=code(node.initial or ""), default=default)


def _done(node: Node) -> str:
    said = [
        f"on entry {actions(node.entry)}" if node.entry else "",
        f"while in it {_action(node.during)}" if node.during else "",
        f"on exit {actions(node.exit)}" if node.exit else "",
    ]
    return "; ".join(part for part in said if part)


def _timer(node: Node, delays: Mapping[str, int]) -> list[str]:
    timer = node.timer
    assert timer is not None, "the caller asked"
    (fired,) = (transition for transition in node.transitions if _is_timer(transition))
    default = duration(delays[timer.delay]) if timer.delay in delays else "worked out by a rule"
    guard = code(fired.guard) if fired.guard else ""
    return [
        code(node.id),
        code(timer.delay),
        default,
        _to(fired),
        guard,
        actions(fired.do),
        RESTORED[timer.restore],
        fired.why,
    ]


def _is_timer(transition: Transition) -> bool:
    return transition.event == AFTER + transition.source


def _transition(transition: Transition, node: Node) -> list[str]:
    tried = node.transitions[: node.transitions.index(transition)]
    other = "otherwise" if any(one.event == transition.event for one in tried) else ""
    on = code(transition.event) if transition.event else "at once"
    return [
        on,
        code(transition.guard) if transition.guard else other,
        _to(transition),
        actions(transition.do),
        transition.why,
    ]


def _to(transition: Transition) -> str:
    if not transition.targets:
        return "stays"
    kept = f", {code(transition.source)} is not left" if transition.internal else ""
    return codes(transition.targets) + kept


def _action(action: Action) -> str:
    if action.name == SEND:
        to = action.args.get("to")
        return f"send `{action.args.get('event')}` to [{to}]({to}.md)"
    args = ", ".join(f"{name}: {value}" for name, value in action.args.items())
    return code(f"{action.name} {{{args}}}" if args else action.name)
