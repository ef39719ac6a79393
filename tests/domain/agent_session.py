"""An agent chart driven by hand: what it hears by its own time, its timers, and the answers of its work."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from lossy.charts.model import Chart, Data, Effect, Event, Move, State, Taken
from lossy.charts.step import next_timer, start, step
from lossy.domain import agent
from lossy.resources import folder
from lossy.sessions.catalog import delays, load_charts
from lossy.settings import Agent

CHART = load_charts(folder("statecharts"))["agent"]
SETTLING = ("save_note", "amend_note", "refuse", "report_failure", "obey")


def agent_data(**chosen: Any) -> Data:
    settings = Agent()
    given = {"min_confidence": settings.min_confidence, "retries": settings.retries}
    return agent.initial(delays(settings), **{**given, **chosen})


@define(eq=False)
class Desk:
    """An agent at work, from instant 0. `outcomes` are the remarks settled, in order, each with how."""

    data: Data = field(factory=agent_data)
    chart: Chart = CHART
    state: State = field(init=False)
    now: int = field(default=0, init=False)
    moves: list[Move] = field(factory=list, init=False)
    effects: list[Effect] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.state, effects = start(self.chart, self.data, 0)
        self._remember(Move(State(), Event("", 0), self.state, effects, Taken((), True)))

    def wait(self, ms: int) -> Desk:
        """Lets time pass, and fires what is due by then, that instant included."""
        until = self.now + ms
        while (timer := next_timer(self.state)) is not None and timer[0] <= until:
            self.step(Event(timer[1], timer[0]))
        self.now = until
        return self

    def hear(self, name: str, **payload: Any) -> Desk:
        return self.step(Event(name, self.now, payload))

    def say(self, id: str, text: str = "The logo is too dark.", **facts: Any) -> Desk:
        return self.hear("transcript", id=id, text=text, **facts)

    def draft(self, confidence: float = 0.6, category: str = "color") -> Desk:
        """The work's answer."""
        return self.hear("done.structuring", text="The logo is too dark.", confidence=confidence, category=category)

    def note(self, id: str, text: str = "The logo is too dark.", confidence: float = 0.6) -> Desk:
        return self.say(id, text).draft(confidence)

    def step(self, event: Event) -> Desk:
        before = self.state
        self.state, effects, taken = step(self.chart, before, event)
        self._remember(Move(before, event, self.state, effects, taken))
        return self

    def _remember(self, move: Move) -> None:
        self.moves.append(move)
        self.effects += move.effects
        assert self.chart.broken(move) == ()

    def region(self, id: str) -> str:
        return next(s for s in self.state.active if self.chart.is_atomic(s) and id in self.chart.ancestors[s])

    @property
    def ear(self) -> str:
        return self.region("ear")

    @property
    def words(self) -> str:
        return self.region("words")

    @property
    def hand(self) -> str:
        return self.region("hand")

    @property
    def ended(self) -> bool:
        return self.chart.ended(self.state.active)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        settled = [effect for effect in self.effects if effect.name in SETTLING]
        return [
            (effect.data["remark"]["id"], effect.args.get("reason") or effect.data["failure"] or effect.name)
            for effect in settled
        ]

    @property
    def moved(self) -> list[str]:
        """What the last note's chart was told, in order."""
        return [effect.args["event"] for effect in self.effects if effect.name == "move_note"]

    @property
    def results(self) -> list[str]:
        """Why what was clicked was not done, by the click."""
        return [effect.event.name for effect in self.effects if effect.args.get("type") == "tool_result"]

    @property
    def sent(self) -> list[str]:
        """What the voice chart was told."""
        return [effect.args["event"] for effect in self.effects if effect.name == "send"]
