"""The sockets of a server that stops, closed in batches: not all clients come back at once, wherever they go."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import trio

from lossy.web.transport import SERVICE_RESTART

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from lossy.web.transport import Transport

# Two thousand are gone within a second, and twenty clients come back each hundredth of it.
BATCH = 20
APART_S = 0.01


async def close_sockets(sockets: AbstractSet[Transport], *, within_s: float) -> None:
    """Those that are open now; in larger batches, where that would take longer than it may."""
    waiting = [*sockets]
    most = ceil(len(waiting) * APART_S / within_s) if within_s > 0 else len(waiting)
    size = max(BATCH, most)
    while waiting:
        for socket in waiting[:size]:
            socket.close(SERVICE_RESTART)
        waiting = waiting[size:]
        if waiting:
            await trio.sleep(APART_S)
