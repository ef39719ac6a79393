"""What the channels need of a WebSocket, whoever serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from lossy.channels.wire import Frame

if TYPE_CHECKING:
    from lossy.channels.frames import Shared

Take = Callable[[Frame], Awaitable[None] | None]

IDLE_S = 60.0  # without a frame; clients beat every 20 to 30 s

# Frames a client may be behind: some seconds of the busiest session. One that is further behind does not read; it is
# closed with 1013 (try again later), and comes back for what it missed.
OUTBOX = 512
# And bytes: a full picture with all that is replayed, or a page of notes, is a megabyte at its very longest.
OUTBOX_SIZE = 4_000_000

GOING_AWAY, INTERNAL_ERROR, SERVICE_RESTART, TRY_AGAIN_LATER = 1001, 1011, 1012, 1013


class Transport(Protocol):
    """A client that says nothing for IDLE_S is gone."""

    async def serve(self, take: Take) -> None:
        """Calls `take` with each message, in order, until the client is gone or we have closed.

        `take` does what can be done at once. What it gives back is awaited before the next message; an error of either
        is raised here.
        """

    def send(self, frame: Frame) -> None:
        """Puts a frame into the outbox and returns; a client that does not read is closed when that is full."""

    def share(self, shared: Shared) -> None:
        """`send` of what others are sent, too."""

    def close(self, code: int) -> None:
        """Closes after what is in the outbox; the first code counts. `serve` then returns."""
