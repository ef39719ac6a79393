"""`audio:<session>` in version 1: clients that send words alone, to a session that the server begins and owns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from attrs import define, field

from lossy.channels import topics
from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.payloads import LegacyTranscript, SetTimestamp, TranscriptPartial
from lossy.channels.wire import Encoded
from lossy.charts.model import Event
from lossy.domain.access import Role
from lossy.domain.contexts import Tab
from lossy.sessions.deeds import TRANSCRIPT
from lossy.sessions.inbox import Happened
from lossy.sessions.restore import VOICE
from lossy.sessions.session import Session
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.sockets import Join
from lossy.web.voice import RECONNECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.bus.memory import Published
    from lossy.channels.payloads import JoinAudio
    from lossy.sessions.inbox import Answer

VERSION = 1


async def join_legacy(join: Join, supported_versions: tuple[int, ...]) -> LegacyChannel:
    """Raises Refusal: not_found where the session or the video is not this user's, conflict where the tab shows another
    video, and as `Roster.open`.
    """
    assert isinstance(join.topic, topics.Audio), "routed here by its type"
    asked: JoinAudio = join.asked
    if asked.video_id is None:
        raise invalid("video_id", "It is missing.")
    user, tab = join.identity.user_id, asked.tab_id or str(asked.device_id)
    known = await join.node.tabs.confirm(user, Tab(asked.device_id, tab), asked.video_id)
    session = await join.node.roster.open(join.topic.session, user, asked.video_id, asked.device_id, tab)
    await join.node.tabs.begun(user, known, session.id, asked.video_id)
    channel = LegacyChannel(join, session, supported_versions)
    with Held() as watching:
        watching.enter_context(session.audience.watched_by(channel))
        watching.enter_context(join.node.bus.subscribe(str(topics.VideoNotes(session.video.id)), channel.hear))
        channel.left = watching.pop_all()
    return channel


@define(eq=False)
class LegacyChannel:
    """One of several that may watch a session; it has no link of its own, so it is told only what happens now."""

    role: ClassVar = Role.OWNER
    join: Join
    session: Session
    supported_versions: tuple[int, ...]
    left: Held = field(factory=Held, init=False)
    _media_ms: int = field(default=0, init=False)  # where the player was last
    _early: Early[tuple[str, Mapping[str, Any] | Encoded]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(lambda push: self.join.push(*push), lambda: self.join.end(True))

    def response(self) -> Mapping[str, Any]:
        return {
            "supported_versions": self.supported_versions,
            "active_version": VERSION,
            "features": self.join.node.flags.features(self.session.user_id),
            "accepted": False,
            "reconnect": RECONNECT,
            "heartbeat_ms": self.join.node.settings.server.heartbeat_ms,
        }

    def begin(self) -> None:
        self._early.begin()

    def leave(self) -> None:
        self.left.close()

    # -- what it is told ----------------------------------------------------------------------------------------

    def deliver(self, event: str, payload: Mapping[str, Any] | Encoded) -> None:
        if event == "agent_event":
            self._early((event, payload))

    def ended(self, *, failed: bool) -> None:
        self.join.end(failed)

    def hear(self, published: Published) -> None:
        """Of the video's notes those that were made in this session."""
        event, note = published.broadcast.event, published.broadcast.payload
        if event == "note_created" and isinstance(note, Mapping) and note["session_id"] == str(self.session.id):
            self._early((event, note))

    # -- what it says -------------------------------------------------------------------------------------------

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        match payload:
            case _ if event == "ping":
                answer({})
            case SetTimestamp(media_ms):
                self._media_ms = media_ms
                answer({})
            case TranscriptPartial():
                self.session.tell_partial(payload.text, payload.id)
                answer({})
            case LegacyTranscript():
                self._transcribe(payload, answer)
            case _:
                raise Refusal(Code.AUDIO_NOT_ACCEPTED, "Version 1 sends words, and no sound.")

    def _transcribe(self, heard: LegacyTranscript, answer: Callable[[Answer], None]) -> None:
        """Spoken now, as far as anybody knows, and about one moment of the film."""
        now = self.join.node.clock.now_ms()
        facts = {
            "id": str(heard.id or uuid4()),
            "text": heard.text,
            "media_ms": self._media_ms if heard.media_ms is None else heard.media_ms,
            "duration_ms": 0,
            "segment": None,
            "stt_confidence": None,
            "spoken_at": now,
        }
        self.session.offer(Happened(VOICE, Event(TRANSCRIPT, now, facts), self.join.identity.device_id, None, answer))
