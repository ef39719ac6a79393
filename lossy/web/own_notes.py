"""`notes:user:<id>`: the notes that a user made, on every video that they reach, the latest first; then each change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.channels.note_payloads import CreateNoteOn, GetNotes
from lossy.domain.access import Role
from lossy.domain.note_query import Order
from lossy.web.held import Held
from lossy.web.note_channel import NoteChannel
from lossy.web.note_events import NoteEvents

if TYPE_CHECKING:
    from lossy.bus.memory import Published
    from lossy.web.sockets import Join


async def join_own_notes(join: Join) -> NoteChannel:
    """Raises Refusal: not_found for anybody else's topic, as for one that is nobody's."""
    assert isinstance(join.topic, topics.UserNotes), "routed here by its type"
    user_id = join.topic.user
    if user_id != join.identity.user_id:
        raise not_found()
    events = NoteEvents(join.node, user_id)
    # Of what they said themselves; a video's roles are looked at by the desk.
    channel, lost = NoteChannel(join, Role.OWNER, partial(_find, events), present=False), frozenset[UUID]()

    def deliver(published: Published) -> None:
        """But for videos that were taken away: what becomes of a note there is none of its author's business."""
        note = published.broadcast.payload
        if isinstance(note, Mapping) and UUID(note["video_id"]) not in lost:
            channel.deliver(published)

    with Held() as subscription:
        # Subscribed before they are read: a change made meanwhile is told twice rather than never.
        subscription.enter_context(join.node.bus.subscribe(str(join.topic), deliver))
        lost = await join.node.desk.access.lost_by(user_id)
        channel.opening = await events.own(GetNotes(), Order.NEWEST)
        channel.subscription = subscription.pop_all()
    return channel


async def _find(events: NoteEvents, payload: Any) -> Mapping[str, Any]:
    match payload:
        case GetNotes():
            return await events.own(payload)
        case CreateNoteOn():
            return await events.create(payload.video_id, payload)
        case _:
            return await events.change(payload)
