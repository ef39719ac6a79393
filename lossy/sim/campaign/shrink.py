"""From a run that fails to a small one that fails alike: fewer steps, fewer faults, whatever schedule shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from attrs import define, evolve, field

from lossy.sim.script.steps import Repeat, Step, Together
from lossy.sim.script.story import Story, walk
from lossy.sim.virtual.faults import FAULTS
from lossy.sim.virtual.run import Plan, Result

# Runs that one shrinking may take; a small one takes some hundredths of a second.
RUNS = 400
# With steps left out, chance falls otherwise: so many other seeds are tried before a candidate counts as sound.
SEEDS = 4
# Of a script that nobody would write out, in the steps of a `repeat`.
FEWER_TIMES = (1, 3, 10)

Run = Callable[[Plan], Result]


def made_small(plan: Plan, failure: str, run: Run, told: Callable[[Plan], None] = lambda plan: None) -> Plan:
    """What a story expects may come of any of its steps, so it is shrunk by a rule that is broken without that; where
    there is none it stays as it is.
    """
    if not plan.lenient:
        plan = evolve(plan, lenient=True)
        broken = run(plan).failure
        if broken is None:
            return evolve(plan, lenient=False)
        failure = broken
    return Shrinker(run, kind_of(failure), told).shrink(plan)


def kind_of(failure: str) -> str:
    """What two failures have in common that are one: the rule that is broken, or what was raised."""
    head, _, rest = failure.partition(": ")
    return f"{head}: {rest.partition(': ')[0]}" if head == "rule" else head


@define(eq=False)
class Shrinker:
    """`tried` counts the runs. `told` hears of each smaller one."""

    run: Run
    kind: str
    told: Callable[[Plan], None] = lambda plan: None
    tried: int = field(default=0, init=False)

    def shrink(self, plan: Plan) -> Plan:
        """The smallest that was found within RUNS; the plan itself where none is smaller."""
        while True:
            smaller = next((found for found in map(self._failing, candidates(plan)) if found is not None), None)
            if smaller is None:
                return self._without_cast(plan)
            plan = smaller
            self.told(plan)

    def _failing(self, candidate: Plan) -> Plan | None:
        """With its own seed, or with one of the next; None where each of them is sound."""
        for again in range(SEEDS):
            if self.tried >= RUNS:
                return None
            self.tried += 1
            plan = evolve(candidate, seed=candidate.seed + again)
            failure = self.run(plan).failure
            if failure is not None and kind_of(failure) == self.kind:
                return plan
        return None

    def _without_cast(self, plan: Plan) -> Plan:
        """Who is not in the story any more; people and videos are few, and the first of each is meant where none is."""
        trimmed = evolve(plan, story=_trimmed(plan.story))
        return self._failing(trimmed) or plan if trimmed != plan else plan


def candidates(plan: Plan) -> Iterator[Plan]:
    """Smaller ones, those first that are much smaller."""
    yield from _fewer_faults(plan)
    steps = plan.story.steps
    size = len(steps) // 2
    while size:
        for start in range(0, len(steps), size):
            yield _with_steps(plan, (*steps[:start], *steps[start + size :]))
        size //= 2
    for i, step in enumerate(steps):
        for simpler in _simpler(step):
            yield _with_steps(plan, (*steps[:i], *simpler, *steps[i + 1 :]))
    if plan.model:
        yield evolve(plan, model=False)
    if plan.tick_s is not None:
        yield evolve(plan, tick_s=None)


def _fewer_faults(plan: Plan) -> Iterator[Plan]:
    """None, one, that more often, two, or all but one."""
    if not plan.rates:
        return
    yield evolve(plan, rates={})
    if len(plan.rates) > 1:
        for name, rate in plan.rates.items():
            yield evolve(plan, rates={name: rate})
            yield evolve(plan, rates={name: FAULTS[name].most})
    if len(plan.rates) > 2:
        for two in combinations(plan.rates, 2):
            yield evolve(plan, rates={name: plan.rates[name] for name in two})
    if len(plan.rates) > 3:
        for name in plan.rates:
            yield evolve(plan, rates={other: rate for other, rate in plan.rates.items() if other != name})


def _with_steps(plan: Plan, steps: Sequence[Step]) -> Plan:
    return evolve(plan, story=evolve(plan.story, steps=tuple(steps), notes=None))


def _simpler(step: Step) -> Iterator[Sequence[Step]]:
    match step:
        case Together(steps):
            yield steps
            for i in range(len(steps)):
                yield (steps[i],)
        case Repeat(times, steps):
            for fewer in FEWER_TIMES:
                if fewer < times:
                    yield (Repeat(fewer, steps),)


def _trimmed(story: Story) -> Story:
    tabs = {name for _, step in walk(story.steps) for name in [getattr(step, "tab", None)] if name is not None}
    kept = {name: tab for i, (name, tab) in enumerate(story.tabs.items()) if i == 0 or name in tabs}
    on = {tab.on for tab in kept.values()}
    named = {name for _, step in walk(story.steps) for name in [getattr(step, "device", None)] if name is not None}
    devices = {name: device for name, device in story.devices.items() if name in on | named}
    return evolve(story, tabs=kept, devices=devices)


def size_of(plan: Plan) -> tuple[int, int]:
    """Its steps and its faults."""
    return len([*walk(plan.story.steps)]), len(plan.rates)
