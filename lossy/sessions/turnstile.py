"""Which sessions go on first where more have something to do than can at once: on a server that is full.

There a queue has no end while more is said than it can hear, and everybody in it waits for all who were before. So
words are taken newest first: most notes come at once, and a few late, until the server has room again. What only shows
what is going on, as that somebody begins to speak, waits for all words, and goes with its own where these come before
(decision 50).
"""

from __future__ import annotations

from typing import Protocol

import trio
from attrs import define, field

# Sessions in one turn of the scheduler. A step takes some 0.4 ms, and all else that goes on, the database's answers
# among it, waits for the end of the turn.
AT_ONCE = 12
# So long words wait at the most while newer ones go before them, and all else while words do, in s.
WORDS_S, REST_S = 3.0, 1.0


class Waits(Protocol):
    def go(self) -> bool:
        """Wakes its session, which tells the turnstile by `gone_on`. False where it goes on already."""


@define(eq=False)
class Turnstile:
    """A semaphore of AT_ONCE from the wake of a session until it runs. As many wait as there are sessions."""

    _free: int = field(default=AT_ONCE, init=False)
    _words: dict[Waits, float] = field(factory=dict, init=False)  # the newest is the last; since when, on trio's clock
    _rest: dict[Waits, float] = field(factory=dict, init=False)  # the oldest is the first

    def ask(self, session: Waits, *, soon: bool) -> None:
        """It goes on at once where there is room. Asked once more it has its newest place and the older wait."""
        if self._free:
            self._free -= session.go()
        elif session in self._words:
            self._words[session] = self._words.pop(session)
        elif soon:
            self._words[session] = self._rest.pop(session, trio.current_time())
        else:
            self._rest.setdefault(session, trio.current_time())

    def gone_on(self) -> None:
        """A session that was woken runs now."""
        self._free += 1
        while self._free and (waiting := self._next()) is not None:
            self._free -= waiting.go()

    def _next(self) -> Waits | None:
        now = trio.current_time()
        for waiting, longest_s in ((self._words, WORDS_S), (self._rest, REST_S)):
            first = next(iter(waiting), None)
            if first is not None and now - waiting[first] > longest_s:
                del waiting[first]
                return first
        if self._words:
            return self._words.popitem()[0]
        first = next(iter(self._rest), None)
        if first is not None:
            del self._rest[first]
        return first
