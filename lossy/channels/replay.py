"""Sequence numbers, so that a broken connection loses nothing and repeats nothing.

Both directions count from 1 without holes. The values are made of what JSON has, to be journaled with a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import frozen

from lossy.channels.errors import invalid

# Up to here JavaScript counts exactly (Number.MAX_SAFE_INTEGER).
MAX_SEQ = 2**53 - 1

# At half a kilobyte each a quarter of a megabyte per session. A client that missed more gets the full picture.
MAX_KEPT = 512


@frozen
class Fresh:
    """Take the event in, then acknowledge."""


@frozen
class Repeat:
    """It has been taken in before: acknowledge and do nothing."""


@frozen
class Gap:
    """An earlier one is missing: refuse, and say which."""

    expected: int


FRESH, REPEAT = Fresh(), Repeat()
Verdict: TypeAlias = Fresh | Repeat | Gap


@frozen
class Inbound:
    """What has arrived from one device in one session: every event up to `accepted_through`, and none after it."""

    accepted_through: int = 0

    @property
    def expected(self) -> int:
        return self.accepted_through + 1

    def receive(self, seq: int) -> tuple[Inbound, Verdict]:
        """Judges an event by its number. Raises Refusal where that is no number of an event."""
        _check_seq("seq", seq)
        return self._accept(seq, seq)

    def skipped(self, first: int, last: int) -> tuple[Inbound, Verdict]:
        """Judges the news that the events `first` to `last` will never come. Raises Refusal where they are no range."""
        _check_seq("from", first)
        _check_seq("to", last)
        if last < first:
            raise invalid("to", "It comes before `from`.")
        return self._accept(first, last)

    def _accept(self, first: int, last: int) -> tuple[Inbound, Verdict]:
        if first > self.expected:
            return self, Gap(self.expected)
        if last < self.expected:
            return self, REPEAT
        return Inbound(last), FRESH


def _check_seq(path: str, seq: int) -> None:
    if not 1 <= seq <= MAX_SEQ:
        raise invalid(path, f"It must be from 1 to {MAX_SEQ}.")


@frozen
class NumberedPush:
    """`payload` carries `push_epoch` and `push_seq`."""

    event: str
    payload: Mapping[str, Any]


@frozen
class Outbound:
    """The pushes of one session. A new epoch starts at 1 again and tells clients to forget what they have.

    `kept` are the last ones, at most MAX_KEPT: the oldest goes when one more is pushed.
    """

    epoch: int
    seq: int = 0
    kept: tuple[NumberedPush, ...] = ()

    def push(self, event: str, payload: Mapping[str, Any]) -> tuple[Outbound, NumberedPush]:
        seq = self.seq + 1
        numbered = NumberedPush(event, {**payload, "push_epoch": self.epoch, "push_seq": seq})
        return Outbound(self.epoch, seq, (*self.kept[1 - MAX_KEPT :], numbered)), numbered

    def since(self, last_push_seq: int, epoch: int) -> tuple[NumberedPush, ...] | None:
        """The pushes after `last_push_seq`, oldest first; None where the client must have the full picture instead:
        it knows another epoch, a number never given, or one whose successors are gone."""
        missed = self.seq - last_push_seq
        if epoch != self.epoch or not 0 <= missed <= len(self.kept):
            return None
        return self.kept[len(self.kept) - missed :]
