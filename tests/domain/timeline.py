"""A chart driven by hand, everything at its instant since the start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import define

from lossy.charts.model import Event, dump, read
from lossy.charts.step import resume
from tests.domain.driven import Driven, T

if TYPE_CHECKING:
    from typing import Self


@define(eq=False)
class Timeline(Driven):
    def hear_at(self, at: int, name: str, **payload: object) -> Self:
        """An event at an instant, after every timer that is due by then."""
        return self.until(at).step(Event(name, T + at, payload))

    def until(self, at: int) -> Self:
        """Fires what is due up to an instant, that instant included."""
        return self.wait(max(0, T + at - self.at))

    def restart(self, *, away: int) -> Self:
        """Stops, and goes on so much later from what was stored."""
        stored = json.loads(json.dumps(dump(self.chart, self.state)))
        back = self.at + away
        self.state, _ = resume(self.chart, read(self.chart, stored), stopped_at=self.at, at=back)
        self.at = back
        return self

    @property
    def due(self) -> dict[str, int]:
        """When each running timer is due."""
        return {id: due - T for id, due in self.state.deadlines.items()}

    @property
    def stood_still(self) -> bool:
        """Whether the latest step changed nothing at all."""
        return self.moves[-1].before == self.moves[-1].after and not self.moves[-1].effects
