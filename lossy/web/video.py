"""`video:meta`: which video a page shows, and which tab the reviewer has turned to. The server gives a video its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from lossy.channels.errors import invalid
from lossy.channels.note_payloads import DeleteNote, GetNotesOf
from lossy.channels.payloads import (
    Claim,
    ListVideos,
    QueueVideo,
    Release,
    UpdateVideoStatus,
    VideoContext,
    VideoDetected,
)
from lossy.domain.access import Role
from lossy.domain.contexts import Report, Shown, Tab, as_payload, made_at
from lossy.domain.platforms.export import stamp
from lossy.sessions.owners import Place
from lossy.web.library import as_detected, list_videos, queue_video, read_sighting, update_video_status
from lossy.web.note_events import NoteEvents, told_when_away
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lossy.domain.library import Sighting
    from lossy.store.library import Known

ADAPTERS = {"adapters": stamp()}


async def join_video_meta(join: Join) -> VideoMetaChannel:
    now, at = join.node.clock.now_ms(), join.asked.at
    return VideoMetaChannel(join, now, 0 if at is None else now - at)


@frozen(eq=False)
class VideoMetaChannel:
    role: ClassVar = Role.OWNER
    join: Join
    joined_at: int
    clock_offset_ms: int  # what makes the client's time ours

    def response(self) -> Mapping[str, Any]:
        return ADAPTERS

    def begin(self) -> None:
        """Nothing is pushed here: what concerns one user goes to `user:<id>`."""

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        node, user_id = self.join.node, self.join.identity.user_id
        match payload:
            case VideoDetected():
                answer(await self._detect(payload))
            case VideoContext():
                answer(await self._hear(payload))
            case ListVideos():
                answer(await list_videos(node, user_id, payload))
            case QueueVideo():
                answer(await queue_video(node, user_id, payload))
            case UpdateVideoStatus():
                answer(await update_video_status(node, user_id, payload))
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

    # -- what tabs show -----------------------------------------------------------------------------------------

    async def _detect(self, detected: VideoDetected) -> Mapping[str, Any]:
        seen = read_sighting(detected.url, detected.title, detected.rate, detected.duration_ms)
        return as_detected(await self._see(seen), seen)

    async def _hear(self, asked: VideoContext) -> Mapping[str, Any]:
        """Raises Refusal: invalid, rate_limited."""
        tab = Tab(self.join.identity.device_id, self._tab(asked.tab_id))
        if asked.url is not None:
            return await self._shows(tab, asked, asked.url)
        if asked.closed:
            return await self._say(tab, asked, None)
        context = await self.join.node.tabs.shown(self.join.identity.user_id, tab)
        return {"context": None if context is None else as_payload(context)}

    async def _shows(self, tab: Tab, asked: VideoContext, url: str) -> Mapping[str, Any]:
        _check_said(asked)
        seen = read_sighting(url, asked.title, asked.rate, asked.duration_ms)
        known = await self._see(seen)
        entry = known.entry
        said = await self._say(tab, asked, Shown(entry.id, entry.platform, entry.url, entry.title))
        return {**said, "video": as_detected(known, seen)}

    async def _say(self, tab: Tab, asked: VideoContext, shows: Shown | None) -> Mapping[str, Any]:
        at, seq = _check_said(asked)
        made = made_at(at, self.clock_offset_ms, self.join.node.clock.now_ms())
        report = Report(tab, shows, made, seq, self.joined_at)
        change = await self.join.node.tabs.hear(self.join.identity.user_id, report)
        return {"context": as_payload(change.context)}

    async def _see(self, seen: Sighting) -> Known:
        return await self.join.node.library.see(self.join.identity.user_id, seen)

    # -- the microphone -----------------------------------------------------------------------------------------

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


def _check_said(asked: VideoContext) -> tuple[int, int]:
    """When a tab said so, and its number. Raises Refusal (invalid)."""
    if asked.at is None or asked.seq is None:
        raise invalid("at" if asked.at is None else "seq", "It is missing.")
    return asked.at, asked.seq
