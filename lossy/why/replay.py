"""A session's journal, played again from its snapshots: what each entry found, and what the charts did with it. Pure.

Between two snapshots the states follow from the entries, as long as the charts are those that wrote them. Where they
are not (another version, or the transitions taken are not those that the entry names) the states are unknown from
there to the next snapshot that can be read, and the entries speak for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from lossy.charts.model import ChartError, Data, Event, Move
from lossy.charts.together import States, resume_all
from lossy.sessions.links import LINK, entered, running, step_together
from lossy.sessions.restore import ITSELF, UNFIT, restore
from lossy.store.journal_reading import Recorded
from lossy.store.ledger import Entry, Stored
from lossy.why.watch import Tried, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.charts.together import Charts, Moved

RESUMED, BEGUN_ANEW = "resumed", "begun_anew"


@frozen
class Heard:
    """What one chart made of an event within a step of the session."""

    chart: str  # by the name it has in the session
    move: Move
    tried: tuple[Tried, ...]


@frozen
class Step:
    """One entry. `before` and `after` are None where the states are not known, and `doubt` says why.

    `versions` are those of the charts it was recorded by, as far as that is known.
    """

    entry: Entry
    epoch: int
    before: States | None
    after: States | None
    heard: tuple[Heard, ...]
    versions: Mapping[str, int]
    doubt: str = ""


def replay(charts: Charts, initial: Mapping[str, Data], recorded: Recorded) -> tuple[Step, ...]:
    """`charts` has one of each kind; `initial` is what a new session would start with here."""
    return tuple(_Player(Watch(charts), initial, recorded).play())


@define(eq=False)
class _Player:
    watch: Watch
    initial: Mapping[str, Data]
    recorded: Recorded
    states: States | None = field(default=None, init=False)
    at: int = field(default=0, init=False)
    versions: Mapping[str, int] = field(factory=dict, init=False)
    doubt: str = field(default="", init=False)

    def play(self) -> Iterator[Step]:
        first = min(self.recorded.snapshots, default=None)
        if first is not None and (not self.recorded.entries or first < self.recorded.entries[0].n):
            self._stand(first)
        else:
            self.doubt = "its states are not known, for no snapshot from before it is kept"
        for entry, epoch in zip(self.recorded.entries, self.recorded.epochs, strict=True):
            yield self._step(entry, epoch)

    def _step(self, entry: Entry, epoch: int) -> Step:
        before, versions, doubt = self.states, self.versions, self.doubt
        heard = self._heard(entry) if before is not None else ()
        if self.doubt != doubt:  # it does not replay, so what was before is in doubt as well
            doubt, heard = self.doubt, ()
        self.at = entry.at
        if entry.n in self.recorded.snapshots:
            self._stand(entry.n)
        return Step(entry, epoch, before, self.states, heard, versions, doubt)

    def _heard(self, entry: Entry) -> tuple[Heard, ...]:
        assert self.states is not None, "the caller has asked"
        if entry.chart == ITSELF:
            self._befall(entry)
            return ()
        event = entered(Event(entry.event, entry.at, entry.payload), entry.chart, entry.n, entry.device_id)
        self.watch.take()
        try:
            moved = step_together(self.watch.charts, self.states, entry.chart, event, self.initial[LINK])
        except (*UNFIT, ChartError) as error:
            return self._lose(f"its states are not known, for it does not fit the charts of today: {error!r}")
        if moved is None or moved.taken != entry.taken:
            return self._lose("its states are not known, for the charts of today would have done something else")
        self.states = moved.states
        return _of_charts(moved, self.watch.take())

    def _befall(self, entry: Entry) -> None:
        """What befell the session itself. Its snapshot says more, where it is kept."""
        assert self.states is not None, "the caller has asked"
        if entry.event == RESUMED:
            charts = running(self.watch.charts, self.states)
            self.states = resume_all(charts, self.states, stopped_at=self.at, at=entry.at).states
        elif entry.event == BEGUN_ANEW:
            self._lose("its states are not known, for the session began anew and the snapshot of that is not kept")

    def _lose(self, why: str) -> tuple[Heard, ...]:
        self.states, self.doubt = None, why
        return ()

    def _stand(self, n: int) -> None:
        """The states are those of the snapshot, where the charts of today can read it."""
        snapshot = self.recorded.snapshots[n]
        self.versions = {name: stored["version"] for name, stored in snapshot["charts"].items()}
        self.at = snapshot["at"]
        try:
            restored = restore(self.watch.charts, self._stored(n, snapshot), self.initial)
        except ChartError as error:
            self._lose(f"its states are not known, for they do not fit the charts of today: {error}")
            return
        if restored.migrated:
            was = ", ".join(f"{name} version {version}" for name, version in restored.migrated.items())
            self._lose(f"its states are not known, for it was recorded by {was}, and that is not here any more")
        else:
            self.states, self.doubt = restored.states, ""

    def _stored(self, n: int, snapshot: Mapping[str, Any]) -> Stored:
        owned = (self.recorded.user_id, self.recorded.film.id)
        return Stored(*owned, epoch=0, snapshot_n=n, snapshot=snapshot, entries=(), ended=False)


def _of_charts(moved: Moved, tried: tuple[Tried, ...]) -> tuple[Heard, ...]:
    """The guards' answers go to the chart and the event that they were about."""
    return tuple(
        Heard(name, move, tuple(each for each in tried if (each.chart, each.event) == (kind_of(name), move.event.name)))
        for name, move in moved.moves
    )


def kind_of(name: str) -> str:
    """Which chart it is that has this name in a session."""
    return name.partition(":")[0]
