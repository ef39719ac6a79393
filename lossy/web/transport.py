"""What the channels need of a WebSocket, whoever serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lossy.channels.wire import Frame


class Transport(Protocol):
    async def receive(self) -> Frame | None:
        """The next message; None once the client is gone."""

    def send(self, frame: Frame) -> None:
        """Puts a frame into the outbox and returns; a client that does not read is closed when that is full."""

    def close(self, code: int) -> None:
        """Closes after what is in the outbox. `receive` then gives None."""
