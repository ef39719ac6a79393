"""Which seed is next: of those at hand the one whose plan resembles what found something new lately.

A plan is drawn without being run, so it is known beforehand what steps and faults are in it. What a seed stands for
does not change by this, only when its turn comes; in the end all of them have had theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from lossy.sim.campaign.drawing import draw
from lossy.sim.script.steps import name_of
from lossy.sim.script.story import Story, walk

if TYPE_CHECKING:
    from lossy.sim.virtual.run import Plan

# Seeds that are at hand at a time.
AT_HAND = 48
# What an untried trait is worth, in new transitions for each run.
HOPE = 1.0


def traits(plan: Plan) -> frozenset[str]:
    """What is in a plan that may lead somewhere: kinds of steps, faults, the story, and pairs of fault and step."""
    happens = {name_of(type(step)) for _, step in walk(plan.story.steps)}
    return frozenset({*happens, *plan.rates, plan.story.name, *(f"{f}+{s}" for f in plan.rates for s in happens)})


@define(eq=False)
class Drift:
    """`found` is told what each run came to; `next` gives the next seed, None when there is none left."""

    seeds: Iterator[int]
    library: Sequence[Story]
    _at_hand: dict[int, frozenset[str]] = field(factory=dict, init=False)
    _runs: Counter[str] = field(factory=Counter, init=False)
    _new: Counter[str] = field(factory=Counter, init=False)
    _traits: dict[int, frozenset[str]] = field(factory=dict, init=False)  # of those that run

    def next(self) -> int | None:
        while len(self._at_hand) < AT_HAND:
            seed = next(self.seeds, None)
            if seed is None:
                break
            self._at_hand[seed] = traits(draw(seed, self.library))
        if not self._at_hand:
            return None
        best = max(self._at_hand, key=lambda seed: (self._promise(self._at_hand[seed]), -seed))
        self._traits[best] = self._at_hand.pop(best)
        return best

    def found(self, seed: int, new: int) -> None:
        """`new` is how many transitions, and pairs of them, were not taken before."""
        for trait in self._traits.pop(seed):
            self._runs[trait] += 1
            self._new[trait] += new

    def _promise(self, found: frozenset[str]) -> float:
        return sum((self._new[trait] + HOPE) / (self._runs[trait] + HOPE) for trait in found)
