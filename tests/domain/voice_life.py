"""A voice chart in each of its states, driven by hand and judged by its invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.model import Event
from tests.charts.voice_chart import voice_data
from tests.domain.driven import CHARTS, SECOND, Driven, T

if TYPE_CHECKING:
    from typing import Any

# From listening, the events that lead to a state of the microphone, and how long after the one before each comes.
WAYS: dict[str, list[tuple[str, int]]] = {
    "observing": [],
    "idle": [("pause", SECOND)],
    "recording": [("speech_start", SECOND)],
    "cooldown": [("speech_start", SECOND), ("speech_end", SECOND)],
    "error": [("error", SECOND), ("error", 1), ("error", 1)],
}


class Life(Driven):
    @property
    def microphone(self) -> str:
        return self._innermost("microphone")

    @property
    def link(self) -> str:
        return self._innermost("link")

    @property
    def counts(self) -> tuple[int, dict[str, int]]:
        return self["kept"], dict(self["ignored"])

    def late(self, name: str, at: int, **payload: Any) -> Life:
        """An event of its own time, in ms from the start, however long ago that is."""
        return self.step(Event(name, T + at, payload))

    def _innermost(self, region: str) -> str:
        atomic = (id for id in self.state.active if self.chart.is_atomic(id))
        return next(id for id in atomic if region in self.chart.ancestors[id])


def begun(**settings: bool) -> Life:
    """A session that nobody has joined yet."""
    return Life(CHARTS["voice"], voice_data(**settings))


def listening(**settings: bool) -> Life:
    return begun(**settings).hear("context_gained", 0).hear("attach", 0).hear("caught_up", 0).hear("start", 0)


def being(microphone: str, **settings: bool) -> Life:
    life = listening(**settings)
    for name, after in WAYS[microphone]:
        life.hear(name, after)
    assert (life.microphone, life.link) == (microphone, "connected")
    return life


def beating(life: Life, ms: int) -> Life:
    """The browser goes on beating for so long, and nothing else happens."""
    for _ in range(ms // (20 * SECOND)):
        life.hear("heartbeat", 20 * SECOND)
    return life.wait(ms % (20 * SECOND))
