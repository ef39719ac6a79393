"""A TCP socket that is written to without waiting: what is put on it within one scheduler pass leaves in one piece."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import trio
from attrs import define, field

# Bytes that are read at once. The smallest messages that say anything are 26 bytes: some hundreds are handled before
# others have their turn, and that is some milliseconds.
READ = 16_384
# Lines that are flushed before others have their turn: about a millisecond.
FLUSHED = 256


@define(eq=False)
class Passes:
    """Flushes lines, each once in a pass. `run` must be running.

    `send_deadline_s`: a peer that takes nothing for so long is cut.
    """

    send_deadline_s: float
    _due: list[Line] = field(factory=list, init=False)
    _flusher: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot, init=False)
    _nursery: trio.Nursery = field(init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until it is cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            while True:
                if not self._due:
                    await self._flusher.park()
                await self._flush()

    async def _flush(self) -> None:
        due, self._due = self._due, []
        for start in range(0, len(due), FLUSHED):
            for line in due[start : start + FLUSHED]:
                line.flush()
            await trio.lowlevel.checkpoint()

    def flush_soon(self, line: Line) -> None:
        if not self._due:
            self._flusher.unpark()
        self._due.append(line)

    def write(self, line: Line) -> None:
        """In a task of its own, which is there only while the peer takes less than there is."""
        self._nursery.start_soon(line.write)


@define(eq=False)
class Line:
    """One peer's. At most `most` pieces and `most_bytes` wait for it; `lost` is called when it is cut."""

    socket: socket.socket  # non-blocking
    _passes: Passes
    _most: int
    _most_bytes: int
    lost: Callable[[], None] = field(default=lambda: None)
    _waiting: list[bytes] = field(factory=list, init=False)
    _size: int = field(default=0, init=False)  # of what waits
    _due: bool = field(default=False, init=False)  # to be flushed
    _blocked: bool = field(default=False, init=False)  # `write` is running, until the peer has taken all there is
    _drained: trio.lowlevel.ParkingLot | None = field(default=None, init=False)

    @property
    def is_cut(self) -> bool:
        return self.socket.fileno() == -1

    def read(self) -> bytes | None:
        """What has come: nothing where the peer has closed its side, None where it says nothing."""
        try:
            return self.socket.recv(READ)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def put(self, piece: bytes) -> bool:
        """Whether there was room. What is put on a line that is cut is lost."""
        size = self._size + len(piece)
        if size > self._most_bytes or len(self._waiting) >= self._most:
            return self._put_in_parts(piece)
        self._waiting.append(piece)
        self._size = size
        if not self._due:
            self._due = True
            self._passes.flush_soon(self)
        return True

    def _put_in_parts(self, piece: bytes) -> bool:
        """So much in one pass does not mean that the peer does not read: it may take some, and there is room again."""
        self.flush()
        if self._size + len(piece) > self._most_bytes or len(self._waiting) >= self._most:
            return False
        self._waiting.append(piece)
        self._size += len(piece)
        self.flush()
        return True

    def put_last(self, piece: bytes) -> None:
        """There is always room for it."""
        self._waiting.append(piece)
        self.flush()

    def flush(self) -> None:
        """What waits goes to the system, as far as that takes it."""
        self._due = False
        if self._waiting and not self._blocked and not self._send():
            self._blocked = True
            self._passes.write(self)

    def _send(self) -> bool:
        """Whether nothing waits any more."""
        waiting = self._waiting
        data = waiting[0] if len(waiting) == 1 else b"".join(waiting)
        waiting.clear()
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.cut()
            return True
        self._size = len(data) - sent
        if self._size:
            waiting.append(data[sent:])
        return not waiting

    async def write(self) -> None:
        """Sends as the peer takes it; one that takes nothing for the deadline is cut."""
        while self._blocked:
            with trio.move_on_after(self._passes.send_deadline_s) as patience, suppress(trio.ClosedResourceError):
                await trio.lowlevel.wait_writable(self.socket)
            if patience.cancelled_caught:
                self.cut()
            elif self._blocked:
                self._blocked = not self._send()
        if self._drained is not None:
            self._drained.unpark_all()

    async def finish(self) -> None:
        """Returns when the peer has taken all and closed its side. A line that is cut before the peer is done reading
        loses what it has not read (RFC 6455, 7.1.1).
        """
        self._drained = trio.lowlevel.ParkingLot()
        while self._blocked:
            await self._drained.park()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        while not self.is_cut and self.read() != b"":
            with suppress(trio.ClosedResourceError):
                await trio.lowlevel.wait_readable(self.socket)

    def cut(self) -> None:
        """Closes it at once; what waits is lost."""
        if not self.is_cut:
            self._blocked = False
            self._waiting.clear()
            self.lost()  # before the number of its socket is another's
            trio.lowlevel.notify_closing(self.socket)
            self.socket.close()
