"""SMPTE timecode (ST 12-1): the numbers that editors give to frames, as in "01:00:02:03".

The seconds of a timecode have a whole number of frames, so at 30000/1001 frames a second an hour of numbers lasts
3.6 s longer than an hour. Drop-frame numbering makes up for that: it leaves out the first two numbers of every minute
(four at 60000/1001) but of each tenth. Only numbers are dropped, never a frame.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import field, frozen

from lossy.domain.timecode import Rate, TimecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping

# How many numbers a minute drops, at the rates that have drop-frame numbering.
DROPPED: Mapping[Rate, int] = {Rate(30_000, 1001): 2, Rate(60_000, 1001): 4}

NTSC_SLOWING = Fraction(1000, 1001)
MAX_BASE = 120  # the most frames a second that timecode is defined for
HOURS = 24

# Most write the `;` before the frames alone, some everywhere.
_TIMECODE = re.compile(r"([0-9]{2})[:;]([0-9]{2})[:;]([0-9]{2})[:;]([0-9]{2,3})")


@frozen
class Timecode:
    """How the frames of one film are numbered. `start` is what frame 0 counts as, in frames since 00:00:00:00."""

    rate: Rate
    drop: bool = False
    start: int = 0
    base: int = field(init=False, eq=False, repr=False)  # numbers in a second: 30 at 30000/1001
    _dropped: int = field(init=False, eq=False, repr=False)  # in a minute

    def __attrs_post_init__(self) -> None:
        """Raises TimecodeError."""
        base = _base(self.rate)
        if base is None:
            raise TimecodeError(f"there is no timecode at {self.rate} frames a second")
        if self.drop and self.rate not in DROPPED:
            raise TimecodeError(f"there is no drop-frame timecode at {self.rate} frames a second")
        object.__setattr__(self, "base", base)
        object.__setattr__(self, "_dropped", DROPPED[self.rate] if self.drop else 0)

    @classmethod
    def starting(cls, rate: Rate, text: str, *, drop: bool = False) -> Timecode:
        """Whose frame 0 has the number `text`; with a `;` in it, drop-frame. Raises TimecodeError."""
        drop = drop or ";" in text
        return cls(rate, drop, cls(rate, drop).frame(text))

    def text(self, frame: int) -> str:
        """The number of a frame. Raises TimecodeError before the first one and after a day of them."""
        seconds, frames = divmod(self._number(self.start + frame), self.base)
        if frame < 0 or seconds >= HOURS * 3600:
            raise TimecodeError(f"frame {frame} has no number within {HOURS} hours")
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02}:{minutes:02}:{seconds:02}{';' if self.drop else ':'}{frames:02}"

    def frame(self, text: str) -> int:
        """The inverse of `text`. Raises TimecodeError, also for a number that is dropped.

        Where numbers are dropped a `:` is read as a `;`, as not everybody writes one; the reverse is a mistake.
        """
        parts = _TIMECODE.fullmatch(text)
        hours, minutes, seconds, frames = map(int, parts.groups()) if parts else (HOURS, 0, 0, 0)
        if hours >= HOURS or minutes > 59 or seconds > 59 or frames >= self.base:
            raise TimecodeError(f"not a timecode at {self.rate} frames a second: {text[:40]!r}")
        if ";" in text and not self.drop:
            raise TimecodeError(f"a drop-frame timecode where no frames are dropped: {text}")
        minutes += 60 * hours
        if seconds == 0 and frames < self._dropped and minutes % 10:
            raise TimecodeError(f"drop-frame numbering leaves this number out: {text}")
        counted = (60 * minutes + seconds) * self.base + frames - self._dropped * (minutes - minutes // 10)
        if counted < self.start:
            raise TimecodeError(f"before the start, {self.text(0)}: {text}")
        return counted - self.start

    def _number(self, counted: int) -> int:
        """The count with the dropped numbers put back in."""
        dropped, minute = self._dropped, 60 * self.base
        tens, rest = divmod(counted, 10 * minute - 9 * dropped)
        begun = max(0, (rest - dropped) // (minute - dropped))  # minutes of these ten that began with a drop
        return counted + dropped * (9 * tens + begun)


def has_timecode(rate: Rate) -> bool:
    """Whether its frames can be numbered: whole rates have timecode, and those slowed for NTSC."""
    return _base(rate) is not None


def _base(rate: Rate) -> int | None:
    exact = Fraction(rate.num, rate.den)
    base = exact if exact.denominator == 1 else exact / NTSC_SLOWING
    return base.numerator if base.denominator == 1 and base <= MAX_BASE else None
