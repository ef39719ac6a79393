"""`voice:<session>`: what the extension hears goes to the session, what the session decides comes back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
from attrs import define

from lossy.channels import topics
from lossy.channels.errors import Code, Refusal, invalid, unavailable
from lossy.channels.replay import Inbound, NumberedPush
from lossy.charts.model import Event
from lossy.sessions.inbox import Answer, Happened
from lossy.sessions.session import TRANSCRIPT, VOICE, Session
from lossy.web.payloads import COMMANDS, LATER_COMMANDS, CommandGiven, JoinVoice, TranscriptFinal, VoiceEvent, read
from lossy.web.sockets import Join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUPPORTED_VERSIONS = (2,)
FEATURES = ("voice_session", "notes_channel")
CRITICAL = frozenset({"speech_start", "speech_end"})
# The window in which clients spread their coming back; recovery is promised within 2 s.
RECONNECT = {"min_ms": 0, "max_ms": 1000}
# What a client measures of itself, each by name; they are kept with the session.
FIGURES = 32
# Named by the protocol for this topic, and answered `unavailable` with the capability's letter until their turn comes.
LATER = {"transcript_partial": "C3", "set_timestamp": "E1", "frame_embedding": "D6", "ack": "F3", "audio": "K2"}


async def join_voice(join: Join) -> VoiceChannel:
    """Raises Refusal: invalid, unsupported_version, not_found, forbidden for another device's token."""
    assert isinstance(join.topic, topics.Voice), "routed here by its type"
    asked = read(JoinVoice, join.payload)
    if asked.requested_version not in SUPPORTED_VERSIONS:
        supported = {"supported_versions": SUPPORTED_VERSIONS}
        raise Refusal(Code.UNSUPPORTED_VERSION, "This server does not speak that version.", supported)
    if asked.device_id != join.identity.device_id:
        raise Refusal(Code.FORBIDDEN, "The token was made for another device.")
    session = await join.node.roster.open(join.topic.session, join.identity.user_id, asked.video_id)
    now, accepted = join.node.clock.now_ms(), session.inbound.get(asked.device_id, Inbound())
    channel = VoiceChannel(join, asked, session, now - asked.at if asked.at is not None else 0)
    channel.offer("context_gained", now)
    channel.offer("attach", now, {"replays": channel.replays_through > accepted.accepted_through})
    return channel


@define(eq=False)
class VoiceChannel:
    """One client's view of a session. The joined tab has the microphone."""

    join: Join
    asked: JoinVoice
    session: Session
    clock_offset_ms: int  # what makes the client's time ours

    @property
    def replays_through(self) -> int:
        """The latest seq that the client had given when it joined."""
        return self.asked.last_known_state.seq if self.asked.last_known_state else 0

    def response(self) -> Mapping[str, Any]:
        session = self.session
        return {
            "supported_versions": SUPPORTED_VERSIONS,
            "active_version": self.asked.requested_version,
            "features": FEATURES,
            "session": {
                "id": str(session.id),
                "video_id": str(session.video.id),
                "charts": {name: chart.version for name, chart in session.charts.items()},
                "max_recording_ms": session.states[VOICE].data["delays"]["max_recording"],
                **session.status(),
            },
            "accepted_through": session.inbound.get(self.asked.device_id, Inbound()).accepted_through,
            "push_epoch": session.audience.outbound.epoch,
            "push_seq": session.audience.outbound.seq,
            "pushes": self._missed(),
            "reconnect": RECONNECT,
            "heartbeat_ms": self.join.node.settings.server.heartbeat_ms,
        }

    def _missed(self) -> list[Mapping[str, Any]] | None:
        """The pushes since the client's last; None when `session` is the whole picture it gets instead."""
        if self.asked.last_push_seq is None or self.asked.push_epoch is None:
            return None
        missed = self.session.audience.outbound.since(self.asked.last_push_seq, self.asked.push_epoch)
        return None if missed is None else [{"event": push.event, "payload": push.payload} for push in missed]

    def begin(self) -> None:
        self.session.audience.listeners.add(self)

    def leave(self) -> None:
        self.session.audience.listeners.discard(self)
        if not self.session.audience.listeners:
            with suppress(Refusal):  # an inbox that is full has no room for it; the heart that stops beating tells too
                self.offer("drop", self.join.node.clock.now_ms())

    def deliver(self, push: NumberedPush) -> None:
        self.join.push(push.event, push.payload)

    def ended(self, *, failed: bool) -> None:
        self.join.end(failed)

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        match event:
            case "voice_event":
                self._hear(read(VoiceEvent, payload), answer)
            case "transcript_final":
                self._transcribe(read(TranscriptFinal, payload), answer)
            case "command":
                self._command(read(CommandGiven, payload), answer)
            case _ if event in LATER:
                raise unavailable(LATER[event])
            case _:
                raise invalid("event", f"This topic has no event {event[:100]!r}.")

    def _hear(self, heard: VoiceEvent, answer: Callable[[Answer], None]) -> None:
        if heard.kind in CRITICAL and heard.seq is None:
            raise invalid("seq", f"{heard.kind} needs one.")
        if len(heard.figures) > FIGURES:
            raise invalid("figures", f"There may be {FIGURES} at most.")
        facts = attrs.asdict(heard, filter=lambda field, value: field.name not in ("kind", "at") and value is not None)
        self.offer(heard.kind, self._ours(heard.at), facts, heard.seq, answer)
        if heard.seq is not None and heard.seq == self.replays_through:
            self.offer("caught_up", self.join.node.clock.now_ms())

    def _transcribe(self, heard: TranscriptFinal, answer: Callable[[Answer], None]) -> None:
        """Taken as of now: what is done about it takes the server's time, however long ago it was said."""
        facts = attrs.asdict(heard, filter=lambda field, value: field.name != "at")
        facts |= {"id": str(heard.id), "spoken_at": self._ours(heard.at)}
        self.offer(TRANSCRIPT, self.join.node.clock.now_ms(), facts, answer=answer)

    def _command(self, given: CommandGiven, answer: Callable[[Answer], None]) -> None:
        if given.name in LATER_COMMANDS:
            raise unavailable(LATER_COMMANDS[given.name])
        if given.name not in COMMANDS:
            raise invalid("name", f"There is no command {given.name[:100]!r}.")
        self.offer(given.name, self._ours(given.at), answer=answer)

    def offer(
        self,
        name: str,
        at: int,
        facts: Mapping[str, Any] | None = None,
        seq: int | None = None,
        answer: Callable[[Answer], None] | None = None,
    ) -> None:
        event = Event(name, at, facts or {})
        self.session.offer(Happened(VOICE, event, self.asked.device_id, seq, answer))

    def _ours(self, at: int) -> int:
        """The client's time on our clock: never ahead of it, so nobody can act from the future."""
        return max(0, min(self.join.node.clock.now_ms(), at + self.clock_offset_ms))
