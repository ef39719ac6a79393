"""What a channel is to push before the reply to its join is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVarTuple

from attrs import define, field

Out = TypeVarTuple("Out")

# Within one scheduler pass or one statement of the database there is a handful. So many would fill the outbox, too.
EARLY = 512


@define(eq=False)
class Early(Generic[*Out]):
    """Pushes through `push` once it has begun, and what came before first. One more than EARLY and the channel fails:
    its client joins again.
    """

    push: Callable[[*Out], None]
    fail: Callable[[], None]
    _waiting: list[tuple[*Out]] | None = field(factory=list, init=False)

    def __call__(self, *out: *Out) -> None:
        if self._waiting is None:
            self.push(*out)
        elif len(self._waiting) <= EARLY:
            self._waiting.append(out)

    def begin(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        if len(waiting) > EARLY:
            return self.fail()
        for out in waiting:
            self.push(*out)
