"""Which remarks have to become notes: a model of the microphone so plain that it has no timers.

It follows what a reviewer did, not what the server made of it, and knows only of calm: a remark is clear where the
microphone was on for certain, its speech outlasts guard and cooldown, and its words are of substance. What is said
close to a click, in a tab that had to share, or with words that are commands may become anything.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import define

from lossy.domain.commands import command_of, is_correction
from lossy.inference.rules import Remark as Words
from lossy.inference.rules import structure

# Longer than guard and cooldown together, by what a clock may be corrected wrongly.
CLEARLY_MS = 1_500
LONGEST_MS = 55_000  # a minute of speech is cut
# After a quarter of an hour, or what its user has chosen, a microphone that hears nothing falls asleep; it is awake for
# certain for two thirds of that.
FALLS_ASLEEP_MS = 900_000
# Between two remarks of one person; a hasty one may still be the cooldown's.
APART_MS = 1_000
SURE = 0.45  # well over the usual threshold of 0.3, and over 0.4, to which deletions raise it


@define(eq=False)
class Microphone:
    """Of one review. Times are the server's, ms; nothing is certain before `on_from`, nor after `doubt_from`."""

    on_from: int | None = None
    doubt_from: int | None = None
    last_end: int = 0
    falls_asleep_ms: int = FALLS_ASLEEP_MS

    def turned_on(self, at: int) -> None:
        """A click on start was answered."""
        self.on_from, self.doubt_from = at, None

    def doubt(self, at: int) -> None:
        """From then on until it is turned on again, anything may be."""
        if self.doubt_from is None:
            self.doubt_from = at

    def spoken(self, words: str | None, began: int, ended: int, *, sure: bool) -> bool:
        """Whether a remark has to become a note whose `words` are on their way, if it has any."""
        if began - max(self.last_end, self.on_from or 0) > self.falls_asleep_ms * 2 // 3:
            self.doubt(began)
        on = self.on_from is not None and began > self.on_from and self.doubt_from is None
        apart = began - self.last_end >= APART_MS
        self.last_end = ended
        if words is not None and command_of(words) is not None:
            self.doubt(began)
        if words is None or not (on and apart and sure):
            return False
        return CLEARLY_MS <= ended - began <= LONGEST_MS and is_of_substance(words)


@lru_cache(1_024)  # scripts say the same again and again
def is_of_substance(words: str) -> bool:
    if command_of(words) is not None or is_correction(words):
        return False
    return structure(Words(words, 0, CLEARLY_MS, None)).confidence >= SURE
