"""Lengths of time and places in a film as a person writes them: `250 ms`, `2 s`, `15 min`, `3 h`; `1:02.5`."""

from __future__ import annotations

import re
from typing import NewType

from lossy.domain.timecode import media_text, media_time

Lasts = NewType("Lasts", int)  # ms
Place = NewType("Place", int)  # ms of the film

_UNITS = {"h": 3_600_000, "min": 60_000, "s": 1_000, "ms": 1}
_LASTS = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|h)")
LONGEST_MS = 48 * _UNITS["h"]


def read_lasts(written: object) -> Lasts:
    """Raises ValueError."""
    match = _LASTS.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"a length of time is written as in 250 ms, 2 s, 15 min or 3 h, not {written!r}")
    ms = round(float(match[1]) * _UNITS[match[2]])
    if ms > LONGEST_MS:
        raise ValueError(f"{written} is longer than 48 h")
    return Lasts(ms)


def write_lasts(ms: int) -> str:
    unit = next((name for name, size in _UNITS.items() if ms and ms % size == 0), "ms")
    return f"{ms // _UNITS[unit]} {unit}"


def read_place(written: object) -> Place:
    """Raises ValueError."""
    if not isinstance(written, str):
        raise ValueError(f"a place in the film is written as in 1:02, 0:07.5 or 1:00:00, not {written!r}")
    return Place(media_time(written))


def write_place(ms: int) -> str:
    return media_text(ms)
