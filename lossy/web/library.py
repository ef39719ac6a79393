"""What `video:meta` answers of videos: which one a page shows, those there are, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.channels.errors import invalid
from lossy.domain.contexts import Shown
from lossy.domain.library import Sighting, Status, as_payload, sighting
from lossy.domain.platforms.model import Platform
from lossy.domain.timecode import Rate, TimecodeError
from lossy.store.library import Known, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from lossy.channels.payloads import ListVideos, QueueVideo, UpdateVideoStatus
    from lossy.store.videos import Video
    from lossy.web.node import Node


def read_sighting(url: str, title: str | None, rate: str | None, duration_ms: int | None) -> Sighting:
    """Raises Refusal (invalid)."""
    try:
        fps = None if rate is None else Rate.parse(rate)
    except TimecodeError as error:
        raise invalid("rate", str(error)) from None
    seen = sighting(url, title or "", fps, duration_ms)
    if seen is None:
        raise invalid("url", "It is no address of a page that could show a video.")
    return seen


def as_detected(known: Known, seen: Sighting) -> Mapping[str, Any]:
    """`rate_kept` says that notes count in another rate than the page has."""
    names = ("video_id", "platform", "canonical_id", "kind", "url", "title", "rate", "status")
    told = as_payload(known.entry)
    return {**{name: told[name] for name in names}, "rate_kept": seen.rate not in (None, known.entry.rate)}


def as_shown(video: Video) -> Shown:
    """Of a video that is known already, as a tab shows it."""
    seen = sighting(video.url)
    return Shown(video.id, Platform.GENERIC if seen is None else seen.detected.platform, video.url, video.title)


async def list_videos(node: Node, user_id: UUID, asked: ListVideos) -> Mapping[str, Any]:
    status = None if asked.status is None else Status(asked.status)
    platform = None if asked.platform is None else Platform(asked.platform)
    shelf = await node.library.shelf(user_id, Wanted(status, platform, asked.text), asked.cursor, asked.limit)
    return {"videos": [as_payload(entry) for entry in shelf.entries], "cursor": shelf.cursor}


async def queue_video(node: Node, user_id: UUID, asked: QueueVideo) -> Mapping[str, Any]:
    return as_payload(await node.library.queue(user_id, read_sighting(asked.url, asked.title, None, None)))


async def update_video_status(node: Node, user_id: UUID, asked: UpdateVideoStatus) -> Mapping[str, Any]:
    return as_payload(await node.library.set_status(user_id, asked.video_id, Status(asked.status)))
