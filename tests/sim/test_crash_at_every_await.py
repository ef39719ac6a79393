"""A server that dies at any await on the way from a word to its note: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import pytest

from lossy.sim.script.steps import Crash, Deploy, Open, Press, Reload, Speak, Step, Together, Wait
from lossy.sim.script.story import Kept, Story
from lossy.sim.script.units import Lasts
from lossy.sim.virtual.run import Plan, run

BACK = Lasts(700)
SPOKEN = Speak("The logo is too dark here.", "logo", lasts=Lasts(1_600))
# Beyond it the path is over, and what dies is a server that waits.
AWAITS = 120


def story(*on_the_path: Step) -> Story:
    steps = (Open("first"), Press("start"), Together(on_the_path), Wait(Lasts(8_000)))
    return Story(name="a crash", steps=steps, notes={"cut": (Kept("logo", "The logo is too dark here."),)})


@pytest.mark.parametrize("awaits", range(1, AWAITS, 4))
def test_a_remark_becomes_one_note(awaits: int) -> None:
    assert run(Plan(awaits, story(SPOKEN, Crash(BACK, awaits)))).failure is None


@pytest.mark.integration
@pytest.mark.parametrize("awaits", sorted({*range(1, AWAITS)} - {*range(1, AWAITS, 4)}))
def test_at_every_await_a_remark_becomes_one_note(awaits: int) -> None:
    assert run(Plan(awaits, story(SPOKEN, Crash(BACK, awaits)))).failure is None


@pytest.mark.integration
@pytest.mark.parametrize("besides", [Reload(), Deploy()], ids=["reload", "deploy"])
@pytest.mark.parametrize("awaits", range(1, AWAITS, 5))
def test_so_it_does_while_something_else_happens(besides: Step, awaits: int) -> None:
    plan = Plan(awaits, story(SPOKEN, besides, Crash(BACK, awaits)), lenient=True)
    assert run(plan).failure is None
