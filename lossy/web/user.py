"""`user:<id>`: what concerns one user on all their devices: their settings and flags, and which devices are there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field

from lossy.bus.memory import Published
from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.channels.payloads import RefreshToken, UpdateSettings
from lossy.channels.wire import Broadcast
from lossy.domain.access import Role
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.sessions.flags import Payload


async def join_user(join: Join) -> UserChannel:
    """Raises Refusal: not_found for anybody else's topic, as for one that is nobody's."""
    assert isinstance(join.topic, topics.User), "routed here by its type"
    if join.topic.user != join.identity.user_id:
        raise not_found()
    channel = UserChannel(join)
    with Held() as subscription:
        # Subscribed before the settings are read: a change made meanwhile is told twice rather than never.
        subscription.enter_context(join.node.bus.subscribe(str(join.topic), channel.deliver))
        subscription.enter_context(join.node.flags.follow(join.topic.user, channel.tell_flags))
        channel.reply = (await join.node.user_settings.in_force.of(join.topic.user)).as_payload()
        channel.subscription = subscription.pop_all()
    return channel


@define(eq=False)
class UserChannel:
    role: ClassVar = Role.OWNER
    join: Join
    subscription: Held = field(factory=Held, init=False)
    reply: Mapping[str, Any] = field(factory=dict, init=False)
    _early: Early[Published] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(self.join.deliver, partial(self.join.end, True))

    def response(self) -> Mapping[str, Any]:
        return {**self.reply, "flags": self.join.node.flags.told(self.join.identity.user_id)}

    def begin(self) -> None:
        self.reply = {}  # it has been sent, and the channel may live for hours
        self.join.place.enter(self.join.identity.device_id, online_at=self.join.node.clock.now_ms())
        self._early.begin()

    def deliver(self, published: Published) -> None:
        self._early(published)

    def tell_flags(self, flags: Payload) -> None:
        """Every node tells its own clients, so this does not go over the bus."""
        self._early(Published(Broadcast(str(self.join.topic), "flags_changed", {"flags": flags})))

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        match payload:
            case UpdateSettings(version, changes):
                made = await self.join.node.user_settings.make(self.join.identity.user_id, version, changes)
                answer(made.as_payload())
            case RefreshToken(token):
                answer({"expires_at": (await self.join.renew(token)).expires_at})

    def leave(self) -> None:
        self.subscription.close()
