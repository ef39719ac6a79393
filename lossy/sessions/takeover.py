"""How a node comes to a session: it is free, or its person has moved here from another node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from lossy.channels.errors import held_elsewhere
from lossy.charts.model import ChartError
from lossy.sessions.links import attached
from lossy.sessions.restore import restore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.charts.model import Data
    from lossy.charts.together import Charts
    from lossy.store.ledger import Ledger, Stored

# When to try again: the other device may leave at any moment, or its node may go, within a lease.
HELD_RETRY_MS = 2_000
log = structlog.get_logger()


async def take_for(
    joining: UUID,
    tab: str | None,
    session_id: UUID,
    ledger: Ledger,
    kinds: Charts,
    initial: Mapping[str, Data],
) -> Stored | None:
    """The session for the tab of a device that joins it. None without one; `initial` is a new one's data.

    Raises Refusal (rate_limited) while it is held by a node where another device or tab is attached. If both had it for
    the asking, two of them at two nodes would take it from each other for ever.
    """
    taken = await ledger.take(session_id)
    if taken is not None:
        return taken
    stored = await ledger.read(session_id)
    if stored is None:
        return None
    is_held = stored.holder is not None and stored.holder.is_another
    if is_held and _is_shared(stored, (str(joining), tab), kinds, initial):
        log.info("session is held by another node", session=str(session_id), device=str(joining))
        raise held_elsewhere(HELD_RETRY_MS)
    return await ledger.take(session_id, even_held=True)


def _is_shared(stored: Stored, joining: tuple[str, str | None], kinds: Charts, initial: Mapping[str, Data]) -> bool:
    try:
        states = restore(kinds, stored, initial).states
    except ChartError:
        return True  # the node that holds it has other charts, and goes on with it; here it would begin anew
    return bool(attached(states) - {joining, (joining[0], None)})
