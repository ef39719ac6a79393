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
# Whoever has waited for so long goes before all who came later, in s: with words, and without. Where a server is full
# for longer than that the first is what everybody waits. A browser looks into a connection that is silent for 2 s.
WORDS_S, REST_S = 5.0, 1.5


class Waits(Protocol):
    def go(self) -> bool:
        """Wakes its session, which tells the turnstile by `gone_on`. False where it goes on already."""


@define(eq=False)
class Turnstile:
    """A semaphore of AT_ONCE from the wake of a session until it runs. As many wait as there are sessions."""

    _free: int = field(default=AT_ONCE, init=False)
    _since: dict[Waits, float] = field(factory=dict, init=False)  # of all who wait, in order; on trio's clock
    _words: dict[Waits, None] = field(factory=dict, init=False)  # of these; the last is who said something last

    def ask(self, session: Waits, *, soon: bool) -> None:
        """It goes on at once where there is room. Asked once more it has the newest place, and waits since it asked
        first.
        """
        if self._free:
            self._free -= session.go()
            return
        self._since.setdefault(session, trio.current_time())
        if soon or session in self._words:
            self._words.pop(session, None)
            self._words[session] = None

    def gone_on(self) -> None:
        """A session that was woken runs now."""
        self._free += 1
        while self._free and self._since:
            following = self._following()
            self.leave(following)
            self._free -= following.go()

    def leave(self, session: Waits) -> None:
        """It went on by itself, and has taken what was there."""
        self._since.pop(session, None)
        self._words.pop(session, None)

    def _following(self) -> Waits:
        oldest, since = next(iter(self._since.items()))
        longest_s = WORDS_S if oldest in self._words else REST_S
        if self._words and trio.current_time() - since <= longest_s:
            return next(reversed(self._words))
        return oldest
