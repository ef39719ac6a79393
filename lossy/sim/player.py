"""The film in a tab."""

from __future__ import annotations

from attrs import define

from lossy.sim.script.pace import Pace

# A film that nobody winds back ends here; the protocol refuses a place beyond a day.
FILM_MS = 23 * 3_600_000


@define(eq=False)
class Player:
    """Where the film is. It runs by the story's time."""

    _pace: Pace
    _at_ms: int = 0
    _since: float | None = None  # while it runs

    @property
    def at_ms(self) -> int:
        run = 0 if self._since is None else round((self._pace.now() - self._since) * 1_000)
        return min(self._at_ms + run, FILM_MS)

    def was_at(self, ago_ms: int) -> int:
        return self.at_ms if self._since is None else max(0, self.at_ms - ago_ms)

    def play(self) -> None:
        self._at_ms, self._since = self.at_ms, self._pace.now()

    def stop(self) -> None:
        self._at_ms, self._since = self.at_ms, None

    def seek(self, to_ms: int) -> None:
        self._at_ms = to_ms
        if self._since is not None:
            self._since = self._pace.now()
