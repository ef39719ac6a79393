"""What a device keeps until its server has it (F1, F4). Pure but for the events that tell who waits.

Hardware events are critical: they carry numbers without holes, one acknowledgement is for all up to its number, and
beyond CRITICAL the oldest is dropped and announced as skipped. Transcripts are never dropped: only an answer takes one
away. Commands are of their moment, and the server may see each once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import trio
from attrs import define, field

from lossy.sim.client import Refused

# What F1 allows.
CRITICAL = 100

TRANSCRIPT, COMMAND, CRITICAL_EVENT = "transcript_final", "command", "voice_event"
# Said twice they change nothing more; any other click whose answer was lost is not made again.
REPEATABLE = frozenset({"start", "stop", "pause", "resume", "close"})

Answer = Mapping[str, Any] | Refused


@define(eq=False)
class Said:
    """One thing to be delivered. `answer` is the server's once `settled`; None when it was dropped or is lost.

    `seq` is a critical event's number, which a reset may change. `of` is the start of the segment that a transcript is
    of.
    """

    event: str
    facts: Mapping[str, Any]
    seq: int | None = None
    of: Said | None = None
    settled: trio.Event = field(factory=trio.Event, init=False)
    answer: Answer | None = field(default=None, init=False)

    @property
    def payload(self) -> Mapping[str, Any]:
        """As it goes over the wire now."""
        numbers = {"seq": self.seq, "segment": self.of.seq if self.of else None}
        return {**self.facts, **{name: number for name, number in numbers.items() if number is not None}}

    def settle(self, answer: Answer | None) -> None:
        self.answer = answer
        self.settled.set()


@define(eq=False)
class Kept:
    """`seq` is the last number given, `accepted_through` what the server said last, `dropped` how many were lost.

    A `hasty` one sends transcripts without an answer to the one before.
    """

    hasty: bool = False
    seq: int = field(default=0, init=False)
    accepted_through: int = field(default=0, init=False)
    dropped: int = field(default=0, init=False)
    _said: list[Said] = field(factory=list, init=False)  # in the order in which it was said
    _unreported: int = field(default=0, init=False)  # the last dropped number, as long as it is to be announced

    # -- what is said -------------------------------------------------------------------------------------------

    def hear(self, facts: Mapping[str, Any]) -> Said:
        """A critical event gets the next number; one too many costs the oldest its place."""
        self.seq += 1
        said = Said(CRITICAL_EVENT, facts, self.seq)
        self._said.append(said)
        critical = self.critical
        if len(critical) > CRITICAL:
            self._drop(critical[0])
        return said

    def keep(self, said: Said) -> None:
        self._said.append(said)

    def _drop(self, said: Said) -> None:
        assert said.seq is not None, "only critical events are dropped"
        self.dropped += 1
        self._unreported = said.seq
        self.settle(said, None)

    # -- what is held -------------------------------------------------------------------------------------------

    @property
    def critical(self) -> list[Said]:
        return [said for said in self._said if said.seq is not None]

    @property
    def unsettled(self) -> tuple[Said, ...]:
        return (*self._said,)

    @property
    def first_seq(self) -> int | None:
        """The first number that is held, or has yet to be announced as skipped; None when there is neither."""
        if self._unreported > self.accepted_through:
            return self.accepted_through + 1
        return next((said.seq for said in self.critical), None)

    def skipped_from(self, expected: int) -> tuple[int, int] | None:
        """The numbers from `expected` on that are held no more: (from, to); None when that one is held."""
        first = next((said.seq for said in self.critical if said.seq is not None), self.seq + 1)
        return (expected, first - 1) if expected < first else None

    def due(self, sent: set[Said]) -> list[Said]:
        """What may go now, beside what has been `sent` on this connection and has no answer yet.

        Critical events follow each other at once. A command goes alone, and a transcript when all that was heard
        before it is accepted and, of who is not hasty, the one before it has its answer: the server judges each by
        those before it, and has room for so many.
        """
        due: list[Said] = []
        heard = False  # whether there is anything but transcripts before it
        for i, said in enumerate(self._said):
            if said.event == TRANSCRIPT:
                due += [said] if i == 0 or (self.hasty and not heard) else []
                continue
            if said.event != COMMAND or not heard:
                due.append(said)
            heard = True
            if said.event == COMMAND:
                break
        return [said for said in due if said not in sent]

    # -- what the server says -----------------------------------------------------------------------------------

    def settle(self, said: Said, answer: Answer | None) -> None:
        if said in self._said:
            self._said.remove(said)
            said.settle(answer)

    def acknowledge(self, through: int) -> None:
        self.accepted_through = max(self.accepted_through, through)
        for said in self.critical:
            if said.seq is not None and said.seq <= through:
                self.settle(said, {"accepted_through": through})

    def go_on(self, accepted_through: int) -> None:
        """The server has these; a device that forgot its numbers counts on from there."""
        self.acknowledge(accepted_through)
        self.seq = max(self.seq, accepted_through)

    def renumber(self, accepted_through: int) -> None:
        """A reset: what is held gets the numbers after the last that the server has accepted."""
        self.accepted_through = self.seq = accepted_through
        self._unreported = 0
        for said in self.critical:
            self.seq += 1
            said.seq = self.seq

    def lost_clicks(self, sent: set[Said]) -> list[Said]:
        """Those of `sent` that may have been heard or not, and must not be made again."""
        return [
            said
            for said in self._said
            if said in sent and said.event == COMMAND and said.facts.get("name") not in REPEATABLE
        ]
