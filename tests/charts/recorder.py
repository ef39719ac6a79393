"""Records what the charts that ship take while tests run.

It costs a look-up and a count for each microstep of such a chart, and a comparison of names for all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from attrs import define, field

from lossy.charts import learned, step
from lossy.charts.mentioned import as_written
from lossy.charts.model import Chart, State
from lossy.charts.reach import states_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from lossy.charts.model import Event
    from lossy.charts.plan import Plan

# So many states are remembered with what led to them; a test that goes back to older ones than these loses a pair.
REMEMBERED = 10_000

Taken = tuple[str, ...]
_RUN, _SPEND = step._Run, step._spend


@define(eq=False)
class Record:
    """What was taken of one chart. A pair is two transitions, one taken directly after the other by one machine."""

    chart: Chart
    digest: str  # sha256 of the file, hexadecimal
    microsteps: Counter[tuple[Taken, Taken, frozenset[str]]] = field(factory=Counter)  # taken before, taken, active
    _led_to: dict[int, tuple[State, Taken]] = field(factory=dict)  # by identity; holds the state, which stays one so

    def remember(self, state: State, taken: Taken) -> None:
        self._led_to[id(state)] = (state, taken)
        if len(self._led_to) > REMEMBERED:
            del self._led_to[next(iter(self._led_to))]

    def led_to(self, state: State) -> Taken:
        """What was taken last on the way to this very state."""
        found = self._led_to.get(id(state))
        return () if found is None else found[1]

    def dumped(self) -> list[Any]:
        """What was taken, in values that go from process to process."""
        return [[[*first], [*then], sorted(active), n] for (first, then, active), n in self.microsteps.items()]

    def add(self, dumped: list[Any]) -> None:
        """What was taken elsewhere."""
        for first, then, active, n in dumped:
            self.microsteps[tuple(first), tuple(then), frozenset(active)] += n

    def transitions(self) -> Counter[str]:
        return _summed((taken, n) for (_, taken, _), n in self.microsteps.items())

    def states(self) -> Counter[str]:
        """How many microsteps left each of them active."""
        return _summed((active, n) for (_, _, active), n in self.microsteps.items())

    def pairs(self) -> Counter[tuple[str, str]]:
        return _summed(([(a, b) for a in first for b in then], n) for (first, then, _), n in self.microsteps.items())

    def missing(self) -> list[str]:
        """Each state that was never active and each transition that was never taken."""
        states, transitions = self.states(), self.transitions()
        unseen = [f"{self.chart.name}: no test reaches {id}" for id in states_of(self.chart) if not states[id]]
        idle = (each.id for each in self.chart.transitions() if not transitions[each.id])
        return [*unseen, *(f"{self.chart.name}: no test takes {id}" for id in idle)]


def _summed(counts: Iterable[tuple[Iterable[Any], int]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for names, n in counts:
        for name in names:
            total[name] += n
    return total


def read_records(statecharts: Path) -> dict[str, Record]:
    """Raises ChartError for a file that is no chart."""
    charts = ((path, as_written(path.read_text(encoding="utf-8"))) for path in sorted(statecharts.glob("*.yaml")))
    return {chart.name: Record(chart, sha256(path.read_bytes()).hexdigest()) for path, chart in charts}


@define(eq=False)
class Recorder:
    """A loaded chart counts as the one that ships while its states and transitions are the same."""

    records: Mapping[str, Record]
    _known: WeakKeyDictionary[Chart, tuple[Record | None]] = field(factory=WeakKeyDictionary)

    def of(self, chart: Chart) -> Record | None:
        if chart.name not in self.records:
            return None
        if (known := self._known.get(chart)) is None:
            record = self.records[chart.name]
            known = self._known[chart] = (record if repr(chart.nodes) == repr(record.chart.nodes) else None,)
        return known[0]

    def install(self, replace: Callable[[Any, str, Any], None] = setattr) -> None:
        """In the place of any other recorder: two would keep what is theirs under the same names."""
        replace(step, "_Run", _recording(self, _RUN))
        replace(step, "_spend", _linking(self, _SPEND))
        replace(learned, "COMPILED_AFTER", inf)  # nobody hears of what is compiled


def _recording(recorder: Recorder, run: type[step._Run]) -> type[step._Run]:
    class Recording(run):  # type: ignore[misc, valid-type]
        def __init__(self, chart: Chart, state: State, event: Event) -> None:
            super().__init__(chart, state, event)
            self.record = recorder.of(chart)
            self.before = self.record.led_to(state) if self.record else ()

        def perform(self, plan: Plan) -> None:
            if self.record is not None:
                self.record.microsteps[self.before, plan.taken, plan.active] += 1
                self.before = plan.taken
            super().perform(plan)

        def state(self) -> State:
            state: State = super().state()
            if self.record is not None:
                self.record.remember(state, self.before)
            return state

    return Recording


def _linking(recorder: Recorder, spend: Callable[[State, str], State]) -> Callable[[State, str], State]:
    def linked(state: State, timer: str) -> State:
        """With a timer spent, it is the state of the same machine."""
        spent = spend(state, timer)
        for record in recorder.records.values():
            if taken := record.led_to(state):
                record.remember(spent, taken)
        return spent

    return linked
