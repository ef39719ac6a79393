"""Where a microstep leads: which transitions could be taken, which states they leave and enter, in which order.

All of it depends only on the configuration (and on what history remembers), never on data or time, so a plan is
worked out once per configuration and kept with the chart. Names in comments are those of SCXML's algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Protocol

from lossy.charts.model import (
    HISTORIES,
    Action,
    Chart,
    Data,
    Effect,
    Event,
    Kind,
    Node,
    Transition,
    as_one,
)
from lossy.charts.value import value

# Reachable configurations times events of a chart; when more are seen, all are forgotten and worked out anew.
PLANS = 20_000


class Run(Protocol):
    """A macrostep that goes on, as far as instructions change it."""

    event: Event
    data: Data
    deadlines: Mapping[str, int]
    raised: list[str]
    effects: list[Effect]


# Each says itself what it does: a `match` on their kinds took a third of a step's time.


@value
class Write:
    update: Callable[[Data, Event], Data]

    def follow(self, run: Run) -> None:
        run.data = self.update(run.data, run.event)


@value
class Emit:
    name: str
    args: Data

    def follow(self, run: Run) -> None:
        run.effects.append(Effect(self.name, self.args, run.event, run.data))


@value
class StartTimer:
    id: str
    delay: str

    def follow(self, run: Run) -> None:
        due = run.event.at + run.data["delays"][self.delay]
        run.deadlines = {**run.deadlines, self.id: due}
        run.effects.append(Effect("start_timer", {"timer": self.id, "due": due}, run.event, run.data))


@value
class StopTimer:
    id: str
    args: Data

    def follow(self, run: Run) -> None:
        if self.id in run.deadlines:
            run.deadlines = without(run.deadlines, self.id)
        run.effects.append(Effect("stop_timer", self.args, run.event, run.data))


@value
class Raise:
    name: str

    def follow(self, run: Run) -> None:
        run.raised.append(self.name)


Instruction = Write | Emit | StartTimer | StopTimer | Raise


@value
class Plan:
    """One microstep with everything decided but the data."""

    active: frozenset[str]
    taken: tuple[str, ...]
    remembered: Mapping[str, tuple[str, ...]]
    script: tuple[Instruction, ...]
    rests: bool  # whether no state that is active now has an eventless transition


Histories = Mapping[str, tuple[str, ...]]
Candidates = tuple[tuple[Transition, ...], ...]


def candidates(chart: Chart, active: frozenset[str], event: str | None) -> Candidates:
    """For each atomic state, in document order, the transitions on `event` in the order they are to be tried."""
    key = (active, event)
    found = chart.candidates.get(key)
    if found is None:
        _make_room(chart)
        atomic = (id for id in chart.in_order(active) if chart.is_atomic(id))
        each = (_heard(chart, id, event) for id in atomic)
        found = chart.candidates[key] = tuple(transitions for transitions in each if transitions)
    return found


def plan(chart: Chart, active: frozenset[str], picked: tuple[Transition, ...], history: Histories) -> Plan:
    """The microstep that takes `picked`, less those that lose a conflict."""
    key = (active, picked, tuple(sorted(history.items())) if history else ())
    found = chart.plans.get(key)
    if found is None:
        _make_room(chart)
        found = chart.plans[key] = _Planner(chart, active, history).plan(picked)
    return found


def initial_plan(chart: Chart) -> Plan:
    found = chart.plans.get(None)
    if found is None:
        found = chart.plans[None] = _Planner(chart, frozenset(), {}).enter((_into((chart.initial,)),), (), {}, [])
    return found


def completed(chart: Chart, targets: tuple[str, ...]) -> frozenset[str]:
    """What is active once `targets` are entered from nowhere: they, what is around them, and initial states."""
    return frozenset(_Planner(chart, frozenset(), {}).entry_set((_into(targets),)))


def _into(targets: tuple[str, ...]) -> Transition:
    return Transition("", "", None, targets, None, (), False, "")


def _make_room(chart: Chart) -> None:
    if len(chart.plans) + len(chart.candidates) >= PLANS:
        chart.plans.clear()
        chart.candidates.clear()


def _heard(chart: Chart, id: str, event: str | None) -> tuple[Transition, ...]:
    at = (id, *chart.ancestors[id])
    return tuple(t for node in at for t in chart.nodes[node].transitions if t.event == event)


def without(deadlines: Mapping[str, int], timer: str) -> Mapping[str, int]:
    left = dict(deadlines)
    del left[timer]
    return left


class _Planner:
    def __init__(self, chart: Chart, active: frozenset[str], history: Histories) -> None:
        self.chart, self.nodes, self.active, self.history = chart, chart.nodes, active, history

    def plan(self, picked: tuple[Transition, ...]) -> Plan:
        enabled = self.without_conflicts(picked)
        leaving = self.chart.in_order(set().union(*(self.exit_set(t) for t in enabled)))[::-1]
        remembered = {id: ids for state in leaving for id, ids in self.remember(state)}
        script = [i for id in leaving for i in self.exit_script(self.nodes[id])]
        script += [self.instruction(action) for t in enabled for action in t.do]
        self.history = {**self.history, **remembered}
        self.active = self.active.difference(leaving)
        return self.enter(enabled, tuple(t.id for t in enabled), remembered, script)

    def enter(
        self, enabled: tuple[Transition, ...], taken: tuple[str, ...], remembered: Histories, script: list[Instruction]
    ) -> Plan:
        active = set(self.active)
        for id in self.chart.in_order(self.entry_set(enabled)):
            active.add(id)
            script += self.entry_script(self.nodes[id], active)
        rests = all(t.event is not None for id in active for t in self.nodes[id].transitions)
        return Plan(as_one(frozenset(active)), taken, remembered, tuple(script), rests)

    # -- removeConflictingTransitions ---------------------------------------------------------------------------

    def without_conflicts(self, picked: tuple[Transition, ...]) -> tuple[Transition, ...]:
        kept: list[Transition] = []
        for transition in picked:
            rivals = [other for other in kept if self.exit_set(transition) & self.exit_set(other)]
            if all(self.chart.inside(transition.source, other.source) for other in rivals):
                kept = [other for other in kept if other not in rivals] + [transition]
        return tuple(kept)

    def exit_set(self, transition: Transition) -> set[str]:
        if not transition.targets:
            return set()
        domain = self.domain(transition)
        return {id for id in self.active if self.chart.inside(id, domain)}

    def domain(self, transition: Transition) -> str | None:
        """The innermost compound state (never a parallel one) around the source and every target."""
        targets = self.effective(transition.targets)
        if transition.internal:
            return transition.source
        for ancestor in self.chart.ancestors[transition.source]:
            compound = self.nodes[ancestor].kind is Kind.COMPOUND
            if compound and all(self.chart.inside(target, ancestor) for target in targets):
                return ancestor
        return None

    def effective(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        """The targets, with each history state replaced by what it stands for."""
        return tuple(
            chain.from_iterable(
                (self.history[id] if id in self.history else self.effective(self.nodes[id].default))
                if self.nodes[id].kind in HISTORIES
                else (id,)
                for id in targets
            )
        )

    def remember(self, leaving: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for child in self.nodes[leaving].children:
            if self.nodes[child].kind is Kind.DEEP:
                inside = {id for id in self.active if self.chart.inside(id, leaving) and self.chart.is_atomic(id)}
                yield child, tuple(self.chart.in_order(inside))
            elif self.nodes[child].kind is Kind.SHALLOW:
                yield child, tuple(id for id in self.nodes[leaving].children if id in self.active)

    # -- computeEntrySet ----------------------------------------------------------------------------------------

    def entry_set(self, enabled: tuple[Transition, ...]) -> set[str]:
        entering: set[str] = set()
        for transition in (t for t in enabled if t.targets):
            for target in transition.targets:
                self.add_descendants(target, entering)
            domain = self.domain(transition) if transition.source else None
            for target in self.effective(transition.targets):
                self.add_ancestors(target, domain, entering)
        return entering

    def add_descendants(self, id: str, entering: set[str]) -> None:
        node = self.nodes[id]
        if node.kind in HISTORIES:
            targets = self.history.get(id) or node.default
            for target in targets:
                self.add_descendants(target, entering)
            for target in targets:
                self.add_ancestors(target, node.parent, entering)
            return
        entering.add(id)
        if node.kind is Kind.PARALLEL:
            self.add_regions(id, entering)
        elif node.initial is not None:
            self.add_descendants(node.initial, entering)
            self.add_ancestors(node.initial, id, entering)

    def add_ancestors(self, id: str, domain: str | None, entering: set[str]) -> None:
        for ancestor in self.chart.ancestors[id]:
            if ancestor == domain:
                return
            entering.add(ancestor)
            if self.nodes[ancestor].kind is Kind.PARALLEL:
                self.add_regions(ancestor, entering)

    def add_regions(self, id: str, entering: set[str]) -> None:
        for region in self.chart.regions(id):
            if not any(other == region or self.chart.inside(other, region) for other in entering):
                self.add_descendants(region, entering)

    # -- what is done on the way --------------------------------------------------------------------------------

    def instruction(self, action: Action) -> Instruction:
        update = self.chart.names.updates.get(action.name)
        if update is None:
            return Emit(action.name, action.args)
        return Write(partial(update, **action.args) if action.args else update)

    def exit_script(self, node: Node) -> Iterator[Instruction]:
        if node.timer is not None:
            yield StopTimer(node.id, {"timer": node.id})
        if node.during is not None:
            yield Emit("stop_work", {"state": node.id})
        yield from map(self.instruction, node.exit)

    def entry_script(self, node: Node, active: set[str]) -> Iterator[Instruction]:
        yield from map(self.instruction, node.entry)
        if node.during is not None:
            yield Emit("start_work", {"work": node.during.name, "state": node.id})
        if node.timer is not None:
            yield StartTimer(node.id, node.timer.delay)
        if node.kind is Kind.FINAL:
            yield from (Raise(name) for name in self.finished(node, active) if name in self.chart.alphabet)

    def finished(self, node: Node, active: set[str]) -> Iterator[str]:
        """The names of the states that entering the final state `node` completes."""
        if node.parent is None:
            return
        yield f"done.{node.parent}"
        outer = self.nodes[node.parent].parent
        if outer is not None and self.nodes[outer].kind is Kind.PARALLEL and self.in_final(outer, active):
            yield f"done.{outer}"

    def in_final(self, id: str, active: set[str]) -> bool:
        if self.nodes[id].kind is Kind.PARALLEL:
            return all(self.in_final(region, active) for region in self.chart.regions(id))
        return any(self.nodes[child].kind is Kind.FINAL and child in active for child in self.nodes[id].children)
