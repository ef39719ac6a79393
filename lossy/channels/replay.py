"""The numbers of what a session pushes, so that a broken connection loses nothing and repeats nothing.

They count from 1 without holes, within an epoch. What a device sends is numbered alike; its link judges that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from lossy.channels.wire import Encoded, encoded

if TYPE_CHECKING:
    from collections.abc import Mapping

# Up to here JavaScript counts exactly (Number.MAX_SAFE_INTEGER).
MAX_SEQ = 2**53 - 1

# At half a kilobyte each a quarter of a megabyte per session. A client that missed more gets the full picture.
MAX_KEPT = 512


# The event, and the payload with its `push_epoch` and `push_seq`: encoded once, for each device and each replay.
NumberedPush = tuple[str, Encoded]


@define(eq=False)
class Outbound:
    """The pushes of one session. A new epoch starts at 1 again and tells clients to forget what they have.

    The last ones are held, at most `ring`: the oldest goes when one more is pushed. They are changed in place, because
    a copy of 512 that no cache holds takes longer than all else about a push. They are not pairs: of a
    remark those stayed for the collector of cycles, which stops a full server for a tenth of a second to look.
    """

    epoch: int
    ring: int = MAX_KEPT
    seq: int = 0
    _events: list[str] = field(factory=list, init=False)  # a deque takes 0.7 KB in each session that holds none
    _payloads: list[Encoded] = field(factory=list, init=False)

    @property
    def held(self) -> int:
        return len(self._events)

    def push(self, event: str, payload: Mapping[str, Any]) -> NumberedPush:
        self.seq += 1
        numbered = encoded({**payload, "push_epoch": self.epoch, "push_seq": self.seq})
        self._events.append(event)
        self._payloads.append(numbered)
        if len(self._events) > self.ring:
            del self._events[0], self._payloads[0]
        return event, numbered

    def let_go(self) -> None:
        """Nothing is held any more, and the numbers go on."""
        self._events.clear()
        self._payloads.clear()

    def latest(self, count: int) -> list[NumberedPush]:
        """So many, or as many as are held; oldest first."""
        first = max(0, self.held - count)
        return [*zip(self._events[first:], self._payloads[first:], strict=True)]

    def since(self, last_push_seq: int, epoch: int) -> tuple[NumberedPush, ...] | None:
        """The pushes after `last_push_seq`, oldest first; None where the client must have the full picture instead:
        it knows another epoch, a number never given, or one whose successors are gone."""
        missed = self.seq - last_push_seq
        if epoch != self.epoch or not 0 <= missed <= self.held:
            return None
        return tuple(self.latest(missed))
