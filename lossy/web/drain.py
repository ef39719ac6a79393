"""The sockets of a server that stops, closed in batches: not all clients come back at once, wherever they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from lossy.web.transport import Transport

SERVICE_RESTART = 1012  # the close code of a deploy: clients come back

# The two thousand that a server takes are gone within a second, and twenty clients come back each hundredth of it.
BATCH = 20
APART_S = 0.01


async def close_sockets(sockets: AbstractSet[Transport]) -> None:
    """Those that are open now."""
    waiting = [*sockets]
    while waiting:
        for socket in waiting[:BATCH]:
            socket.close(SERVICE_RESTART)
        waiting = waiting[BATCH:]
        if waiting:
            await trio.sleep(APART_S)
