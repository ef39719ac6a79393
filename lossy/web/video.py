"""`video:meta`: which video a page shows, and which tab the reviewer has turned to. The server gives a video its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from attrs import frozen

from lossy.channels.errors import invalid
from lossy.channels.note_payloads import DeleteNote, GetNotesOf
from lossy.channels.payloads import Claim, Release, VideoDetected
from lossy.domain.access import Role
from lossy.domain.timecode import Rate, TimecodeError
from lossy.sessions.owners import Place
from lossy.store.videos import Video
from lossy.web.note_events import NoteEvents, told_when_away
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


async def join_video_meta(join: Join) -> VideoMetaChannel:
    at = join.asked.at
    return VideoMetaChannel(join, 0 if at is None else join.node.clock.now_ms() - at)


@frozen(eq=False)
class VideoMetaChannel:
    role: ClassVar = Role.OWNER
    join: Join
    clock_offset_ms: int  # what makes the client's time ours

    def response(self) -> Mapping[str, Any]:
        return {}

    def begin(self) -> None:
        """Nothing is pushed here: what concerns one user goes to `user:<id>`."""

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        match payload:
            case VideoDetected():
                answer(await self._detect(payload))
            case Claim():
                answer(await self._claim(payload))
            case Release():
                answer(await self._release(payload))
            case GetNotesOf():
                with told_when_away():
                    answer(await self._notes.of_video(payload.video_id, payload))
            case DeleteNote():
                with told_when_away():
                    answer(await self._notes.change(payload))

    async def _detect(self, detected: VideoDetected) -> Mapping[str, Any]:
        try:
            rate = Rate.parse(detected.rate)
        except TimecodeError as error:
            raise invalid("rate", str(error)) from None
        found = Video(uuid4(), self.join.identity.user_id, detected.url, detected.title, rate)
        video = await self.join.node.videos.detect(found)
        return {"video_id": str(video.id), "title": video.title, "rate": str(video.rate)}

    async def _claim(self, claim: Claim) -> Mapping[str, Any]:
        """Raises Refusal: context_taken, not_found for a session that is not this user's or of another video."""
        who = self.join.identity
        place = Place(who.user_id, self._tab(claim.tab_id), who.device_id, claim.session_id, claim.video_id)
        return await self.join.node.owners.claim(place, claim.at, self.clock_offset_ms, claim.seq)

    async def _release(self, release: Release) -> Mapping[str, Any]:
        who, tab = self.join.identity, self._tab(release.tab_id)
        return await self.join.node.owners.release(who.user_id, tab, who.device_id, release.at, release.seq)

    @property
    def _notes(self) -> NoteEvents:
        return NoteEvents(self.join.node, self.join.identity.user_id)

    def _tab(self, tab_id: str | None) -> str:
        """A client without tabs is one, named like its device."""
        return tab_id or str(self.join.identity.device_id)

    def leave(self) -> None:
        """Nothing was held."""
