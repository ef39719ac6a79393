"""Which of a session's pushes a device has seen. They count without holes from 1, within their epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Hole(Exception):
    """A push is missing, or of an epoch that no join has told of."""


@define(eq=False)
class Seen:
    """`last` is the number of the latest push; None before the first join."""

    epoch: int | None = field(default=None, init=False)
    last: int | None = field(default=None, init=False)
    repeats: int = field(default=0, init=False)

    def adopt(self, picture: Mapping[str, Any]) -> None:
        """A full picture is what all pushes up to its number came to."""
        self.epoch, self.last = picture["push_epoch"], picture["push_seq"]

    def missed(self, reply: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The pushes that a join's reply brings. Raises Hole when they are not all that were missed."""
        if reply["pushes"] is None:
            return self.adopt(reply)
        for push in reply["pushes"]:
            if self.take(push["payload"]):
                yield push["event"], push["payload"]
        if (self.epoch, self.last) != (reply["push_epoch"], reply["push_seq"]):
            raise Hole(f"replayed to {self.epoch}.{self.last}, not to {reply['push_epoch']}.{reply['push_seq']}")

    def take(self, payload: Mapping[str, Any]) -> bool:
        """Whether it is new; what has no number always is. Raises Hole."""
        if "push_seq" not in payload:
            return True
        epoch, number = payload["push_epoch"], payload["push_seq"]
        if epoch != self.epoch or self.last is None or number > self.last + 1:
            raise Hole(f"push {epoch}.{number} came after {self.epoch}.{self.last}")
        if number <= self.last:
            self.repeats += 1
            return False
        self.last = number
        return True
