"""`notes:user:<id>`: the notes that a user made, on whatever video, the latest first; then each change of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from attrs import define, field

from lossy.bus.memory import Published
from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.channels.note_payloads import CreateNoteOn, GetNotes
from lossy.domain.access import Role
from lossy.domain.note_query import Order
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.note_events import NoteEvents, told_when_away
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable


async def join_own_notes(join: Join) -> OwnNotesChannel:
    """Raises Refusal: not_found for anybody else's topic, as for one that is nobody's."""
    assert isinstance(join.topic, topics.UserNotes), "routed here by its type"
    if join.topic.user != join.identity.user_id:
        raise not_found()
    channel = OwnNotesChannel(join, NoteEvents(join.node, join.topic.user))
    with Held() as subscription:
        # Subscribed before they are read, as there.
        subscription.enter_context(join.node.bus.subscribe(str(join.topic), channel.deliver))
        channel.lost = await join.node.desk.access.lost_by(join.topic.user)
        channel.opening = await channel.events.own(GetNotes(), Order.NEWEST)
        channel.subscription = subscription.pop_all()
    return channel


@define(eq=False)
class OwnNotesChannel:
    role: ClassVar = Role.OWNER  # of what they said themselves; a video's roles are looked at by the desk
    join: Join
    events: NoteEvents
    lost: frozenset[UUID] = field(factory=frozenset, init=False)  # videos that they do not reach any more
    subscription: Held = field(factory=Held, init=False)
    opening: Mapping[str, Any] = field(factory=dict, init=False)
    _early: Early[Published] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(self.join.deliver, partial(self.join.end, True))

    def response(self) -> Mapping[str, Any]:
        return self.opening

    def begin(self) -> None:
        self.opening = {}  # it has been sent, and the channel may live for hours
        self._early.begin()

    def deliver(self, published: Published) -> None:
        note = published.broadcast.payload
        if isinstance(note, Mapping) and UUID(note["video_id"]) not in self.lost:
            self._early(published)

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        with told_when_away():
            answer(await self._answer(payload))

    async def _answer(self, payload: Any) -> Mapping[str, Any]:
        match payload:
            case GetNotes():
                return await self.events.own(payload)
            case CreateNoteOn():
                return await self.events.create(payload.video_id, payload)
            case _:
                return await self.events.change(payload)

    def leave(self) -> None:
        self.subscription.close()
