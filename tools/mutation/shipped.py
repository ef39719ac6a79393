"""The charts that ship, wherever the tests hold them: what a test asks of them, and a mutant in their place."""

from __future__ import annotations

import sys
from functools import wraps
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from lossy.charts import learned, step
from lossy.charts.model import Chart, Effect, Restore, State
from lossy.charts.mutant import Mutant
from lossy.charts.plan import StartTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Loader = Callable[[Path], Mapping[str, Chart]]


@define(eq=False)
class Shipped:
    """Lives as long as its process. Copies loaded from other folders, to be spoilt by a test, are left alone."""

    folder: Path
    asked: dict[str, set[str]] = field(factory=dict)  # chart -> its transitions asked about and its states entered
    _mutant: Mutant | None = None
    _copies: dict[int, Chart] = field(factory=dict)  # by identity
    _loading: int = 0

    def follow(self, *loaders: Loader) -> None:
        """Knows from here on what those functions load, in whichever module they are called."""
        for loader in loaders:
            _replace(loader, self._loads(loader))

    def record(self) -> None:
        """Writes into `asked` from here on. For a process that does nothing else."""
        learned.COMPILED_AFTER = inf  # nobody hears of what is compiled
        run: Any = step._Run
        run.pick, run.perform = self._picks(run.pick), self._performs(run.perform)
        _replace(step.resume, self._resumes(step.resume))

    def put(self, mutant: Mutant) -> None:
        """From here on every copy is the mutant. For a process that does nothing else."""
        self._mutant = mutant
        for chart in self._copies.values():
            self._change(chart)
        if mutant.doubles is not None:
            learned.COMPILED_AFTER = inf  # it has no instructions to follow
            timer: Any = StartTimer
            timer.follow = self._doubles_started(timer.follow, mutant.doubles)
            _replace(step.resume, self._doubles_resumed(step.resume, mutant.doubles))

    def _loads(self, loader: Loader) -> Loader:
        @wraps(loader)
        def load(folder: Path) -> Mapping[str, Chart]:
            self._loading += 1
            try:
                charts = loader(folder)
            finally:
                self._loading -= 1
            # A loader that called this one has its checks before it, which a mutant would not pass.
            if not self._loading and folder.resolve() == self.folder:
                for chart in charts.values():
                    self._copies.setdefault(id(chart), chart)
                    self._change(chart)
            return charts

        return load

    def _change(self, chart: Chart) -> None:
        if self._mutant is None or chart.name != self._mutant.chart.name:
            return
        for name in ("nodes", "names", "ancestors", "alphabet", "delays", "_order", "_ends", "_atomic"):
            object.__setattr__(chart, name, getattr(self._mutant.chart, name))
        chart.plans.clear()
        chart.candidates.clear()
        chart.learned.clear()
        chart.compiled.clear()
        chart.judges.clear()

    # -- the engine, listened to --------------------------------------------------------------------------------

    def _note(self, chart: Chart, ids: Iterable[str]) -> None:
        if id(chart) in self._copies:
            self.asked.setdefault(chart.name, set()).update(ids)

    def _picks(self, pick: Any) -> Any:
        def picks(run: Any, candidates: Any) -> Any:
            self._note(run.chart, (transition.id for transitions in candidates for transition in transitions))
            return pick(run, candidates)

        return picks

    def _performs(self, perform: Any) -> Any:
        def performs(run: Any, plan: Any) -> None:
            self._note(run.chart, plan.active)
            perform(run, plan)

        return performs

    def _resumes(self, resume: Any) -> Any:
        def resumes(chart: Chart, state: State, **instants: int) -> Any:
            self._note(chart, state.active)
            return resume(chart, state, **instants)

        return resumes

    # -- the engine, with a timer that runs for twice its delay -------------------------------------------------

    def _doubles_started(self, follow: Any, timer: str) -> Any:
        def follows(started: StartTimer, run: Any) -> None:
            follow(started, run)
            if started.id == timer and id(run.chart) in self._copies:
                doubled = _twice(run.deadlines, run.effects[-1:], timer, since=run.event.at)
                run.deadlines, run.effects[-1:] = doubled

        return follows

    def _doubles_resumed(self, resume: Any, timer: str) -> Any:
        def resumes(chart: Chart, state: State, *, stopped_at: int, at: int) -> Any:
            resumed, effects = resume(chart, state, stopped_at=stopped_at, at=at)
            known = chart.nodes[timer].timer if id(chart) in self._copies and timer in chart.nodes else None
            if known is None or known.restore is not Restore.RESTART or timer not in resumed.deadlines:
                return resumed, effects
            deadlines, doubled = _twice(resumed.deadlines, effects, timer, since=at)
            return State(resumed.active, resumed.history, resumed.data, deadlines), tuple(doubled)

        return resumes


def _twice(
    deadlines: Mapping[str, int], effects: Iterable[Effect], timer: str, since: int
) -> tuple[dict[str, int], list[Effect]]:
    due = since + 2 * (deadlines[timer] - since)
    starts = {"timer": timer, "due": due}
    doubled = [evolve(e, args=starts) if e.args.get("timer") == timer else e for e in effects]
    return {**deadlines, timer: due}, doubled


def _replace(old: Any, new: Any) -> None:
    """In every module that has imported it by name."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is old:
                setattr(module, name, new)
