"""An open loop: what is due is said at its moment, whether or not the server keeps up.

How long something takes is counted from when it was due and not from when it could be sent, so a server that stalls, or
a client that is late itself, cannot hide it (no coordinated omission).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import trio
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lossy.sim.load.figures import Figures

# A remark, and the pause after it; the server's cooldown is half of that.
SPEECH_S = 2.0
PAUSE_S = 1.0


class TooFast(Exception):
    """Nobody can say so much in that time."""


class TooSlow(Exception):
    """The server took longer than was asked for, or left remarks without a note."""


class Speaker(Protocol):
    """`remark` begins `lead_s` before the end of speech is due, and ends when that remark has its outcome."""

    @property
    def lead_s(self) -> float: ...

    async def remark(self, due: float) -> str | None:
        """`due` is on trio's clock. None where it became a note, else why it did not."""


@frozen
class Load:
    """Each of `sessions` in its turn says a remark, `rate` of them in a second all together, for `seconds`.

    Raises TooFast.
    """

    sessions: int
    rate: float
    seconds: float

    def __attrs_post_init__(self) -> None:
        if self.every_s < SPEECH_S + PAUSE_S:
            raise TooFast(
                f"{self.rate:g} remarks a second of {self.sessions} sessions are one of each in {self.every_s:.1f} s; "
                f"a remark and the pause after it take {SPEECH_S + PAUSE_S:.0f} s"
            )

    @property
    def every_s(self) -> float:
        """How often one of them speaks."""
        return self.sessions / self.rate

    def dues(self) -> Iterator[tuple[int, float]]:
        """The number of the session and s after the beginning, of all remarks in their order."""
        for number in range(round(self.rate * self.seconds)):
            yield number % self.sessions, number / self.rate


async def run_open_loop(load: Load, speakers: Sequence[Speaker], figures: Figures, patience_s: float) -> None:
    """Ends when every remark has its outcome, or `patience_s` after the last was due; that counts as waited so long."""
    began = trio.current_time() + max(speaker.lead_s for speaker in speakers)
    with trio.move_on_at(began + load.seconds + patience_s):
        async with trio.open_nursery() as nursery:
            for session, at in load.dues():
                speaker = speakers[session]
                await trio.sleep_until(began + at - speaker.lead_s)
                nursery.start_soon(_remark, speaker, began + at, figures)


async def _remark(speaker: Speaker, due: float, figures: Figures) -> None:
    with figures.awaited(due):
        outcome = await speaker.remark(due)
        figures.settle(due, outcome)
