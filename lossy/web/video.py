"""`video:meta`: which video a page shows. The server gives it its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from attrs import frozen

from lossy.channels.errors import invalid, unavailable
from lossy.domain.timecode import Rate, TimecodeError
from lossy.store.videos import Video
from lossy.web.payloads import JoinNotes, VideoDetected, read
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Named by the protocol for this topic, and answered `unavailable` with the capability's letter until their turn comes.
LATER = {
    **dict.fromkeys(("video_context", "claim", "release"), "E1"),
    **dict.fromkeys(("list_videos", "queue_video", "update_video_status"), "D5"),
    **dict.fromkeys(("get_notes", "delete_note"), "D3"),
    **dict.fromkeys(("enrich_note", "refine_note", "refine_note_with_vision", "queue_posting"), "J2"),
}


async def join_video_meta(join: Join) -> VideoMetaChannel:
    read(JoinNotes, join.payload)
    return VideoMetaChannel(join)


@frozen(eq=False)
class VideoMetaChannel:
    join: Join

    def response(self) -> Mapping[str, Any]:
        return {}

    def begin(self) -> None:
        """Nothing is pushed here: what concerns one user goes to `user:<id>`."""

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        if event in LATER:
            raise unavailable(LATER[event])
        if event != "video_detected":
            raise invalid("event", f"This topic has no event {event[:100]!r}.")
        detected = read(VideoDetected, payload)
        try:
            rate = Rate.parse(detected.rate)
        except TimecodeError as error:
            raise invalid("rate", str(error)) from None
        found = Video(uuid4(), self.join.identity.user_id, detected.url, detected.title, rate)
        video = await self.join.node.videos.detect(found)
        answer({"video_id": str(video.id), "title": video.title, "rate": str(video.rate)})

    def leave(self) -> None:
        """Nothing was held."""
