"""One task that waits for many sockets at once, and calls whoever something has come for.

A task for each that waits by `trio.lowlevel.wait_readable` costs a system call and two turns of the scheduler for every
message: as much as all the rest of it.
"""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING, cast

import trio
from attrs import define, field

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Ready = Callable[[], None]

# Sockets that are called before others have their turn: ten milliseconds of a server that is behind, and twice that
# where all are of clients that just arrived. With a quarter of it such a one read less than its clients said, whatever
# it had time for.
AT_ONCE = 256


@define(eq=False)
class Poller:
    """`run` must be running. Whoever watches may be called once more after it has let go, if that was just now."""

    _selector: selectors.BaseSelector = field(factory=selectors.DefaultSelector, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until it is cancelled."""
        with self._selector:
            task_status.started()
            while True:
                await trio.lowlevel.wait_readable(cast("selectors.EpollSelector", self._selector).fileno())
                await self._call()

    async def _call(self) -> None:
        ready = self._selector.select(0)
        for start in range(0, len(ready), AT_ONCE):
            if start:
                await trio.lowlevel.checkpoint()
            for key, _ in ready[start : start + AT_ONCE]:
                key.data()

    def watch(self, sock: socket.socket, ready: Ready) -> None:
        """From now on `ready` is called while there is something to be read. It must not raise, and not block."""
        self._selector.register(sock, selectors.EVENT_READ, ready)

    def let_go(self, sock: socket.socket) -> None:
        if self._selector.get_map() is not None:  # or it has ended
            self._selector.unregister(sock)
