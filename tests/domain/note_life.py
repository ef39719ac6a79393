"""Notes and what befalls them, for the tests of the note's chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from lossy.charts.model import Chart, Data
from lossy.domain import note
from lossy.sessions.catalog import delays, limits
from lossy.settings import Posting
from tests.domain.driven import CHARTS, SECOND, Driven

if TYPE_CHECKING:
    from typing import Self


CHART = CHARTS["note"]
ANN, BEN, EVE = "ann", "ben", "eve"  # the author; an editor with whom the video is shared; somebody else of those
LINK = "https://platform.example/c/1"
TOOL_MS = 120_000
GAPS = [0, 1, SECOND, TOOL_MS - 1, TOOL_MS, TOOL_MS + 1]

# The shortest way into each state.
WAYS = {
    "ghost": [],
    "firmed": ["confirm"],
    "queued": ["confirm", "queue"],
    "posting": ["confirm", "queue", "begin"],
    "posted": ["confirm", "queue", "begin", "posted"],
    "failed": ["confirm", "queue", "begin", "unsure"],
    "deleted": ["confirm", "delete"],
}
KEPT = [state for state in WAYS if state != "deleted"]


def data(*, self_firming: bool = False, attempts: int = 3) -> Data:
    posting = Posting(attempts=attempts)
    return note.initial(delays(posting), limits(posting), author=ANN, self_firming=self_firming)


@define(eq=False)
class Note(Driven):
    """The words of a job are of the latest attempt, and those of people by the author, unless said otherwise."""

    chart: Chart = CHART
    data: Data = field(factory=data)

    def hear(self, name: str, after: int = SECOND, **payload: object) -> Self:
        usual = {"by": ANN, "attempt": self["attempts"], "permalink": LINK, "reason": "a button is missing"}
        return super().hear(name, after, **{**usual, **payload})


def in_state(state: str) -> Note:
    told = Note()
    for event in WAYS[state]:
        told.hear(event)
    assert told.now == state
    return told
