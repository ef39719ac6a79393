"""Sessions on their charts, from the journal: a stored one, and one that runs on another node while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import trio

from lossy.channels.errors import Code, Refusal, not_found
from lossy.sessions.catalog import OF_SESSION, initial_data
from lossy.store.session_following import SessionFollowing
from lossy.web.api import Api, Asked
from lossy.web.chart_activity import LISTED
from lossy.why.case import Unknown
from lossy.why.inquiry import Inquiry
from lossy.why.trace import trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossy.store.journal_reading import Recorded
    from lossy.web.node import Node

# More than a person goes through, and less than a second to play again.
STEPS = 2_000


def serve_chart_sessions(node: Node) -> Api:
    api = Api.named("chart_sessions", node)
    initial = initial_data(node.settings)
    inquiry, following = Inquiry(node.journal, node.charts, initial), SessionFollowing(node.pool)

    async def played(recorded: Recorded, around: int | None, most: int) -> Sequence[Mapping[str, Any]]:
        charts = {name: node.charts[name] for name in OF_SESSION}
        # A long journal takes some tenths of a second to play again, in which every socket would wait.
        return await trio.to_thread.run_sync(trace, charts, initial, recorded, around, most)

    @api.handles("chart_trace")
    async def chart_trace(asked: Asked) -> Mapping[str, Any]:
        try:
            session_id, n = await inquiry.meant(asked.ids["of_id"])
        except Unknown as error:
            raise Refusal(Code.NOT_FOUND, str(error)) from None
        recorded = await node.journal.session(session_id)
        if recorded is None:
            raise not_found()
        steps = await played(recorded, n, STEPS)
        return {"session": str(session_id), "n": n, "total": len(recorded.entries), "steps": steps}

    @api.handles("list_chart_sessions")
    async def list_chart_sessions(asked: Asked) -> Mapping[str, Any]:
        here = [session.id for session in node.roster.latest(LISTED)]
        held = await following.held(LISTED, here)
        return {"sessions": [{**attrs.asdict(each), "session": str(each.session)} for each in held]}

    @api.handles("chart_steps")
    async def chart_steps(asked: Asked) -> Mapping[str, Any]:
        session_id, after = asked.ids["session_id"], asked.query.after
        since = await following.since(session_id, after)
        if since is None:
            raise not_found()
        recorded = since.recorded
        steps = await played(recorded, None, len(recorded.entries)) if since.last > after else ()
        late = [step for step in steps if step["n"] > after]
        return {
            "session": str(session_id),
            "here": node.roster.any(session_id) is not None,
            "node": since.held and since.held.node,
            "url": since.held and since.held.url,
            "ended": recorded.ended_at is not None,
            "last": since.last,
            "behind_ms": max(0, node.clock.now_ms() - late[-1]["at"]) if late else None,
            "steps": late,
        }

    return api
