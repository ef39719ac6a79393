"""Transitions as people read them: from where to where, and the chart's own words on why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from lossy.why.replay import kind_of

if TYPE_CHECKING:
    from lossy.charts.model import Chart, Transition
    from lossy.charts.together import Charts
    from lossy.why.replay import Step


@frozen
class Passage:
    """A transition that was taken. `to` is empty where no state was left, `event` where there was none (`always`).

    Of one that is not in the charts of today nothing is known but what its id says.
    """

    chart: str
    id: str
    event: str
    source: str
    to: tuple[str, ...] = ()
    guard: str | None = None
    why: str = ""


def passages(charts: Charts, step: Step) -> tuple[Passage, ...]:
    """Those that the entry names, in order; `charts` are those of today."""
    return tuple(_passage(charts, step, each) for each in step.entry.taken)


def _passage(charts: Charts, step: Step, taken: str) -> Passage:
    name, _, id = taken.rpartition(":")
    chart = charts.get(kind_of(name))
    found = None if chart is None or not _is_of(chart, name, step) else _find(chart, id)
    if found is None or chart is None:
        source, event, _ = id.rsplit("/", 2)
        return Passage(name, id, "" if event == "always" else event, source)
    return Passage(name, id, found.event or "", found.source, found.targets, found.guard, _why(chart, found))


def _is_of(chart: Chart, name: str, step: Step) -> bool:
    """Whether the entry was recorded by that version of the chart; of a link that is newer than the last snapshot
    nobody knows, and it is believed.
    """
    return step.versions.get(name, chart.version) == chart.version


def _find(chart: Chart, id: str) -> Transition | None:
    return next((each for each in chart.transitions() if each.id == id), None)


def _why(chart: Chart, taken: Transition) -> str:
    """The transition's own words, else those of where it leads."""
    return taken.why or " ".join(filter(None, (chart.nodes[id].why for id in taken.targets)))
