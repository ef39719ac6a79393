"""What a compiled step does on its way, line by line: updates, timers, effects, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from attrs import evolve, field, frozen

from lossy.charts.judging import Judge, judge
from lossy.charts.model import Chart, Effect, Event, Move, State, Taken
from lossy.charts.plan import Emit, Instruction, Raise, StartTimer, StopTimer, Write
from lossy.charts.writing import Source

Outcome = tuple[Move, Judge]
Step = Callable[[State, Event], Outcome]


@frozen
class Way:
    """How far a way through the function has come."""

    active: frozenset[str]
    event: str  # the variable that has it
    rests: bool = True
    raised: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()  # names of those emitted; the variables are effect_0, effect_1 and so on
    timed: bool = False  # whether `deadlines` are a copy
    asked: int = 0  # how often candidates were
    answers: Mapping[str, bool] = field(factory=dict)  # of guards, about the data and the event as they are now

    def answered(self, guard: str, answer: bool) -> Way:
        return evolve(self, answers={**self.answers, guard: answer})


class Body:
    """The function of a step from the configuration `active` on `event`, as far as it is written."""

    def __init__(self, chart: Chart, active: frozenset[str], event: str) -> None:
        self.chart, self.active, self.event = chart, active, event
        self.source = Source(f"<chart {chart.name}: {' '.join(chart.in_order(active))} on {event}>")
        for value in (State, Move, Effect, Event):
            self.source.name(value.__name__, value)

    def follow(self, instruction: Instruction, way: Way, depth: int) -> Way:
        match instruction:
            case Write(update):
                self.source.add(depth, f"data = {self.call(update, way.event)}")
                return evolve(way, answers={})
            case Raise(name):
                return evolve(way, raised=(*way.raised, name))
            case Emit(name, args):
                return self.emit(name, self.source.name("args", args), way, depth)
            case StartTimer(id, delay):
                way = self.copy_deadlines(way, depth)
                due = f"deadlines[{id!r}] = due = {way.event}.at + data['delays'][{delay!r}]"
                self.source.add(depth, due)
                return self.emit("start_timer", f"{{'timer': {id!r}, 'due': due}}", way, depth)
            case StopTimer(id, args):
                way = self.copy_deadlines(way, depth)
                self.source.add(depth, f"deadlines.pop({id!r}, None)")
                return self.emit("stop_timer", self.source.name("args", args), way, depth)

    def call(self, update: Callable[..., object], event: str) -> str:
        """With the arguments of the file as constants."""
        given: Mapping[str, object] = {}
        if isinstance(update, partial) and not update.args and all(map(str.isidentifier, update.keywords)):
            given, update = update.keywords, update.func
        called = self.source.name(getattr(update, "__name__", "update"), update)
        args = (f", {name}={self.source.name(name, value)}" for name, value in given.items())
        return f"{called}(data, {event}{''.join(args)})"

    def emit(self, name: str, args: str, way: Way, depth: int) -> Way:
        effect = f"effect_{len(way.effects)}"
        self.source.add(depth, f"{effect} = Effect({name!r}, {args}, {way.event}, data)")
        return evolve(way, effects=(*way.effects, name))

    def copy_deadlines(self, way: Way, depth: int) -> Way:
        if not way.timed:
            self.source.add(depth, "deadlines = {**state.deadlines}")
        return evolve(way, timed=True)

    def leave(self, way: Way, depth: int) -> None:
        """Writes what the step gives back: the very same state where nothing was taken."""
        state = "state"
        if way.active != self.active or way.taken or way.timed:
            active = self.source.name("active", way.active)
            deadlines = "deadlines" if way.timed else "state.deadlines"
            state = "after"
            self.source.add(depth, f"after = State({active}, state.history, data, {deadlines})")
        effects = [f"effect_{i}" for i in range(len(way.effects))]
        taken = self.source.name("taken", Taken(way.taken, True))
        judged = judge(self.chart, self.event, way.active - self.active, frozenset(way.effects))
        move = f"Move(state, event, {state}, ({', '.join(effects)}{',' * (len(effects) == 1)}), {taken})"
        self.source.add(depth, f"return {move}, {self.source.name('broken_by', judged)}")
