"""A chart driven by hand: its timers fire when they are due, and every step is judged by the chart's invariants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
from attrs import define, field

from lossy.charts.load import load
from lossy.charts.model import Chart, Data, Effect, Event, Move, State, Taken, dump, read
from lossy.charts.step import next_timer, resume, start, step
from lossy.resources import folder
from lossy.sessions.catalog import load_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

T = 1_000_000  # when a machine starts; before it is the past
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
TIMERS = {"start_timer", "stop_timer"}
CHARTS = load_all(folder("statecharts"))


class BrokenError(AssertionError):
    """A step after which an invariant does not hold; the message names it."""


@define(eq=False)
class Driven:
    chart: Chart
    data: Data
    at: int = T
    state: State = field(init=False)
    moves: list[Move] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        state, effects = start(self.chart, self.data, self.at)
        self._moved(Move(State(), Event("", self.at), state, effects, Taken((), known=True)))

    def hear(self, name: str, after: int = SECOND, **payload: object) -> Self:
        """An event so long after the latest, and before it every timer that is due by then."""
        self.wait(after)
        return self.step(Event(name, self.at, payload))

    def wait(self, ms: int) -> Self:
        until = self.at + ms
        while (timer := next_timer(self.state)) is not None and timer[0] <= until:
            self.step(Event(timer[1], timer[0]))
        self.at = until
        return self

    def step(self, event: Event) -> Self:
        before = self.state
        state, effects, taken = step(self.chart, before, event)
        self.at = max(self.at, event.at)
        self._moved(Move(before, event, state, effects, taken))
        return self

    def restored(self, away_ms: int = 0) -> Self:
        """The same machine on another node: stored as JSON, read, and running again, perhaps after a while."""
        stored = json.loads(json.dumps(dump(self.chart, self.state)))
        other = type(self)(chart=self.chart, data=self.data)
        other.at = self.at + away_ms
        other.state, _ = resume(self.chart, read(self.chart, stored), stopped_at=self.at, at=other.at)
        return other

    @property
    def now(self) -> str:
        """The innermost state; these charts have one at a time."""
        return self.chart.in_order(self.state.active)[-1]

    @property
    def told(self) -> list[str]:
        """The effects of the latest step, in words, timers aside."""
        return [_words(effect) for effect in self.moves[-1].effects if effect.name not in TIMERS]

    def knew(self, effect: str) -> Data:
        """The data that the latest step's effect of that name was performed with."""
        return next(performed.data for performed in self.moves[-1].effects if performed.name == effect)

    def __getitem__(self, key: str) -> Any:
        return self.state.data[key]

    def _moved(self, move: Move) -> None:
        self.state = move.after
        self.moves.append(move)
        if broken := self.chart.broken(move):
            raise BrokenError(f"{', '.join(broken)} after {move.event.name!r}")


def _words(effect: Effect) -> str:
    return " ".join([effect.name, *(f"{key}={value}" for key, value in effect.args.items())])


# -- charts spoilt on purpose -------------------------------------------------------------------------------------


def with_rule(chart: Chart, table: str, name: str, rule: Callable[..., Any]) -> Chart:
    """The chart with one rule replaced; `table` is `guards` or `updates`."""
    rules = getattr(chart.names, table)
    assert name in rules, f"{chart.name} has no {name!r} to spoil any more"
    spoilt: dict[str, Any] = {table: {**rules, name: rule}}
    return attrs.evolve(chart, names=attrs.evolve(chart.names, **spoilt))


def with_text(chart: Chart, old: str, new: str) -> Chart:
    """The chart with a piece of its file replaced, wherever it stands."""
    text = (folder("statecharts") / f"{chart.name}.yaml").read_text(encoding="utf-8")
    assert old in text, f"{chart.name} has no {old!r} to spoil any more"
    return load(text.replace(old, new), chart.names)
