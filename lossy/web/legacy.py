"""`audio:<session>` in version 1: clients that send words alone, to a session that the server begins and owns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid5

from attrs import define, field

from lossy.channels import topics
from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.payloads import LegacyTranscript, SetTimestamp, TranscriptPartial, UpdateVideoContext
from lossy.channels.wire import Encoded
from lossy.charts.model import Event
from lossy.domain.access import Action, Role
from lossy.domain.contexts import Change, Report, Tab, as_payload
from lossy.sessions.deeds import TRANSCRIPT
from lossy.sessions.inbox import Happened
from lossy.sessions.restore import VOICE
from lossy.sessions.session import Session
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.library import as_shown
from lossy.web.note_events import told_when_away
from lossy.web.sockets import Join
from lossy.web.voice import RECONNECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossy.bus.memory import Published
    from lossy.channels.payloads import JoinAudio
    from lossy.sessions.inbox import Answer
    from lossy.store.videos import Video

VERSION = 1
# Remarks without an id that a client was answered: more than a person says in a review.
ANSWERED = 1_000


async def join_legacy(join: Join, supported_versions: tuple[int, ...]) -> LegacyChannel:
    """Raises Refusal: not_found where the session or the video is not this user's, conflict where the tab shows another
    video, and as `Roster.open`.
    """
    assert isinstance(join.topic, topics.Audio), "routed here by its type"
    asked: JoinAudio = join.asked
    if asked.video_id is None:
        raise invalid("video_id", "It is missing.")
    user, tab = join.identity.user_id, Tab(asked.device_id, asked.tab_id or str(asked.device_id))
    known = await join.node.tabs.confirm(user, tab, asked.video_id)
    session = await join.node.roster.open(join.topic.session, user, asked.video_id, asked.device_id, tab.id)
    await join.node.tabs.begun(user, known, session.id, asked.video_id)
    channel = LegacyChannel(join, session, tab, supported_versions, join.node.clock.now_ms())
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
    tab: Tab
    supported_versions: tuple[int, ...]
    joined_at: int
    left: Held = field(factory=Held, init=False)
    _media_ms: int = field(default=0, init=False)  # where the player was last
    _reports: int = field(default=0, init=False)  # of what its tab shows
    _answered: dict[UUID, int] = field(factory=dict, init=False)  # how often, by what was said
    _early: Early[str, Mapping[str, Any] | Encoded] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(self.join.push, lambda: self.join.end(True))

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
            self._early(event, payload)

    def ended(self, *, failed: bool) -> None:
        self.join.end(failed)

    def hear(self, published: Published) -> None:
        """Of the video's notes those that were made in this session."""
        event, note = published.broadcast.event, published.broadcast.payload
        if event == "note_created" and isinstance(note, Mapping) and note["session_id"] == str(self.session.id):
            self._early(event, note)

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
            case UpdateVideoContext():
                with told_when_away():
                    await self._show(payload, answer)
            case _:
                raise Refusal(Code.AUDIO_NOT_ACCEPTED, "Version 1 sends words, and no sound.")

    def _transcribe(self, heard: LegacyTranscript, answer: Callable[[Answer], None]) -> None:
        """Spoken now, as far as anybody knows, and about one moment of the film."""
        now = self.join.node.clock.now_ms()
        media_ms = self._media_ms if heard.media_ms is None else heard.media_ms
        id = heard.id
        if id is None:
            id, answer = self._recognise(heard.text, media_ms, answer)
        facts = {
            "id": str(id),
            "text": heard.text,
            "media_ms": media_ms,
            "duration_ms": 0,
            "segment": None,
            "stt_confidence": None,
            "spoken_at": now,
        }
        self.session.offer(Happened(VOICE, Event(TRANSCRIPT, now, facts), self.join.identity.device_id, None, answer))

    def _recognise(
        self, text: str, media_ms: int, answer: Callable[[Answer], None]
    ) -> tuple[UUID, Callable[[Answer], None]]:
        """The id of a remark that has none, and how to answer it.

        The same words about the same moment are the same remark until the client has its answer; from then on whoever
        says them says them once more.
        """
        said = uuid5(self.session.id, f"{self.tab.device} {media_ms} {text}")
        times = self._answered.get(said, 0)

        def count(answered: Answer) -> None:
            if not isinstance(answered, Refusal):
                self._answered[said] = times + 1
                if len(self._answered) > ANSWERED:
                    del self._answered[next(iter(self._answered))]
            answer(answered)

        return uuid5(said, str(times)), count

    # -- what its tab shows -------------------------------------------------------------------------------------

    async def _show(self, asked: UpdateVideoContext, answer: Callable[[Answer], None]) -> None:
        """Raises Refusal: not_found for a video that is not theirs to read, rate_limited."""
        video = await self.join.node.desk.access.video(self.session.user_id, asked.video_id, Action.READ)
        if video.id != self.session.video.id:
            return await self._turn_to(video, answer)
        self._media_ms = self._media_ms if asked.media_ms is None else asked.media_ms
        known = (await self._report(video)).context
        known = await self.join.node.tabs.begun(self.session.user_id, known, self.session.id, video.id) or known
        answer({"context": as_payload(known)})

    async def _turn_to(self, video: Video, answer: Callable[[Answer], None]) -> None:
        """The session is over. Its client hears so after the answer: it takes none from a channel that is closed."""
        self.left.close()
        try:
            change = await self._report(video)
            if change.left != self.session.id:  # nothing was known of the tab before
                await self.join.node.owners.leave_review(self.session.user_id, self.session.id)
        except Refusal as refusal:
            answer(refusal)
            return self.join.end(True)
        answer({"context": as_payload(change.context)})
        self.join.end(False)

    async def _report(self, video: Video) -> Change:
        """A client of version 1 neither numbers what it says of its tab, nor says when that came to be."""
        self._reports += 1
        now = self.join.node.clock.now_ms()
        report = Report(self.tab, as_shown(video), now, self._reports, self.joined_at)
        return await self.join.node.tabs.hear(self.session.user_id, report)
