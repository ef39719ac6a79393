"""Who watches a session and who waits for its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from attrs import define, field

from lossy.channels.errors import Refusal, rate_limited
from lossy.channels.replay import NumberedPush, Outbound
from lossy.sessions.inbox import FULL_RETRY_MS, Answer, Happened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# A client says a remark again with each new connection, and a remark is in hand for seconds; beyond this it is told to
# come back, and finds the outcome.
REPEATS = 16


class Listener(Protocol):
    """A client that watches the session. Neither may block."""

    def deliver(self, push: NumberedPush) -> None: ...
    def ended(self, *, failed: bool) -> None: ...


@define(eq=False)
class Audience:
    outbound: Outbound
    listeners: set[Listener] = field(factory=set, init=False)
    _waiting: dict[str, list[Happened]] = field(factory=dict, init=False)  # by remark, REPEATS of each at most

    def push(self, event: str, payload: Mapping[str, Any]) -> None:
        self.outbound, numbered = self.outbound.push(event, payload)
        for listener in tuple(self.listeners):
            listener.deliver(numbered)

    def await_outcome(self, remark_id: str, happened: Happened) -> None:
        """`happened` is answered when the remark is settled."""
        waiting = self._waiting.setdefault(remark_id, [])
        if len(waiting) < REPEATS:
            waiting.append(happened)
        else:
            happened.answer(rate_limited(FULL_RETRY_MS))

    def settle(self, remark_id: str, answer: Answer) -> None:
        for happened in self._waiting.pop(remark_id, ()):
            happened.answer(answer)

    def dismiss(self, unread: Iterator[Happened], why: Callable[[], Refusal], *, failed: bool) -> None:
        """Answers everybody who still waits, what was not read among it, and lets the listeners go."""
        for happened in (*(each for waiting in self._waiting.values() for each in waiting), *unread):
            happened.answer(why())
        for listener in tuple(self.listeners):
            listener.ended(failed=failed)
