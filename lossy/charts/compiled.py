"""Steps that are taken often, each as a Python function written for it: one for a configuration and an event.

`step.py` interprets a chart: which transitions are tried, what they leave, enter and do is looked up and followed. All
of that is known before a step is taken, apart from what guards answer. So it can be written down: the guards in the
order in which they are asked, then the updates, the effects and the state that they lead to, microstep by microstep.

Of all the ways that a step may go, only those are written that it has gone already. Wherever else a guard's answer
leads, the function hands the step to the interpreter, from its beginning: nothing has been done yet that counts, as
guards and updates are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve

from lossy.charts.body import Body, Outcome, Step, Way
from lossy.charts.model import AFTER, HISTORIES, Chart, Transition
from lossy.charts.plan import Candidates, Plan, candidates, initial_plan, plan

__all__ = ["NOWHERE", "START", "Outcome", "Route", "Step", "compile_step"]

START, NOWHERE = "", frozenset[str]()  # the event that a chart starts with, and where it is then

Picked = tuple[Transition, ...]
Route = tuple[Picked, ...]  # what was picked each time that candidates were asked, until the chart came to rest
Routes = Sequence[Route]


def compile_step(chart: Chart, active: frozenset[str], event: str, routes: Routes, interpret: Step) -> Step:
    """The step from that configuration on that event, for states without a history. No route may remember one."""
    return _Writer(chart, active, event).write(routes, interpret)


Writes = Callable[[Way, Routes, int], None]
Follows = Callable[[Picked, Way, int], None]


class _Writer(Body):
    def write(self, routes: Routes, interpret: Step) -> Step:
        self.source.name("interpret", interpret)
        way, timer = Way(self.active, "event"), self.event.removeprefix(AFTER)
        self.source.add(0, "def step(state, event):")
        if any(node.kind in HISTORIES for node in self.chart.nodes.values()):
            self.source.add(1, "if state.history:")
            self.source.add(2, "return interpret(state, event)")
        self.source.add(1, "data = state.data")
        if timer != self.event:
            self.source.add(1, f"if {timer!r} not in state.deadlines:")
            self.leave(way, 2)
            way = self.copy_deadlines(way, 1)
            self.source.add(1, f"del deadlines[{timer!r}]")
        if self.event == START:
            self.perform(initial_plan(self.chart), way, routes, 1)
        else:
            self.choose(self.event, way, routes, 1, self.rest)
        step: Step = self.source.compiled("step")
        return step

    # -- microsteps, as the interpreter takes them ----------------------------------------------------------------

    def choose(self, event: str | None, way: Way, routes: Routes, depth: int, none: Writes) -> None:
        """Of each row the first that is enabled; `none` writes what follows where there is none."""
        tried = candidates(self.chart, way.active, event)
        if not tried:
            none(way, routes, depth)
            return
        gone: dict[Picked, list[Route]] = {}
        for route in routes:
            gone.setdefault(route[way.asked], []).append(route)

        def follow(picked: Picked, way: Way, depth: int) -> None:
            way = evolve(way, asked=way.asked + 1)
            if picked:
                self.perform(plan(self.chart, way.active, picked, {}), way, gone[picked], depth)
            else:
                none(way, gone[picked], depth)

        self.ask(tried, (), way, depth, [*gone], follow)

    def ask(
        self, rows: Candidates, picked: Picked, way: Way, depth: int, gone: Sequence[Picked], follow: Follows
    ) -> None:
        """Writes a row's questions, and behind each answer that was met those of the rows after it."""
        if not rows:
            follow(picked, way, depth)
            return
        elsewhere: list[str] = []
        for guard, more in _alternatives(rows[0], picked, way.answers):
            if not any(other[: len(more)] == more if rows[1:] else other == more for other in gone):
                elsewhere += [guard] if guard is not None else []
            else:
                if elsewhere:
                    self.source.add(depth, f"if {self.any_of(elsewhere, way)}:")
                    self.source.add(depth + 1, "return interpret(state, event)")
                    elsewhere = []
                if guard is None:
                    self.ask(rows[1:], more, way, depth, gone, follow)
                    return
                self.source.add(depth, f"if {self.question(guard, way)}:")
                self.ask(rows[1:], more, way.answered(guard, True), depth + 1, gone, follow)
            if guard is not None:
                way = way.answered(guard, False)
        self.source.add(depth, "return interpret(state, event)")

    def question(self, guard: str, way: Way) -> str:
        return f"{self.source.name(guard, self.chart.names.guards[guard])}(data, {way.event})"

    def any_of(self, guards: Sequence[str], way: Way) -> str:
        """Without those that imply another one of them."""
        rules = self.chart.names.guards
        asked = {rules[guard] for guard in guards}
        return " or ".join(
            self.question(guard, way) for guard in guards if getattr(rules[guard], "implies", None) not in asked
        )

    def perform(self, plan: Plan, way: Way, routes: Routes, depth: int) -> None:
        way = evolve(way, active=plan.active, rests=plan.rests, taken=way.taken + plan.taken)
        for instruction in plan.script:
            way = self.follow(instruction, way, depth)
        self.settle(way, routes, depth)

    def rest(self, way: Way, routes: Routes, depth: int) -> None:
        self.leave(way, depth)

    def settle(self, way: Way, routes: Routes, depth: int) -> None:
        """Eventless transitions first, then internal events."""
        if way.rests:
            self.hear(way, routes, depth)
        else:
            self.choose(None, way, routes, depth, self.hear)

    def hear(self, way: Way, routes: Routes, depth: int) -> None:
        if not way.raised:
            self.leave(way, depth)
            return
        name, event = way.raised[0], f"event_{way.asked}"
        self.source.add(depth, f"{event} = Event({name!r}, event.at)")
        self.choose(name, evolve(way, raised=way.raised[1:], event=event, answers={}), routes, depth, self.settle)


def _alternatives(row: Picked, picked: Picked, answers: Mapping[str, bool]) -> Iterator[tuple[str | None, Picked]]:
    """What is picked so far and of this row, by the guard that decides it. None: nothing is left to be asked.

    A guard that was asked about the same data and event is not asked again.
    """
    for transition in row:
        guard, more = transition.guard, picked if transition in picked else (*picked, transition)
        if guard is None or answers.get(guard):
            yield None, more
            return
        if guard not in answers:
            yield guard, more
    yield None, picked
