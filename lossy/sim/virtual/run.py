"""One run of a story from one seed, from its first instant to its judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

import trio
from attrs import define, field, frozen

from lossy.sim.client import Refused
from lossy.sim.judge.judge import EXCUSES, Judge, RuleBroken
from lossy.sim.judge.sometimes import seen_in
from lossy.sim.script.play import Player, Unmet, check_notes
from lossy.sim.script.stage import CannotPerform
from lossy.sim.script.steps import Model, Step, Store
from lossy.sim.script.story import Story, length_ms, walk
from lossy.sim.virtual.database import Database
from lossy.sim.virtual.entropy import seeded_ids
from lossy.sim.virtual.faults import Chance, Rates
from lossy.sim.virtual.knobs import ticking
from lossy.sim.virtual.scheduling import run_in_order
from lossy.sim.virtual.stage import World
from lossy.sim.virtual.trace import Trace, nowhere
from lossy.sim.virtual.watching import watched
from lossy.sim.virtual.weather import Weather
from lossy.store.memory import MemoryLedger
from lossy.web.transport import IDLE_S

if TYPE_CHECKING:
    from lossy.sim.script.steps import Step

BEGAN_MS = 1_763_640_000_000  # every run begins at noon of one day in November
# A socket that says nothing is closed after a minute, and a lost owner keeps the microphone for half of one more.
SETTLED_S = IDLE_S + 30.0 + 10.0
LATE_S = 3_600.0  # what goes wrong may hold a story up, beside what it takes itself


@frozen
class Plan:
    """What a run is made of; the same one gives the same run, byte by byte.

    `lenient`: the story is made up or disturbed, so what it cannot do is left out, and what it expects not asked.
    """

    seed: int
    story: Story
    rates: Rates = field(factory=dict)
    model: bool = False
    tick_s: float | None = None
    lease_s: float = 10.0
    lenient: bool = False


@frozen
class Result:
    """`failure` names a rule, an expectation or an error; None where nothing is wrong."""

    plan: Plan
    failure: str | None
    hash: str
    lines: int
    virtual_s: float
    hits: Mapping[str, int]
    taken: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    seen: frozenset[str]
    recoveries: Sequence[float]  # s, from when a way was free to the session heard again


class Stopped(Exception):
    """The story was to be played up to here."""


def run(plan: Plan, write: Callable[[bytes], object] = nowhere, until: int | None = None) -> Result:
    """`write` gets each line of the trace; `until` is the number of the first step that is not played."""
    random = Random(plan.seed)
    ids, order = Random(random.getrandbits(64)), random.getrandbits(64)
    with seeded_ids(ids):
        return run_in_order(order, _Run(plan, random, write, until).play)


@define(eq=False)
class _Run:
    plan: Plan
    random: Random
    write: Callable[[bytes], object]
    until: int | None
    _steps: int = field(default=0, init=False)

    async def play(self) -> Result:
        plan = self.plan
        trace = Trace(BEGAN_MS, lambda: BEGAN_MS + round(trio.current_time() * 1_000), self.write)
        chance, database = Chance(self.random, plan.rates), Database(MemoryLedger())
        failure, seen, world = None, frozenset[str](), None
        with watched(trace) as looked, ticking(plan.tick_s):
            try:
                async with World.open(
                    plan.story, self.random, chance, database, trace, model=_has_model(plan), lease_s=plan.lease_s
                ) as world:
                    judge = Judge(world, looked, excused=_is_excused(plan))
                    try:
                        await self._story(world, judge)
                    finally:
                        seen = frozenset(seen_in(world, looked))
            except* Stopped:
                pass
            except* (RuleBroken, Unmet, CannotPerform, Refused, trio.TooSlowError) as errors:
                failure = _worded(errors)
            except* Exception as errors:  # whatever escapes from the product is a fault of it
                failure = f"crash: {_worded(errors)}"
        return Result(
            plan,
            failure,
            trace.hash,
            trace.lines,
            trio.current_time(),
            dict(+chance.hits),
            frozenset(looked.taken),
            frozenset(looked.pairs),
            seen,
            () if world is None else tuple(world.recoveries),
        )

    async def _story(self, world: World, judge: Judge) -> None:
        player = Player(self.plan.story, world, self._stepped(world, judge), self.plan.lenient, self._left_out(world))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Weather(world).run)
            with trio.move_on_after(LATE_S + length_ms(self.plan.story.steps) / 1_000) as patience:
                await player.play()
            if patience.cancelled_caught:
                raise trio.TooSlowError(f"after {self._steps} steps the next is never done")
            nursery.cancel_scope.cancel()
        await world.heal(judge.look)
        judge.look()
        if not self.plan.lenient:
            for video, kept in (self.plan.story.notes or {}).items():
                check_notes(world, video, kept)
        late_s = 0.0 if world.servers.started == 1 else 2 * (self.plan.tick_s or 1.0)  # what died is found out in time
        await trio.sleep(SETTLED_S + late_s)
        await judge.look_at_healed()

    def _left_out(self, world: World) -> Callable[[Step, Exception], None]:
        return lambda step, why: world.trace.line("left_out", step=type(step).__name__, why=str(why))

    def _stepped(self, world: World, judge: Judge) -> Callable[[str, Step], None]:
        def stepped(path: str, step: Step) -> None:
            self._steps += 1
            world.trace.line("story", step=path)
            judge.look()
            if self.until is not None and self._steps >= self.until:
                raise Stopped

        return stepped


def _has_model(plan: Plan) -> bool:
    """A story in which something is wrong with the model is about one."""
    return plan.model or any(isinstance(step, Model) for _, step in walk(plan.story.steps))


def _is_excused(plan: Plan) -> bool:
    """Whether the database is at fault now and then, and a session may fail for it."""
    of_story = any(isinstance(step, Store) for _, step in walk(plan.story.steps))
    return of_story or bool(EXCUSES & plan.rates.keys())


def _worded(errors: BaseExceptionGroup) -> str:
    """The first of them; what comes of it is no news."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    name = {"RuleBroken": "rule", "Unmet": "expectation"}.get(type(first).__name__, type(first).__name__)
    return f"{name}: {first}"
