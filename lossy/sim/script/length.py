"""How long the people of a story take, beside what they wait for."""

from __future__ import annotations

import wave
from contextlib import closing
from typing import TYPE_CHECKING

from lossy.sim.script.steps import WORDS_MS, Repeat, Say, Sleep, Speak, Together, Wait

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossy.sim.script.steps import Step


def length_ms(steps: Iterable[Step]) -> int:
    return sum(map(_of_step, steps))


def _of_step(step: Step) -> int:
    match step:
        case Repeat(times, steps):
            return times * length_ms(steps)
        case Together(steps):
            return max(map(_of_step, steps), default=0)
        case Speak(wav=str(wav)):
            with closing(wave.open(wav)) as file:
                frames, rate = file.getnframes(), file.getframerate()
            return int(frames * 1_000 / rate)
        case Speak():
            return step.lasts + step.heard_after
        case Wait(lasts) | Sleep(_, lasts):
            return lasts
        case Say(_, _, lasts):
            return lasts + WORDS_MS
    return 0
