"""What the reviewer of a run says: the same remarks, with the same ids, whenever the seed is the same.

The first lines of a long script are those of a short one, so an undisturbed run can be as long as the disturbed one
turned out to be.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

# Between the beginnings of two lines, by the device's clock.
EVERY_MS = 2500
# A line begins this long before the script says it, so that a fast reading of it is of the past.
HEAD_START_MS = 10 * 60_000
# Long enough for the voice session, shorter than what it takes for a sound.
SPOKEN_MS, BLIP_MS = (900, 1800), (40, 200)

THINGS = ("logo", "sky", "left speaker", "title", "last shot", "music", "grade", "cut", "dissolve", "lower third")
FAULTS = ("is too dark", "is too loud", "is cut off", "is too slow", "looks soft", "is out of sync", "is too red")
TIMES = ("", "", "", ", from {a} to {b}", " at {a}")
COMMANDS = ("scratch that", "scratch that", "undo", "bring that back", "keep that")
VAGUE = ("um", "hmm", "well you know")


@frozen
class Line:
    """One utterance; `at_ms` from the beginning of the script, `media_ms` of the video."""

    number: int
    id: UUID
    text: str
    at_ms: int
    media_ms: int
    duration_ms: int


def script(seed: object) -> Iterator[Line]:
    """Endless. Three of four lines are remarks; the rest are commands, blips that are no speech, and empty talk."""
    random = Random(f"script {seed}")
    number = 0
    while True:
        number += 1
        kind = random.choices(("remark", "command", "blip", "vague"), (15, 2, 2, 1))[0]
        texts = {"command": random.choice(COMMANDS), "vague": random.choice(VAGUE)}
        duration = random.randint(*(BLIP_MS if kind == "blip" else SPOKEN_MS))
        yield Line(
            number,
            UUID(int=random.getrandbits(128), version=4),
            texts.get(kind) or _remark(random, number),
            number * EVERY_MS + random.randint(0, 300),
            random.randint(0, 20 * 60_000),
            duration,
        )


def _remark(random: Random, number: int) -> str:
    start = random.randint(0, 9 * 60)
    times = {"a": _clock(start), "b": _clock(start + random.randint(2, 30))}
    time = random.choice(TIMES).format(**times)
    return f"The {random.choice(THINGS)} {random.choice(FAULTS)}{time}, take {number}."


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"
