"""One turn of a user's machine: what it hears within one transaction, and what else becomes of the row. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from lossy.charts.model import Chart, Effect, Event, Move
from lossy.charts.step import next_timer, step
from lossy.domain.ownership import key
from lossy.sessions.standing import Standing, dump_standing, read_standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from lossy.charts.model import Data, State

# As many tabs as hardly anybody has open, at 100 bytes each. One that is forgotten stays the owner when it is lost.
LINKS_KEPT = 100
# A review that is still not closed when so many more have been left ends by itself, hours later.
CLOSING_KEPT = 100
END_REVIEW = "end_review"


@define(eq=False)
class Turn:
    """All of it happens at one instant, and `standing` is what it has led to so far."""

    chart: Chart
    at: int
    standing: Standing
    effects: list[Effect] = field(factory=list, init=False)
    broken: list[str] = field(factory=list, init=False)  # invariants that did not hold of a step

    @classmethod
    def begin(cls, chart: Chart, stored: Mapping[str, Any] | None, initial: Data, at: int) -> Turn:
        """Timers that are due by now go first."""
        turn = cls(chart, at, read_standing(chart, stored, initial, at))
        while (timer := next_timer(turn.standing.state)) is not None and timer[0] <= at:
            turn._step(Event(timer[1], timer[0]))
        return turn

    def hear(self, name: str, **facts: Any) -> None:
        self._step(Event(name, self.at, facts))

    def _step(self, event: Event) -> None:
        before = self.standing.state
        after, effects, taken = step(self.chart, before, event)
        self.broken += self.chart.broken(Move(before, event, after, effects, taken))
        self.effects += effects
        left = tuple(effect.data["owner"]["session"] for effect in effects if effect.name == END_REVIEW)
        self.standing = evolve(
            self.standing,
            state=after,
            since=self.standing.since if _same_holder(before, after) else _moment(event),
            closing=(*self.standing.closing, *left)[-CLOSING_KEPT:],
        )

    # -- what befalls tabs and sessions -------------------------------------------------------------------------

    def claim(self, claim: Data) -> None:
        """By a tab that has joined no session yet, or not any more, it lasts for the grace."""
        self.hear("claim", **claim)
        self._lose_absent()

    def join(self, join: Data) -> int:
        """The number of the join. It is a claim where nobody has the microphone, or the owner's tab has gone on to
        another session; it takes nothing from another tab.
        """
        owner, tab = self.standing.owner, join["tab"]
        self._link(tab, join["session"])
        if owner is None or (owner["tab"] == tab and owner["session"] != join["session"]):
            seq, _ = self.standing.state.data["heard"].get(tab, (0, 0))
            self.hear("claim", **join, seq=seq + 1)
        else:
            self.hear("tab_back", tab=tab)
        self._lose_absent()
        return self.standing.joins

    def leave(self, tab: str, join: int) -> None:
        """The socket of that join is gone. Nothing, when the tab has joined again since."""
        self._unlink(lambda each, link: each == tab and link["join"] == join)
        self._lose_absent()

    def revive(self, session_id: UUID) -> None:
        """The session is brought to life, and no socket of it is there."""
        self._unlink(lambda each, link: link["session"] == str(session_id))
        self._lose_absent()

    def end(self, session_id: UUID) -> None:
        """The session is over for good."""
        closing = tuple(each for each in self.standing.closing if each != str(session_id))
        self.standing = evolve(self.standing, closing=closing)
        if self.standing.owner is not None and self.standing.is_of(session_id):
            self.hear("tab_closed", tab=self.standing.owner["tab"])
        self.revive(session_id)

    def leave_review(self, session_id: UUID) -> None:
        """Its tab shows something else: it is to close. With its end the microphone is free."""
        if str(session_id) not in self.standing.closing:
            closing = (*self.standing.closing, str(session_id))[-CLOSING_KEPT:]
            self.standing = evolve(self.standing, closing=closing)

    def _lose_absent(self) -> None:
        owner = self.standing.owner
        if owner is not None and owner["tab"] not in self.standing.links:
            self.hear("tab_lost", tab=owner["tab"])

    def _link(self, tab: str, session: str) -> None:
        join = self.standing.joins + 1
        links = {**self.standing.links, tab: {"session": session, "join": join}}
        latest = sorted(links, key=lambda each: int(links[each]["join"]))[-LINKS_KEPT:]
        self.standing = evolve(self.standing, joins=join, links={each: links[each] for each in latest})

    def _unlink(self, gone: Callable[[str, Mapping[str, Any]], bool]) -> None:
        links = {tab: link for tab, link in self.standing.links.items() if not gone(tab, link)}
        self.standing = evolve(self.standing, links=links)

    # -- what becomes of the row --------------------------------------------------------------------------------

    @property
    def due(self) -> int | None:
        return min(self.standing.state.deadlines.values(), default=None)

    def stored(self) -> dict[str, Any]:
        return dump_standing(self.chart, self.standing)


def _same_holder(before: State, after: State) -> bool:
    return all(before.data[name] == after.data[name] for name in ("owner", "epoch"))


def _moment(event: Event) -> int:
    """When it happened: a claim when it was made, by the clock that was corrected; all else when it was heard of."""
    return int(key(event)[0]) if event.name == "claim" else event.at
