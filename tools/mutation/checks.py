"""What `lossy charts check`, or the start of the server, says of a mutant and not of its chart."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from lossy.charts.check import findings, findings_together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.charts.model import Chart


def finding(charts: Mapping[str, Chart], mutated: Chart) -> str:
    """The first finding, in words; empty where there is none."""
    chart = charts[mutated.name]
    known = {*_findings(charts)}
    new = (found for found in _findings({**charts, mutated.name: mutated}) if found not in known)
    unnamed = (f"nothing uses {name!r}" for name in sorted(_named(chart) - _named(mutated)))
    return next(chain(new, unnamed), "")


def _findings(charts: Mapping[str, Chart]) -> Iterator[str]:
    each = (findings(chart) for chart in charts.values())
    for found in (*chain.from_iterable(each), *findings_together(charts.values())):
        if found.severity == "error":
            yield f"{found.kind} @ {found.path}: {found.words}"


def _named(chart: Chart) -> set[str]:
    """The rules that it uses: a guard that is negated is used."""
    transitions = [*chart.transitions()]
    used = {(transition.guard or "").removeprefix("not_") for transition in transitions}
    used |= {action.name for transition in transitions for action in transition.do}
    used |= {action.name for node in chart.nodes.values() for action in (*node.entry, *node.exit)}
    return used & (chart.names.guards.keys() | chart.names.updates.keys())
