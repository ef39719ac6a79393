"""Topics that are in the table and not built yet: whoever may join them is told so, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lossy.channels import events
from lossy.channels.errors import unavailable, unmatched_topic
from lossy.store.accounts import ADMIN

if TYPE_CHECKING:
    from lossy.web.sockets import Join


async def join_dashboard(join: Join) -> NoReturn:
    await _check_admin(join)
    raise unavailable(events.DASHBOARD.join.later)


async def _check_admin(join: Join) -> None:
    """Raises Refusal: to everybody else an admin's topic is one that does not exist."""
    user = await join.node.accounts.user(join.identity.user_id)
    if user is None or user.role != ADMIN:
        raise unmatched_topic()
