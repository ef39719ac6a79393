"""A chart as the visualizer's page gets it: itself, its picture, and all that else is known of it, as JSON values.

visualizer/src/document.ts has the same as types.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from lossy.charts.diff import diff
from lossy.charts.diff_words import aside, line, told
from lossy.charts.export.mermaid import mermaid
from lossy.charts.export.plain import Values, values
from lossy.charts.export.scxml import scxml
from lossy.charts.export.xstate import xstate
from lossy.charts.fates import fates
from lossy.charts.model import Chart
from lossy.charts.table import Fate, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lossy.charts.diff import Change
    from lossy.charts.page import Facts

FORMAT = 1  # raised when a page of before could not read it


@frozen
class Counts:
    """How often each transition was taken, and each state active where that was counted, in what `label` names.

    `source` is where that stands and `at` when it was written, in ms since the Unix epoch, where it is a file.
    """

    label: str
    transitions: Mapping[str, int]
    states: Mapping[str, int] | None = None
    source: str | None = None
    at: int | None = None

    @property
    def values(self) -> Values:
        rows: Values = {"label": self.label, "transitions": dict(self.transitions)}
        others = {"states": self.states, "source": self.source, "at": self.at}
        return rows | {name: value for name, value in others.items() if value is not None}


@frozen
class Compared:
    """With the chart as it was, under the names that a person gave the two versions."""

    old: Chart
    old_name: str
    new_name: str


def view(
    chart: Chart,
    picture: str,
    facts: Facts,
    *,
    counts: Sequence[Counts] = (),
    compared: Compared | None = None,
) -> Values:
    """`picture` is its drawing, of both versions as one where it is `compared`."""
    return {
        "chart": values(chart),
        "digest": sha256(picture.encode()).hexdigest()[:16],
        "picture": picture,
        "delays": dict(facts.delays),
        "settings": [asdict(setting) for setting in facts.settings],
        "rules": {name: words.replace("`", "") for name, words in facts.rules.items()},
        "table": _table(chart),
        "exports": {"mermaid": mermaid(chart), "scxml": scxml(chart), "xstate": xstate(chart)},
        "counts": [each.values for each in counts],
        "difference": None if compared is None else _difference(chart, compared),
    }


def document(views: Sequence[Values], traces: Sequence[Sequence[Values]] = (), online: Values | None = None) -> Values:
    """What a page begins with. Online it is given names alone, and asks for the views."""
    return {
        "format": FORMAT,
        "charts": [each["chart"]["name"] for each in views],
        "views": {each["chart"]["name"]: each for each in views},
        "traces": [[*steps] for steps in traces],
        "notes": [],
        "online": online,
    }


def _table(chart: Chart) -> Values:
    found = table(chart)
    cells: dict[str, dict[str, Any]] = {state: {} for state in found.states}
    for (state, event), cell in found.cells.items():
        if cell.fate is not Fate.ELSEWHERE:
            told_of = {"fate": cell.fate.value, "at": cell.at, "why": cell.why, "transitions": [*cell.transitions]}
            cells[state][event] = told_of
    return {
        "states": [*found.states],
        "events": [*found.events],
        "regions": dict(found.regions),
        "cells": cells,
    }


def _difference(chart: Chart, compared: Compared) -> Values:
    return {
        "old": compared.old_name,
        "new": compared.new_name,
        "changes": [*_changes(diff(compared.old, chart))],
        "snapshots": [text.strip() for text in told(fates(compared.old, chart))],
    }


def _changes(changes: Iterable[Change]) -> Iterator[Values]:
    for change in changes:
        about = {"how": change.how, "what": change.what, "id": change.id, "state": change.state}
        yield {**about, "words": line(change), "aside": aside(change)}
