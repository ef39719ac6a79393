"""The named places between the receipt of an event and its acknowledgement, where a server can be made to die.

Each is the passage before or after one function of the product, which knows nothing of it. A passage counts when it
concerns what a client waits for: its critical events, transcripts and commands, and the work that answers them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any

import trio
from attrs import define, field, frozen

from lossy.channels.wire import Reply
from lossy.sessions.inbox import Happened

EVENTS = frozenset({"voice_event", "transcript_final", "command", "skipped"})
# The same by the names under which they reach a session, a link and the journal.
HEARD = frozenset({"event", "speech_start", "speech_end", "transcript_final", "start", "done.structuring"})
UNAWAITED = '"heartbeat"'  # an event that nobody sends again


@define(eq=False)
class Passages:
    """Counts the passages of one place, and kills the process at the last of them."""

    place: str
    left: int
    _refs: set[str] = field(factory=set, init=False)  # of what clients wait for
    _replies: set[str | bytes] = field(factory=set, init=False)  # to these, encoded
    _writer: trio.lowlevel.Task | None = field(default=None, init=False)

    def passed(self, place: str) -> None:
        if place == self.place:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    # -- what each passage is about -----------------------------------------------------------------------------

    def frame(self, call: Call) -> bool:
        frame = call.result
        awaited = isinstance(frame, str) and UNAWAITED not in frame
        return awaited and any(f'"{event}"' in frame for event in EVENTS)

    def message(self, call: Call) -> bool:
        message = call.result
        if message.event not in EVENTS or message.payload.get("kind") == "heartbeat":
            return False
        self._refs.add(message.ref)
        return True

    def happened(self, call: Call) -> bool:
        """Offered to the inbox, or taken from it; nothing is when that was only woken."""
        happened = call.result if call.result is not None else call.arguments[-1]
        return isinstance(happened, Happened) and happened.event.name in HEARD

    def event(self, call: Call) -> bool:
        return call.arguments[2].event.name in HEARD

    def commits(self, call: Call) -> bool:
        return any(commit.entry.event in HEARD for commit in call.arguments[1])

    def batch(self, call: Call) -> bool:
        concerned = self.commits(call)
        self._writer = trio.lowlevel.current_task() if concerned else None
        return concerned

    def statement(self, call: Call) -> bool:
        return self._writer is trio.lowlevel.current_task()

    def handled(self, call: Call) -> bool:
        handled = call.arguments[0]._handled
        return handled is not None and handled.event.name in HEARD

    def reply(self, call: Call) -> bool:
        out = call.arguments[1]
        return isinstance(out, Reply) and out.ref in self._refs

    def encoded(self, call: Call) -> bool:
        """Not a place: so that the frame is known when it is sent."""
        if self.reply(call):
            self._replies.add(call.result)
        return False

    def sent(self, call: Call) -> bool:
        return call.arguments[1] in self._replies


@frozen
class Call:
    """One call of a function; its `result` is None before it has one."""

    arguments: tuple[Any, ...]
    result: Any = None


Concerns = Callable[[Passages, Call], bool]


@frozen
class Place:
    """`at` is "module:Class.function"."""

    name: str
    means: str
    at: str
    concerns: Concerns
    after: bool = False


PLACES = (
    Place(
        "received",
        "its frame has left the socket, and nobody has looked at it",
        "lossy.channels.frames:Reader._read",
        Passages.frame,
        after=True,
    ),
    Place(
        "decoded",
        "it is a message, not yet given to its channel",
        "lossy.channels.wire:V2.decode",
        Passages.message,
        True,
    ),
    Place(
        "offered",
        "it waits in the session's inbox",
        "lossy.sessions.inbox:Inbox.offer",
        Passages.happened,
        after=True,
    ),
    Place("taken", "the session has taken it up", "lossy.sessions.inbox:Inbox.next", Passages.happened, after=True),
    Place(
        "stepped",
        "the charts have decided, in memory alone",
        "lossy.sessions.session:Session._step",
        Passages.event,
        after=True,
    ),
    Place(
        "before the queue",
        "its commit is about to be queued for the writer",
        "lossy.store.journal:PostgresLedger.commit_together",
        Passages.commits,
    ),
    Place(
        "before the batch",
        "the writer has taken it from the queue",
        "lossy.store.journal:PostgresLedger._write",
        Passages.batch,
    ),
    Place(
        "before the statement",
        "its rows are made, and not sent",
        "lossy.store.batch:Batch.write",
        Passages.statement,
    ),
    Place(
        "committed",
        "it is durable, and the session does not know yet",
        "lossy.store.journal:PostgresLedger._write",
        Passages.batch,
        after=True,
    ),
    Place(
        "before the effects",
        "the session knows it is durable, and has told nobody",
        "lossy.sessions.session:Session._tell",
        Passages.handled,
    ),
    Place("before the reply", "its reply is about to be encoded", "lossy.channels.wire:V2.encode", Passages.reply),
    Place(
        "before it is sent",
        "its reply is about to enter the outbox",
        "lossy.web.websocket:WebSocket.send",
        Passages.sent,
    ),
)
NAMES = tuple(place.name for place in PLACES)
# What is to be known of other calls to tell which passages count; no place has the name.
_ASIDE = (
    Place("", "", "lossy.channels.wire:V2.decode", Passages.message, after=True),
    Place("", "", "lossy.channels.wire:V2.encode", Passages.encoded, after=True),
    Place("", "", "lossy.store.journal:PostgresLedger._write", Passages.batch),
)


def watch(passages: Passages) -> None:
    """From now on the process counts its passages of that place. Raises LookupError for one that is not there."""
    chosen = next((place for place in PLACES if place.name == passages.place), None)
    if chosen is None:
        raise LookupError(f"there is no place {passages.place!r}; there are {', '.join(NAMES)}")
    for place in (chosen, *(aside for aside in _ASIDE if aside.at != chosen.at)):
        _wrap(place, passages)


def _wrap(place: Place, passages: Passages) -> None:
    module, _, path = place.at.partition(":")
    owner_path, _, name = path.rpartition(".")
    try:
        owner = attrgetter(owner_path)(import_module(module))
        function = getattr(owner, name)
    except AttributeError:
        raise LookupError(f"{place.at} is not there any more: the place {place.name!r} has to move") from None
    setattr(owner, name, _wrapped(function, place, passages))


def _wrapped(function: Callable[..., Any], place: Place, passages: Passages) -> Callable[..., Any]:
    def look(call: Call) -> None:
        if place.concerns(passages, call):
            passages.passed(place.name)

    @wraps(function)
    def plain(*arguments: Any, **named: Any) -> Any:
        if not place.after:
            look(Call(arguments))
        result = function(*arguments, **named)
        if place.after:
            look(Call(arguments, result))
        return result

    @wraps(function)
    async def waiting(*arguments: Any, **named: Any) -> Any:
        if not place.after:
            look(Call(arguments))
        result = await function(*arguments, **named)
        if place.after:
            look(Call(arguments, result))
        return result

    return waiting if iscoroutinefunction(function) else plain


def table() -> Mapping[str, str]:
    """What each place means, in the order in which an event passes them."""
    return {place.name: place.means for place in PLACES}
