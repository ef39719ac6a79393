"""`notes:video:<id>`: a video's notes, or what has changed since they were last seen, then each change as it comes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.channels.note_payloads import CreateNote, GetChanges, GetNotes
from lossy.domain.seen import NotSeen, read_seen
from lossy.web import note_wire as wire
from lossy.web.held import Held
from lossy.web.note_channel import NoteChannel
from lossy.web.note_events import NoteEvents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.store.note_book import Changes
    from lossy.web.node import Node
    from lossy.web.sockets import Join


async def join_notes(join: Join) -> NoteChannel:
    """Raises Refusal: not_found when the video is not one that this user reaches."""
    assert isinstance(join.topic, topics.VideoNotes), "routed here by its type"
    video_id, who = join.topic.video, join.identity.user_id
    reach = await join.node.desk.access.reach(video_id, who)
    if reach is None:
        raise not_found()
    find = partial(_find, NoteEvents(join.node, who), video_id)
    channel = NoteChannel(join, reach.role, find, present=True)
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


async def _find(events: NoteEvents, video_id: UUID, payload: Any) -> Mapping[str, Any]:
    match payload:
        case GetNotes():
            return await events.of_video(video_id, payload)
        case GetChanges():
            return await events.changes(video_id, payload)
        case CreateNote():
            return await events.create(video_id, payload)
        case _:
            return await events.change(payload)
