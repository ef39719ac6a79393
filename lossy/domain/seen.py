"""Up to where somebody has seen what became of a video's notes.

Transactions are numbered when they first write, and commit in another order. So what was seen is no single number, as
one that was still running may have a lower number than one that was seen. It is PostgreSQL's own snapshot, in its own
words: all below `least` were over, none from `most` on had begun, and between the two those in `running` were not over.
"""

from __future__ import annotations

import re
from itertools import pairwise

from attrs import frozen

# As many writers at once as no server of ours has: each node has a pool of eight connections. With more, `seen` stops
# at the first of them, and what came after it is told twice.
RUNNING = 100
_LARGEST = 2**63 - 1
_NUMBER = r"0|[1-9]\d{0,18}"
_SEEN = re.compile(rf"({_NUMBER}):({_NUMBER}):((?:{_NUMBER})(?:,(?:{_NUMBER}))*)?", re.ASCII)


class NotSeen(ValueError):
    """No server has said that."""


@frozen
class Seen:
    least: int
    most: int
    running: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Raises NotSeen."""
        if not 0 < self.least <= self.most <= _LARGEST or len(self.running) > RUNNING:
            raise NotSeen
        within = all(self.least <= number < self.most for number in self.running)
        if not within or any(before >= after for before, after in pairwise(self.running)):
            raise NotSeen

    def __str__(self) -> str:
        return f"{self.least}:{self.most}:{','.join(map(str, self.running))}"

    def has(self, number: int) -> bool:
        """Whether the transaction of that number was over."""
        return number < self.least or (number < self.most and number not in self.running)


def read_seen(text: str) -> Seen:
    """What a client gives back. Raises NotSeen."""
    parts = _SEEN.fullmatch(text)
    if parts is None:
        raise NotSeen
    least, most, running = parts.groups()
    return Seen(int(least), int(most), tuple(map(int, running.split(","))) if running else ())


def seen_by(snapshot: str) -> Seen:
    """What a snapshot of PostgreSQL's has seen, or a little less."""
    least, most, running = snapshot.split(":")
    numbers = tuple(map(int, running.split(","))) if running else ()
    if len(numbers) > RUNNING:
        return Seen(int(least), int(least))
    return Seen(int(least), int(most), numbers)
