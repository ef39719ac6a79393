"""What is wrong with a chart that loads: it would run, and not do what its author meant.

`findings` looks at one chart, `findings_together` at what charts say of each other. Whether the code does what a
chart says of it is for `lossy/sessions/sources.py`, which reads that code.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

from lossy.charts.finding import Finding
from lossy.charts.model import HISTORIES, Chart, Kind, Transition
from lossy.charts.origins import origin_findings, sending_findings
from lossy.charts.reach import addressee, domain, entered, is_misplaced, meeting, path, path_of, reached, takeable
from lossy.charts.stuck import stuck
from lossy.charts.table import Fate, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def findings(chart: Chart) -> tuple[Finding, ...]:
    """In the order of the checks, and within one in that of the file."""
    checks = (
        _unreachable,
        _shadowed,
        _dead,
        _misplaced,
        _conflicting,
        _endless,
        stuck,
        _forgotten,
        _idle_ignores,
        _unexplained,
        origin_findings,
    )
    return tuple(chain.from_iterable(check(chart) for check in checks))


def findings_together(charts: Iterable[Chart]) -> tuple[Finding, ...]:
    return tuple(sending_findings(charts))


def _unreachable(chart: Chart) -> Iterator[Finding]:
    live = reached(chart)
    for id in (id for id in chart.nodes if id not in live):
        words = "only transitions that are never taken lead here. Mend one of them, or take the state out."
        yield Finding("unreachable state", chart.name, path(chart, id), words)


def _shadowed(chart: Chart) -> Iterator[Finding]:
    live = reached(chart)
    taken = takeable(chart, live)
    for transition in chart.transitions():
        if transition in taken or transition.source not in live or is_misplaced(chart, transition):
            continue
        yield Finding("shadowed transition", chart.name, path_of(chart, transition), _shadow(chart, transition))


def _shadow(chart: Chart, transition: Transition) -> str:
    tried = [other for other in chart.nodes[transition.source].transitions if other.event == transition.event]
    if any(other.guard == transition.guard for other in tried[: tried.index(transition)]):
        return f"never taken: {transition.guard!r} has declined before, in the same list. Take one of the two out."
    what = repr(transition.event) if transition.event else "`always`"
    return (
        f"never taken: every state inside {transition.source!r} has a transition of its own on {what} that comes "
        "first. Take this one out, or let one of those decline."
    )


def _dead(chart: Chart) -> Iterator[Finding]:
    taken = {transition.event for transition in takeable(chart, reached(chart))}
    for sender, events in chart.hears.items():
        for event in (event for event in events if event not in taken):
            words = f"{event!r} is heard only where nothing is ever taken. Hear it elsewhere, or take it out."
            yield Finding("dead event", chart.name, f"$.hears[{sender!r}]", words)


def _misplaced(chart: Chart) -> Iterator[Finding]:
    for transition in (transition for transition in chart.transitions() if is_misplaced(chart, transition)):
        words = (
            f"never taken, or too late: {transition.event!r} comes while {addressee(transition.event)!r} is active, "
            f"and {transition.source!r} is not active then. Hear it in that state or around it."
        )
        yield Finding("misplaced answer", chart.name, path_of(chart, transition), words)


def _conflicting(chart: Chart) -> Iterator[Finding]:
    """Two regions that may both answer one event, where one of them leads out of both: the later one is dropped."""
    moving = [transition for transition in takeable(chart, reached(chart)) if transition.targets]
    for first, second in combinations(moving, 2):
        around = meeting(chart, first.source, second.source)
        if first.event != second.event or around is None or not _drops(chart, first, second):
            continue
        on = f"on {first.event!r}" if first.event else "at once"
        words = (
            f"may be taken {on} together with {first.id}, in another region of {around!r}, and one of the two leaves "
            "both regions: this one would be dropped without a word. Hear the event once, around both, or keep each "
            "transition inside its region."
        )
        yield Finding("conflicting transitions", chart.name, path_of(chart, second), words)


def _drops(chart: Chart, first: Transition, second: Transition) -> bool:
    """Whether `second` is lost for good when both are enabled; an eventless one has another turn, if still active."""
    one, other = domain(chart, first), domain(chart, second)
    if first.event is None or one is None:
        return chart.inside(second.source, one)
    return other is None or one == other or chart.inside(one, other) or chart.inside(other, one)


def _endless(chart: Chart) -> Iterator[Finding]:
    """Eventless transitions without a guard that lead straight back to where they are taken."""
    at_once = (t for t in takeable(chart, reached(chart)) if t.event is None and t.guard is None)
    for transition in at_once:
        if transition.internal or transition.source in entered(chart, transition):
            words = (
                f"leads back into {transition.source!r} at once, again and again: the chart never comes to rest. "
                "Let it lead elsewhere, or give it a guard."
            )
            yield Finding("endless always", chart.name, path_of(chart, transition), words)


def _forgotten(chart: Chart) -> Iterator[Finding]:
    fates = table(chart)
    for state in fates.states:
        events = [event for event in fates.events if fates.cells[state, event].fate is Fate.FORGOTTEN]
        if events:
            words = (
                f"nothing is said of {', '.join(map(repr, events))} here. Hear what matters, here or around it, and "
                "list the rest under `ignores:`, with the reason."
            )
            yield Finding("forgotten event", chart.name, path(chart, state), words)


def _idle_ignores(chart: Chart) -> Iterator[Finding]:
    cells = table(chart).cells
    covering = {(cell.at, event) for (_, event), cell in cells.items() if cell.fate is Fate.IGNORED}
    for node in chart.nodes.values():
        for event in (event for event in node.ignores if (node.id, event) not in covering):
            words = (
                f"nobody would look for {event!r} here: it is heard or ignored further in, or is no concern of this "
                "region. Take it out."
            )
            yield Finding("idle ignores", chart.name, f"{path(chart, node.id)}.ignores[{event!r}]", words)


def _unexplained(chart: Chart) -> Iterator[Finding]:
    for node in chart.nodes.values():
        if not node.why and node.kind is not Kind.FINAL and node.kind not in HISTORIES:
            words = "says no `why:`. One line: what it is for, or what goes on in it."
            yield Finding("no why", chart.name, path(chart, node.id), words)
