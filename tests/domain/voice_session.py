"""A voice chart driven by hand: its events by their own time, and its timers."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from lossy.charts.model import Chart, Data, Event, State
from lossy.charts.step import next_timer, start, step
from tests.charts.voice_chart import voice_chart, voice_data

CHART = voice_chart()
T = 1_000_000  # when a session starts; before it is the past
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@define(eq=False)
class Session:
    """A voice chart whose timers fire at their time. `decided` are the decisions told, with their reasons."""

    data: Data = field(factory=voice_data)
    chart: Chart = CHART
    state: State = field(init=False)
    decided: list[tuple[str, str]] = field(factory=list, init=False)
    refused: list[Any] = field(factory=list, init=False)
    taken: list[str] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.state, _ = start(self.chart, self.data, T)

    def wait(self, until: int) -> Session:
        """Fires what is due up to an instant, that instant included."""
        while (timer := next_timer(self.state)) is not None and timer[0] <= until:
            self.step(Event(timer[1], timer[0]))
        return self

    def hear(self, name: str, at: int, **payload: object) -> Session:
        """An event at its own time, after every timer due by then. `at` counts from the start."""
        self.wait(T + at)
        return self.step(Event(name, T + at, payload))

    def hear_late(self, name: str, at: int, **payload: object) -> Session:
        """The same, though timers may have fired that were due after it."""
        return self.step(Event(name, T + at, payload))

    def step(self, event: Event) -> Session:
        self.state, effects, taken = step(self.chart, self.state, event)
        self.taken += taken.transitions
        for effect in effects:
            if effect.name == "status" and effect.args:
                self.decided.append((effect.args["decision"], effect.args["reason"]))
            if effect.name == "refuse":
                self.refused.append(effect.args["reason"])
        return self

    @property
    def microphone(self) -> str:
        return next(id for id in self.state.active if CHART.is_atomic(id) and "microphone" in CHART.ancestors[id])

    @property
    def link(self) -> str:
        return next(id for id in self.state.active if CHART.nodes[id].parent == "link")

    @property
    def ended(self) -> bool:
        """Over, but for what the agent has in hand."""
        return not {"closing", "ended"}.isdisjoint(self.state.active)

    @property
    def counts(self) -> tuple[int, dict[str, int]]:
        return self.state.data["kept"], dict(self.state.data["ignored"])


def listening(**settings: bool) -> Session:
    """Owner of the microphone, with a browser there, since the start."""
    session = Session(voice_data(**settings)).hear("context_gained", 0).hear("attach", 0).hear("caught_up", 0)
    session.hear("start", 0)
    assert (session.microphone, session.link) == ("observing", "connected")
    return session


def say(session: Session, at: int, length: int, **end: object) -> Session:
    return session.hear("speech_start", at).hear("speech_end", at + length, **end)
