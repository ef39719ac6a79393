"""`audio:<session>`: the voice of a reviewer who lets the server transcribe. `voice:<session>` is joined before.

Clients of version 1 join it without; they are in `lossy.web.legacy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define

from lossy.channels import audio, topics
from lossy.channels.errors import (
    Code,
    Refusal,
    context_taken,
    invalid,
    not_found,
    session_ended,
    unsupported_version,
)
from lossy.domain.access import Role
from lossy.domain.capabilities import Capability
from lossy.sessions.hearing import FULL_BYTES, FULL_US
from lossy.sessions.restore import VOICE
from lossy.web import legacy
from lossy.web.legacy import LegacyChannel, join_legacy
from lossy.web.sockets import Join
from lossy.web.voice import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lossy.channels.payloads import JoinAudio
    from lossy.sessions.inbox import Answer
    from lossy.sessions.session import Session

LIMITS = {"chunk_bytes": audio.MOST_BYTES, "full_bytes": FULL_BYTES, "full_ms": FULL_US // 1_000}


SUPPORTED_VERSIONS = (1, 2)


async def join_audio(join: Join) -> AudioChannel | LegacyChannel:
    """Raises Refusal: unsupported_version, forbidden for another device's token; unavailable where this user is not
    offered version 1, or in version 2 transcription, and then not_found where the session is not live here.
    """
    assert isinstance(join.topic, topics.Audio), "routed here by its type"
    asked: JoinAudio = join.asked
    if asked.device_id != join.identity.device_id:
        raise Refusal(Code.FORBIDDEN, "The token was made for another device.")
    if asked.requested_version not in SUPPORTED_VERSIONS:
        raise unsupported_version(SUPPORTED_VERSIONS)
    if asked.requested_version == legacy.VERSION:
        join.node.flags.require(Capability.V1_FALLBACK, join.identity.user_id)
        return await join_legacy(join, SUPPORTED_VERSIONS)
    join.node.flags.require(Capability.SERVER_STT, join.identity.user_id)
    session = join.node.roster.live(join.topic.session, join.identity.user_id)
    if session is None or asked.video_id not in (None, session.video.id):
        raise not_found()
    return AudioChannel(join, join.topic, str(asked.device_id), asked.tab_id or str(asked.device_id))


@define(eq=False)
class AudioChannel:
    role: ClassVar = Role.OWNER
    join: Join
    topic: topics.Audio
    device: str
    tab: str

    def response(self) -> Mapping[str, Any]:
        session = self._session()
        return {
            "supported_versions": SUPPORTED_VERSIONS,
            "active_version": VERSION,
            "features": self.join.node.flags.features(session.user_id),
            "accepted": session.hearing.accepts(session.states),
            "limits": LIMITS,
            **self._received(session),
        }

    def begin(self) -> None:
        return

    def leave(self) -> None:
        return

    def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        match event:
            case "ping":
                answer({})
            case "audio":
                answer(self._receive(audio.parse(payload)))
            case _:
                raise invalid("event", "In version 2 that is said on `voice:<session>`.")

    def _receive(self, chunk: audio.AudioChunk) -> Mapping[str, Any]:
        session = self._session()
        owner = session.states[VOICE].data["owner"]
        if owner != {"tab": self.tab, "device": str(self.device)}:
            raise context_taken(owner)
        session.hearing.receive(self.device, chunk, session.states)
        return self._received(session)

    def _received(self, session: Session) -> dict[str, int]:
        """From which number the client goes on, and how many chunks of the session never came."""
        hearing = session.hearing
        return {"received_through": hearing.received_through(self.device), "missed": hearing.missed}

    def _session(self) -> Session:
        """As it lives now; it may have failed and come back since. Where it is gone the client joins anew."""
        session = self.join.node.roster.live(self.topic.session, self.join.identity.user_id)
        if session is None:
            self.join.end(True)
            raise session_ended()
        return session
