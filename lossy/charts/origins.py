"""Who sends a chart's events and who performs its effects: what `hears` and `effects` say, held against the chart.

An origin is a module of the code (`web.voice`), another chart (`chart agent`), or `later E2` while nobody has
written it, with the letter and number of the capability it comes with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from lossy.charts.finding import Finding
from lossy.charts.load import SEND, actions
from lossy.charts.model import LATER, Chart
from lossy.charts.reach import path, path_of, reached, takeable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CHART = "chart "
FORMS = re.compile(r"later [A-O]\d|chart \w+|[a-z_]+(\.[a-z_]+)*")
# What a person or a browser does: access, buttons, notes, the extension, the simulated reviewer. The rest of the
# capabilities is the server's own doing, or another node's.
CLIENTS = re.compile(r"(web|sim)\b|later ([ABDLN]|C2|F1)")


@frozen
class Later:
    """A promise: an event that nobody sends yet, or an effect that nobody performs yet."""

    capability: str
    chart: str
    verb: str
    name: str
    words: str


def is_client(origin: str) -> bool:
    """Whether what comes from there stays away when the client is gone."""
    return CLIENTS.match(origin) is not None


def senders(chart: Chart, event: str) -> list[str]:
    return [origin for origin, events in chart.hears.items() if event in events]


def later(chart: Chart) -> Iterator[Later]:
    for verb, origins in (("hears", chart.hears), ("performs", chart.effects)):
        for origin in (origin for origin in origins if origin.startswith(LATER)):
            for name, words in origins[origin].items():
                yield Later(origin.removeprefix(LATER), chart.name, verb, name, words)


def origin_findings(chart: Chart) -> Iterator[Finding]:
    """Origins that are none, effects and work that nobody is said to perform, and declared ones that nobody uses."""
    for key, origins in (("hears", chart.hears), ("effects", chart.effects)):
        for origin in (origin for origin in origins if not FORMS.fullmatch(origin)):
            yield Finding(
                "origin",
                chart.name,
                f"$.{key}[{origin!r}]",
                f"{origin!r} is no origin. Name a module such as web.voice, a chart such as `chart agent`, "
                "or what it comes with, such as `later E2`.",
            )
    used, declared = dict(_used(chart)), {name for names in chart.effects.values() for name in names}
    for name in used.keys() - declared:
        words = (
            f"{name!r} is performed by nobody. Put it under `effects:`, in the group of the module that performs it."
        )
        yield Finding("effect", chart.name, used[name], words)
    for origin, names in chart.effects.items():
        for name in names.keys() - used.keys():
            words = f"no state and no transition names {name!r}. Take it out, or name it where it is to happen."
            yield Finding("effect", chart.name, f"$.effects[{origin!r}]", words)


def _used(chart: Chart) -> Iterator[tuple[str, str]]:
    """Each effect and work that the chart names, with one place where it does; `send` goes without saying."""
    for action, where in actions(chart):
        if action.name not in chart.names.updates and action.name != SEND:
            yield action.name, where
    for node in chart.nodes.values():
        if node.during is not None:
            yield node.during.name, f"{path(chart, node.id)}.during"


# -- charts that speak to each other ------------------------------------------------------------------------------


def sent(chart: Chart) -> Mapping[tuple[str, str], str]:
    """Every (chart, event) that it sends, in what is entered, left or taken at all, with one place where it does."""
    live = reached(chart)
    at = {path(chart, id) for id in live} | {path_of(chart, t) for t in takeable(chart, live)}
    sends = ((action, where) for action, where in actions(chart) if action.name == SEND)
    return {
        (str(action.args.get("to")), str(action.args.get("event"))): where
        for action, where in sends
        if where.rpartition(".")[0] in at
    }


def sending_findings(charts: Iterable[Chart]) -> Iterator[Finding]:
    """What a chart sends and its receiver does not say that it hears, and the other way round."""
    by_name = {chart.name: chart for chart in charts}
    sends = {name: sent(chart) for name, chart in by_name.items()}
    for name in by_name:
        for (to, event), where in sends[name].items():
            if to not in by_name:
                yield Finding("send", name, where, f"{event!r} is sent to {to!r}, and there is no such chart.")
            elif event not in by_name[to].hears.get(CHART + name, {}):
                words = f"sends {event!r} to {to!r}, which does not say so. Put it there, under `hears: {CHART}{name}`."
                yield Finding("send", name, where, words)
    for name, chart in by_name.items():
        for origin in (origin for origin in chart.hears if origin.startswith(CHART)):
            for event in chart.hears[origin]:
                if (name, event) not in sends.get(origin.removeprefix(CHART), {}):
                    words = f"{origin} never sends {event!r} to {name}. Send it there, or take it out here."
                    yield Finding("send", name, f"$.hears[{origin!r}]", words)
