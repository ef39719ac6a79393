"""Who watches a session, on which sockets, and who waits for its answers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define, field

from lossy.channels.errors import Refusal, rate_limited
from lossy.channels.replay import Outbound
from lossy.sessions.inbox import FULL_RETRY_MS, Answer, Happened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lossy.channels.wire import Encoded

# A client says a remark again with each new connection, and a remark is in hand for seconds; beyond this it is told to
# come back, and finds the outcome.
REPEATS = 16

# Clients that watch a session without a link, of all devices together: as many as may have one.
ONLOOKERS = 16


class Listener(Protocol):
    """A client on its socket. None of these may block."""

    def deliver(self, event: str, payload: Mapping[str, Any] | Encoded) -> None: ...
    def ended(self, *, failed: bool) -> None: ...


@define(eq=False)
class Audience:
    """`outbound` numbers what is pushed and holds the latest; who has seen what is for the links to know."""

    outbound: Outbound
    _numbers: int = field(default=0, init=False)  # of the newest socket
    _arriving: dict[int, Listener] = field(factory=dict, init=False)  # by socket, until its device is attached
    _seats: dict[str, tuple[int, Listener]] = field(factory=dict, init=False)  # by device: its socket, and who is there
    _onlookers: tuple[Listener, ...] = field(default=(), init=False)  # mostly nobody
    _waiting: dict[str, list[Happened]] = field(factory=dict, init=False)  # by remark, REPEATS of each at most

    # -- sockets ------------------------------------------------------------------------------------------------

    def arrive(self, listener: Listener) -> int:
        """The number of its socket, higher than those of all before."""
        self._numbers += 1
        self._arriving[self._numbers] = listener
        return self._numbers

    def seat(self, device: str, socket: int) -> None:
        """From now on this socket is the device's. Whoever was on an older one is let go: it has gone on here."""
        listener = self._arriving.pop(socket, None)
        if listener is None:
            return  # it is gone again
        _, displaced = self._seats.get(device, (0, None))
        self._seats[device] = (socket, listener)
        if displaced is not None:
            displaced.deliver("context_taken", {"by": {"device": device}})
            displaced.ended(failed=False)

    def leave(self, device: str, socket: int) -> None:
        self._arriving.pop(socket, None)
        if self._seats.get(device, (0, None))[0] == socket:
            del self._seats[device]

    def send_away(self) -> None:
        """Everybody who is there, for good: they do not come back by themselves."""
        for listener in self._there:
            listener.ended(failed=False)

    @contextmanager
    def watched_by(self, onlooker: Listener) -> Iterator[None]:
        """It is told what is pushed meanwhile. Raises Refusal (rate_limited) where there are too many already."""
        if len(self._onlookers) >= ONLOOKERS:
            raise rate_limited(FULL_RETRY_MS)
        self._onlookers = (*self._onlookers, onlooker)
        try:
            yield
        finally:
            self._onlookers = tuple(other for other in self._onlookers if other is not onlooker)

    @property
    def is_watched(self) -> bool:
        return bool(self._seats or self._arriving or self._onlookers)

    @property
    def _there(self) -> list[Listener]:
        return [*(listener for _, listener in self._seats.values()), *self._onlookers]

    # -- pushes -------------------------------------------------------------------------------------------------

    def number(self, event: str, payload: Mapping[str, Any]) -> None:
        numbered = self.outbound.push(event, payload)
        for onlooker in self._onlookers:
            onlooker.deliver(*numbered)

    def let_go(self) -> None:
        """Of all that was pushed: nobody is waited for who could ask for it."""
        self.outbound.let_go()

    def deliver(self, device: str, count: int) -> None:
        """The latest pushes go out to that device, so many."""
        if device in self._seats:
            listener = self._seats[device][1]
            for event, payload in self.outbound.latest(count):
                listener.deliver(event, payload)

    def aside(self, event: str, payload: Mapping[str, Any]) -> None:
        """To whoever is there, without a number: it is of this moment, and nobody gets it later."""
        for listener in self._there:
            listener.deliver(event, payload)

    def aside_to(self, device: str, event: str, payload: Mapping[str, Any]) -> None:
        if device in self._seats:
            self._seats[device][1].deliver(event, payload)

    # -- answers ------------------------------------------------------------------------------------------------

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
        for listener in self._there:
            listener.ended(failed=failed)
