"""`charts:<name>`: an admin follows a session of this node on its charts while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from attrs import define, field

from lossy.channels import topics
from lossy.channels.errors import not_found, unmatched_topic
from lossy.channels.payloads import FollowSession
from lossy.domain.access import Role
from lossy.sessions.watchers import standing_step
from lossy.store.accounts import ADMIN
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.sessions.session import Session

# That a person can choose from.
LISTED = 50


async def join_chart_activity(join: Join) -> ChartActivityChannel:
    """Raises Refusal: to whoever is no admin, and of a chart that is none, it is a topic that does not exist."""
    assert isinstance(join.topic, topics.ChartActivity), "routed here by its type"
    await _check_admin(join)
    if join.topic.chart not in join.node.charts:
        raise unmatched_topic()
    channel = ChartActivityChannel(join)
    if join.asked.follow is not None:
        channel.follow(join.asked.follow)
    return channel


async def _check_admin(join: Join) -> None:
    user = await join.node.accounts.user(join.identity.user_id)
    if user is None or user.role != ADMIN:
        raise unmatched_topic()


@define(eq=False)
class ChartActivityChannel:
    role: ClassVar = Role.OWNER
    join: Join
    _following: Held = field(factory=Held, init=False)
    _early: Early[Mapping[str, Any]] = field(init=False)
    _now: Mapping[str, Any] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(partial(self.join.push, "chart_step"), partial(self.join.end, True))

    def response(self) -> Mapping[str, Any]:
        latest = self.join.node.roster.latest(LISTED)
        return {"sessions": [_told(self._step(session)) for session in latest], "now": self._now}

    def begin(self) -> None:
        self._now = None
        self._early.begin()

    def follow(self, session_id: UUID) -> None:
        """One at a time; another one takes its place."""
        self._following.close()
        session = self.join.node.roster.any(session_id)
        self._now = None if session is None else self._step(session)
        self._following.enter_context(self.join.node.roster.watchers.follow(session_id, self._early))

    def _step(self, session: Session) -> Mapping[str, Any]:
        """Where it stands now."""
        return standing_step(session.id, session.kinds, session.states, session.n, self.join.node.clock.now_ms())

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        """Raises Refusal: not_found for a session that is not live here."""
        await _check_admin(self.join)
        match payload:
            case FollowSession(None):
                self._following.close()
                answer({"now": None})
            case FollowSession(UUID() as session_id):
                if self.join.node.roster.any(session_id) is None:
                    raise not_found()
                self.follow(session_id)
                answer({"now": self._now})

    def leave(self) -> None:
        self._following.close()


def _told(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: step[name] for name in ("session", "n", "states")}
