"""A case's chart run as a session runs its charts: what it sends to itself waits until it has come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.model import Chart, Event
from lossy.charts.together import Moved, States, advance, next_due, start_all
from tests.charts.scxml.cases import DATA, NAME, Expected

if TYPE_CHECKING:
    from collections.abc import Iterator


class Session:
    """Its clock stands still but for what `take` is told to let pass. `delivered` are the events that came to it."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.charts = {NAME: chart}
        self.states: States = {}
        self.now = 0  # ms
        self.delivered: list[Event] = []

    def take(self, event: str | int) -> Expected:
        """What came of it."""
        moves = [*self._moves(event)]
        effects = tuple(performed.effect.name for move in moves for performed in move.effects)
        return Expected(event, self.states[NAME].active, effects)

    def _moves(self, event: str | int) -> Iterator[Moved]:
        if event == "start":
            moved = start_all(self.charts, {NAME: DATA}, self.now)
            self.states = moved.states
            yield moved
        elif isinstance(event, int):
            yield from self._wait(self.now + event)
        else:
            yield self._deliver(Event(event, self.now))

    def _wait(self, until: int) -> Iterator[Moved]:
        while (due := next_due(self.states)) is not None and due.at <= until:
            yield self._deliver(Event(due.event, due.at))
        self.now = until

    def _deliver(self, event: Event) -> Moved:
        self.delivered.append(event)
        moved = advance(self.charts, self.states, NAME, event)
        self.states = moved.states
        return moved
