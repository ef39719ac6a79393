"""States that only the client leads out of: should it be gone, the chart stays there for ever.

Asked of charts that have an end. One without, such as that of a note or of a flag, may wait for a person for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.finding import Finding
from lossy.charts.model import Chart, Kind, Transition
from lossy.charts.origins import is_client, senders
from lossy.charts.reach import addressee, entered, heard, is_misplaced, path, resting, tried

if TYPE_CHECKING:
    from collections.abc import Iterator

ADVICE = "give it, or a state around it, a timer, work, or an event of the server's own that leads out."


def stuck(chart: Chart) -> Iterator[Finding]:
    if not any(node.kind is Kind.FINAL and node.parent is None for node in chart.nodes.values()):
        return
    for leaf in resting(chart):
        events = {transition.event for transition in heard(chart, leaf) if not is_misplaced(chart, transition)}
        if any(_leads_on(chart, leaf, event) for event in events):
            continue
        yield from (_spent(chart, leaf, timer) for timer in _timers(chart, leaf))
        if not _timers(chart, leaf):
            words = f"only the client leads out of it; without one the chart stays here for ever: {ADVICE}"
            yield Finding("way out", chart.name, path(chart, leaf), words)


def _spent(chart: Chart, leaf: str, timer: Transition) -> Finding:
    fails = f"{timer.guard!r} declines" if timer.guard else "it has fired, which leads nowhere else"
    words = f"once {fails}, its timer is spent, and in {leaf!r} only the client leads on: {ADVICE}"
    return Finding("spent timer", chart.name, f"{path(chart, timer.source)}.after", words)


def _timers(chart: Chart, leaf: str) -> list[Transition]:
    return [transition for transition in heard(chart, leaf) if transition.event == f"after.{transition.source}"]


def _leads_on(chart: Chart, leaf: str, event: str | None) -> bool:
    """Whether `event` comes without the client and is sure to lead out of `leaf`, sooner or later.

    An event of the server's own may come again when a guard declines it; a timer and an answer come once.
    """
    transitions = tried(chart, leaf, event)
    if event is None:
        return False  # a resting state's eventless transitions are guarded, and without events data stays as it is
    if addressee(event) is None:
        leads = any(_leaves(chart, transition, leaf) for transition in transitions)
        return leads and not all(map(is_client, senders(chart, event)))
    kind, _, id = event.partition(".")
    if kind == "after" or chart.nodes[id].during is None or not _around(chart, leaf, id):
        return _surely(chart, leaf, event)
    return _surely(chart, leaf, f"done.{id}") and _surely(chart, leaf, f"failed.{id}")


def _surely(chart: Chart, leaf: str, event: str) -> bool:
    transitions = tried(chart, leaf, event)
    return (
        bool(transitions)
        and transitions[-1].guard is None
        and all(_leaves(chart, transition, leaf) for transition in transitions)
    )


def _leaves(chart: Chart, transition: Transition, leaf: str) -> bool:
    return bool(transition.targets) and leaf not in entered(chart, transition)


def _around(chart: Chart, leaf: str, id: str) -> bool:
    return id == leaf or chart.inside(leaf, id)
