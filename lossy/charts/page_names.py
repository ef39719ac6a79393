"""The parts of a page that follow the names in a chart: events, rules, effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.markdown import code, codes, grid
from lossy.charts.model import LATER
from lossy.charts.origins import CHART
from lossy.charts.page_planned import planned
from lossy.charts.table import LEGEND, symbol, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lossy.charts.model import Chart
    from lossy.charts.table import Table

ANSWERS = {"done": "the work of `{id}` is done, or its final state reached", "failed": "the work of `{id}` failed"}


def events(chart: Chart) -> str:
    return grid(["event", "sent by", "in words", "heard in"], [*_outside(chart), *_answers(chart)])


def fates(chart: Chart) -> Iterator[str]:
    """A table for each region, with a column for each of its states."""
    found = table(chart)
    yield LEGEND
    for region in dict.fromkeys(found.regions.values()):
        yield (f"In `{region}`:\n\n" if region else "") + _fates(found, region)
    yield grid(["ignored in", "event", "because"], _ignored(chart))


def rules(chart: Chart, words: Mapping[str, str]) -> Iterator[str]:
    """The guards and updates that the chart names."""
    guards = dict.fromkeys(transition.guard for transition in chart.transitions() if transition.guard)
    updates = dict.fromkeys(name for name in _done(chart) if name in chart.names.updates)
    yield f"Pure functions of data and event, in [`{chart.name}.py`](../../lossy/domain/{chart.name}.py)."
    yield grid(["guard", "holds when"], ([code(name), words.get(name, "")] for name in guards))
    yield grid(["update", "what becomes of the data"], ([code(name), words.get(name, "")] for name in updates))


def effects(chart: Chart) -> str:
    declared = [(origin, *each) for origin, names in chart.effects.items() for each in names.items()]
    rows = [[code(name), _origin(origin), words, codes(_where(chart, name))] for origin, name, words in declared]
    return grid(["effect or work", "performed by", "in words", "asked for in"], rows)


# -- events -------------------------------------------------------------------------------------------------------


def _outside(chart: Chart) -> Iterator[list[str]]:
    for origin, events in chart.hears.items():
        for event, words in events.items():
            yield [code(event), _origin(origin), words, _heard(chart, event)]


def _answers(chart: Chart) -> Iterator[list[str]]:
    heard = dict.fromkeys(transition.event for transition in chart.transitions() if transition.event)
    for event in (event for event in heard if event.partition(".")[0] in ANSWERS and "." in event):
        kind, _, id = event.partition(".")
        yield [code(event), "the chart itself", ANSWERS[kind].format(id=id), _heard(chart, event)]


def _heard(chart: Chart, event: str) -> str:
    return codes(dict.fromkeys(transition.source for transition in chart.transitions() if transition.event == event))


def _origin(origin: str) -> str:
    if origin.startswith(LATER):
        return planned(origin.removeprefix(LATER))
    if origin.startswith(CHART):
        name = origin.removeprefix(CHART)
        return f"the chart [{name}]({name}.md)"
    return f"[{origin}](../../lossy/{origin.replace('.', '/')}.py)"


# -- what becomes of them -----------------------------------------------------------------------------------------


def _fates(found: Table, region: str | None) -> str:
    states = [state for state in found.states if found.regions[state] == region]
    rows = [[code(event), *(symbol(found, state, event) for state in states)] for event in found.events]
    return grid(["event", *map(code, states)], (row for row in rows if any(row[1:])))


def _ignored(chart: Chart) -> Iterator[list[str]]:
    for node in chart.nodes.values():
        for why in dict.fromkeys(node.ignores.values()):
            yield [code(node.id), codes(event for event, said in node.ignores.items() if said == why), why]


# -- rules and effects --------------------------------------------------------------------------------------------


def _done(chart: Chart) -> Iterator[str]:
    return (name for _, name in _asked(chart))


def _where(chart: Chart, name: str) -> list[str]:
    return list(dict.fromkeys(state for state, asked in _asked(chart) if asked == name))


def _asked(chart: Chart) -> Iterator[tuple[str, str]]:
    """Each state with the updates, effects and work it names, in document order."""
    for node in chart.nodes.values():
        done = [*node.entry, *([node.during] if node.during else []), *node.exit]
        done += [action for transition in node.transitions for action in transition.do]
        yield from ((node.id, action.name) for action in done)
