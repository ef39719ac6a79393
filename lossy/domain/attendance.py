"""Who was there in a review session, and when: read off the journal's joins and leaves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

# A connection that breaks comes back within the grace of its link, half a minute by default. Longer away is away.
BREAK_MS = 60_000


@frozen
class Mark:
    """A device came or went, in the order of the session. Times in ms since the Unix epoch."""

    at: int
    device: str
    came: bool


@frozen
class Stay:
    """`until` is None while they are there."""

    since: int
    until: int | None


def stays(marks: Iterable[Mark], ended_at: int | None) -> tuple[Stay, ...]:
    """Of one person on any of their devices, without the breaks that are none. `ended_at` is the session's end."""
    there: set[str] = set()
    found: list[Stay] = []
    for mark in marks:
        if mark.came and not there:
            found = _begin(found, mark.at)
        there = there | {mark.device} if mark.came else there - {mark.device}
        if not mark.came and not there and found:
            found[-1] = Stay(found[-1].since, max(found[-1].since, mark.at))
    if there and ended_at is not None:
        found[-1] = Stay(found[-1].since, max(found[-1].since, ended_at))
    return tuple(found)


def _begin(found: list[Stay], at: int) -> list[Stay]:
    """Goes on with the latest stay where only a break lies between."""
    if found and found[-1].until is not None and at - found[-1].until <= BREAK_MS:
        return [*found[:-1], Stay(found[-1].since, None)]
    return [*found, Stay(at, None)]
