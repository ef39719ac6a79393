"""Media time and frames. A frame is an integer, a rate a rational, a media time an integer of milliseconds."""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd

from attrs import frozen

# A column of the database holds 32 bits; above MAX_FPS there are frames that no millisecond falls in.
MAX_TERM = 2**31 - 1
MAX_FPS = 1000

# Rates that players and files round in every way ("23.976", "23.98"): the whole number of frames x 1000/1001.
NTSC = (24, 30, 48, 60, 120)
NTSC_ROUNDING = Fraction(5, 1000)

_FRACTION = re.compile(r"([0-9]{1,10})/([0-9]{1,10})")
_DECIMAL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,9})?")
_MEDIA_TIME = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{2})(?:\.([0-9]{1,3}))?")


class TimecodeError(ValueError):
    """Not a rate, a media time or a frame."""


@frozen
class Rate:
    """Frames per second, num/den in lowest terms: `Rate(50, 2) == Rate(25, 1)`."""

    num: int
    den: int = 1

    def __attrs_post_init__(self) -> None:
        """Raises TimecodeError."""
        if not (0 < self.num <= MAX_TERM and 0 < self.den <= MAX_TERM and self.num <= MAX_FPS * self.den):
            raise TimecodeError(f"not a rate of 0 to {MAX_FPS} frames a second: {self.num}/{self.den}")
        divisor = gcd(self.num, self.den)
        object.__setattr__(self, "num", self.num // divisor)
        object.__setattr__(self, "den", self.den // divisor)

    @classmethod
    def parse(cls, text: str) -> Rate:
        """From "24000/1001", "25" or "23.976". Raises TimecodeError."""
        if terms := _FRACTION.fullmatch(text):
            return cls(int(terms[1]), int(terms[2]))
        if not _DECIMAL.fullmatch(text):
            raise TimecodeError(f"not a rate: {text[:40]!r}")
        fps = Fraction(text)
        exact = (Fraction(1000 * whole, 1001) for whole in NTSC)
        fps = next((rate for rate in exact if abs(rate - fps) < NTSC_ROUNDING), fps)
        return cls(fps.numerator, fps.denominator)

    def __str__(self) -> str:
        return str(self.num) if self.den == 1 else f"{self.num}/{self.den}"


def frame_at(media_ms: int, rate: Rate) -> int:
    """The frame shown at a media time; frame 0 is shown at 0 ms. Raises TimecodeError before that."""
    if media_ms < 0:
        raise TimecodeError(f"media time before the start: {media_ms} ms")
    return media_ms * rate.num // (1000 * rate.den)


def ms_of(frame: int, rate: Rate) -> int:
    """The first millisecond at which a frame is shown, so that `frame_at(ms_of(f, r), r) == f`."""
    if frame < 0:
        raise TimecodeError(f"frame before the start: {frame}")
    return -(-frame * 1000 * rate.den // rate.num)


def media_time(text: str) -> int:
    """Milliseconds of "m:ss" or "h:mm:ss", with a decimal part or none. Raises TimecodeError."""
    parts = _MEDIA_TIME.fullmatch(text)
    hours, minutes, seconds, decimals = parts.groups() if parts else (None, "0", "60", None)
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        raise TimecodeError(f"not a media time: {text[:40]!r}")
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int((decimals or "").ljust(3, "0"))


def media_text(media_ms: int) -> str:
    """The inverse of `media_time`, to the millisecond: "1:23.480", "1:00:00.000"."""
    minutes, ms = divmod(media_ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{ms // 1000:02}.{ms % 1000:03}"


def range_text(frame_in: int, frame_out: int | None, rate: Rate) -> str:
    """When the frames begin to show: the first and the last, or the one time where there is no end."""
    ends = (frame_in,) if frame_out is None else (frame_in, frame_out)
    return " \N{EN DASH} ".join(media_text(ms_of(frame, rate)) for frame in ends)
