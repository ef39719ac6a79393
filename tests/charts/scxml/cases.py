"""The cases as they are written in the YAML files beside this one, and the names that their charts use."""

from __future__ import annotations

import json
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from attrs import frozen

from lossy.charts.load import load
from lossy.charts.model import Chart, Data, Guard, Names, Update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Doc = dict[str, Any]

NAME = "case"  # of every chart here, so that one can `send` to itself
WORK = "dig"
NOWHERE = "assign"  # the one name that is in no table; any other word may be an effect
DELAYS = {"half": 500, "second": 1_000, "longer": 1_500}  # ms
DATA: Data = {"n": 0, "event": "none remembered", "delays": DELAYS}

GUARDS: dict[str, Guard] = {
    "ever": lambda data, event: True,
    "never": lambda data, event: False,
    "none_yet": lambda data, event: data["n"] == 0,
    "once": lambda data, event: data["n"] == 1,
    "twice": lambda data, event: data["n"] == 2,
    "is_foo": lambda data, event: event.name == "foo",
    "remembers_foo": lambda data, event: data["event"] == "foo",
    "remembers_no_event": lambda data, event: data["event"] == "",
}
UPDATES: dict[str, Update] = {
    "count": lambda data, event: {**data, "n": data["n"] + 1},
    "put": lambda data, event, n: {**data, "n": n},
    "remember": lambda data, event: {**data, "event": event.name},
}


@frozen
class Expected:
    """What an event does. `start` enters the chart; a number lets so many milliseconds pass."""

    event: str | int
    active: frozenset[str]
    effects: tuple[str, ...]


@frozen
class Case:
    """A chart and what is to come of it: rows of events that each begin anew."""

    id: str
    asks: str
    doc: Doc
    runs: tuple[tuple[Expected, ...], ...]
    says: str  # why a chart that must not load is refused

    def chart(self) -> Chart:
        """Raises ChartError where the chart is refused."""
        effects = frozenset(_words(self.doc["states"])) - {NOWHERE}
        return load(json.dumps(self.doc), Names(GUARDS, UPDATES, effects, frozenset({WORK}), frozenset(DELAYS)))


def read(file: str) -> list[Case]:
    docs = yaml.safe_load(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return [_case(id, doc) for id, doc in docs.items()]


def _case(id: str, doc: Doc) -> Case:
    runs = tuple(tuple(starmap(_expected, run)) for run in doc.pop("runs", ()))
    asks, says = doc.pop("asks"), doc.pop("says", "")
    heard = {event: "" for event in _events(doc["states"]) if "." not in event}
    return Case(id, asks, {"name": NAME, "hears": {"the suite": heard}, **doc}, runs, says)


def _expected(event: str | int, active: list[str], effects: list[str]) -> Expected:
    return Expected(event, frozenset(active), tuple(effects))


def _events(states: Mapping[str, Doc]) -> Iterator[str]:
    for doc in states.values():
        yield from doc.get("events", ())
        yield from _events(doc.get("states", {}))


def _words(doc: Any) -> Iterator[str]:
    """Every name in a document, wherever it stands."""
    match doc:
        case str():
            yield doc
        case dict():
            for key, value in doc.items():
                yield from (key, *_words(value))
        case list():
            for value in doc:
                yield from _words(value)
