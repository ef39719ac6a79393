"""A circuit breaker: what failed several times in a row is let alone for a while, then tried once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from attrs import define, field

from lossy.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


FAILURES = 3  # in a row
# A server that restarts is back within half a minute; one that stays away is asked every five.
AWAY_FIRST_MS = 30_000
AWAY_MOST_MS = 300_000

log = structlog.get_logger()


class Failed(Exception):
    """A try came to nothing; the reason in a word. `retry_after_ms` is what the other side asked for, if it did."""

    def __init__(self, reason: str, retry_after_ms: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after_ms = retry_after_ms


class Away(Failed):
    """It is of no use to try again soon."""


@define(eq=False)
class Breaker:
    """Of one node: what one session learns spares the others. `name` is for the log."""

    name: str
    clock: Clock
    _failures: int = field(default=0, init=False)  # in a row
    _away_ms: int = field(default=0, init=False)  # how long it is let alone; 0 while it is there
    _until: int = field(default=0, init=False)  # when that is over
    _probing: bool = field(default=False, init=False)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one try, which fails by raising Failed. One that is cancelled counts as nothing.

        Raises Away where there is to be no try now, and in the place of the failure that opens the breaker.
        """
        probe = self._admit()
        try:
            yield
        except Failed as failure:
            self._fail(failure, probe=probe)
            if self._away_ms:
                raise Away(str(failure)) from failure
            raise
        else:
            self._succeed()
        finally:
            self._probing = self._probing and not probe

    def _admit(self) -> bool:
        """Whether the try is the one that probes."""
        if not self._away_ms:
            return False
        if self._probing or self.clock.now_ms() < self._until:
            raise Away("away")
        self._probing = True
        return True

    def _fail(self, failure: Failed, *, probe: bool) -> None:
        """While it is away only the probe counts: the others were on their way when it was believed to be there."""
        self._failures += 1
        asked = failure.retry_after_ms
        if probe or (not self._away_ms and (self._failures >= FAILURES or asked is not None)):
            self._away_ms = min(max(2 * self._away_ms, AWAY_FIRST_MS), AWAY_MOST_MS)
            alone_ms = self._away_ms if asked is None else min(asked, AWAY_MOST_MS)
            self._until = self.clock.now_ms() + alone_ms
            log.warning(f"{self.name} is away", reason=str(failure), for_s=alone_ms / 1000)

    def _succeed(self) -> None:
        if self._away_ms:
            log.info(f"{self.name} is back")
        self._failures = self._away_ms = 0
