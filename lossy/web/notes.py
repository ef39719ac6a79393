"""`notes:video:<id>`: a video's notes, or what has changed since they were last seen, then each change as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field

from lossy.bus.memory import Published
from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.channels.note_payloads import CreateNote, GetChanges, GetNotes
from lossy.domain.access import Role
from lossy.domain.seen import NotSeen, read_seen
from lossy.web import note_wire as wire
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.note_events import NoteEvents, told_when_away
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.store.note_book import Changes
    from lossy.web.node import Node


async def join_notes(join: Join) -> NotesChannel:
    """Raises Refusal: not_found when the video is not one that this user reaches."""
    assert isinstance(join.topic, topics.VideoNotes), "routed here by its type"
    video_id, who = join.topic.video, join.identity.user_id
    reach = await join.node.desk.access.reach(video_id, who)
    if reach is None:
        raise not_found()
    channel = NotesChannel(join, video_id, reach.role, NoteEvents(join.node, who))
    with Held() as subscription:
        # Subscribed before they are read: a change made meanwhile is told twice rather than never.
        subscription.enter_context(join.node.bus.subscribe(str(join.topic), channel.deliver))
        subscription.enter_context(join.node.summaries.watch(video_id, channel.deliver))
        channel.opening = await _open(join.node, video_id, join.asked.version)
        channel.subscription = subscription.pop_all()
    return channel


async def _open(node: Node, video_id: UUID, version: str | None) -> Mapping[str, Any]:
    """What has changed since the version, where that is one of ours; else the first page."""
    counts = (await node.notes.summaries((video_id,)))[video_id].as_payload()
    changes = None if version is None else await _since(node, video_id, version)
    if changes is not None:
        return {**wire.changes_told(changes, None), "whole": False, "counts": counts}
    opening = await node.notes.first_page(video_id)
    page = wire.page_told(opening)
    told = {"notes": page["notes"], "deleted": [], "cursor": page["cursor"]}
    return {**told, "whole": True, "counts": counts, "version": str(opening.seen)}


async def _since(node: Node, video_id: UUID, version: str) -> Changes | None:
    try:
        return await node.notes.since(video_id, read_seen(version), wire.CHANGES)
    except NotSeen:
        return None


@define(eq=False)
class NotesChannel:
    join: Join
    video_id: UUID
    role: Role
    events: NoteEvents
    subscription: Held = field(factory=Held, init=False)
    opening: Mapping[str, Any] = field(factory=dict, init=False)
    _early: Early[Published] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(self.join.deliver, partial(self.join.end, True))

    def response(self) -> Mapping[str, Any]:
        return self.opening

    def begin(self) -> None:
        self.opening = {}  # it has been sent, and the channel may live for hours
        self.join.place.enter(self.join.identity.user_id, online_at=self.join.node.clock.now_ms())
        self._early.begin()

    def deliver(self, published: Published) -> None:
        self._early(published)

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        with told_when_away():
            answer(await self._answer(payload))

    async def _answer(self, payload: Any) -> Mapping[str, Any]:
        match payload:
            case GetNotes():
                return await self.events.of_video(self.video_id, payload)
            case GetChanges():
                return await self.events.changes(self.video_id, payload)
            case CreateNote():
                return await self.events.create(self.video_id, payload)
            case _:
                return await self.events.change(payload)

    def leave(self) -> None:
        self.subscription.close()
