"""`voice:<session>`: what the extension hears goes to the session, what the session decides comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import trio
from attrs import define, field

from lossy.channels import topics
from lossy.channels.errors import Code, Refusal, context_taken, invalid, unsupported_version
from lossy.channels.payloads import (
    COMMANDS,
    Ack,
    CommandGiven,
    JoinVoice,
    LastKnownState,
    SetTimestamp,
    Skipped,
    TranscriptFinal,
    TranscriptPartial,
    VoiceEvent,
)
from lossy.channels.wire import Encoded
from lossy.charts.model import Event
from lossy.domain.access import Role
from lossy.domain.contexts import Tab
from lossy.domain.ids import id_text
from lossy.domain.platforms.export import stamp
from lossy.sessions.deeds import TRANSCRIPT
from lossy.sessions.inbox import Answer, Happened
from lossy.sessions.links import link_of
from lossy.sessions.note_decisions import Request
from lossy.sessions.note_moves import CLICK, remark_of_last
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.owners import Place
from lossy.sessions.restore import AGENT, VOICE
from lossy.sessions.session import Session
from lossy.web.early import Early
from lossy.web.held import Held
from lossy.web.note_events import told_when_away
from lossy.web.sockets import Join

if TYPE_CHECKING:
    from uuid import UUID

    from lossy.domain.notes import Note

VERSION = 2
MANIFEST_VERSION = stamp()["version"]
SUPPORTED_VERSIONS = (VERSION,)
CRITICAL = frozenset({"speech_start", "speech_end"})
# What says that the client is there says so now, whatever its clock says.
OF_NOW = frozenset({"heartbeat", "metrics"})
# What a session is told of an event and of words as they came; `attrs.asdict` looks into every value, for 8 us.
HEARD = tuple(field.name for field in attrs.fields(VoiceEvent) if field.name not in ("kind", "at"))
SAID = tuple(field.name for field in attrs.fields(TranscriptFinal) if field.name != "at")
# The window in which clients spread their coming back; recovery is promised within 2 s.
RECONNECT = {"min_ms": 0, "max_ms": 1000}
# A client gives up a click that is not answered within this, so none was made longer ago, whatever its clock says.
CLICK_MS = 10_000
# A client gives a join up before, and with it what that made of its clock.
LONGEST_JOIN_MS = 60_000
# What a click that names a note does to it.
MOVES: Mapping[str, Callable[[NotesDesk, Request, UUID], Awaitable[Note]]] = {
    "confirm": NotesDesk.confirm,
    "cancel": NotesDesk.delete,
    "undo": NotesDesk.undo,
    "post": NotesDesk.queue,
}


async def join_voice(join: Join) -> VoiceChannel:
    """Raises Refusal: unsupported_version, not_found, forbidden for another device's token, conflict where the tab
    shows another video.
    """
    assert isinstance(join.topic, topics.Voice), "routed here by its type"
    asked: JoinVoice = join.asked
    if asked.requested_version not in SUPPORTED_VERSIONS:
        raise unsupported_version(SUPPORTED_VERSIONS)
    if asked.device_id != join.identity.device_id:
        raise Refusal(Code.FORBIDDEN, "The token was made for another device.")
    tab = asked.tab_id or str(asked.device_id)  # a client without tabs is one, named like its device
    user_id = join.identity.user_id
    known = await join.node.tabs.confirm(user_id, Tab(asked.device_id, tab), asked.video_id)
    session = await join.node.roster.open(join.topic.session, user_id, asked.video_id, asked.device_id, tab)
    await join.node.tabs.begun(user_id, known, session.id, asked.video_id)
    now = join.node.clock.now_ms()
    channel = VoiceChannel(join, asked, tab, session, now - asked.at if asked.at is not None else 0)
    place = Place(session.user_id, channel.tab, asked.device_id, session.id, session.video.id)
    with Held() as joining:
        joined = await join.node.owners.joined(place, asked.at, channel.clock_offset_ms)
        channel.left.callback(partial(join.node.owners.left, joined))
        joining.callback(channel.leave)
        await channel.attach()
        joining.pop_all()
    return channel


@define(eq=False)
class VoiceChannel:
    """One client's view of a session."""

    role: ClassVar = Role.OWNER
    join: Join
    asked: JoinVoice
    tab: str
    session: Session
    clock_offset_ms: int  # what makes the client's time ours
    socket: int = field(default=0, init=False)
    left: Held = field(factory=Held, init=False)  # what is done when its socket is gone
    _picture: Mapping[str, Any] = field(factory=dict, init=False)
    _link: str = field(init=False)
    _early: Early[str, Mapping[str, Any] | Encoded] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._link = link_of(self.asked.device_id)
        self._early = Early(self.join.push, partial(self.join.end, True))

    async def attach(self) -> None:
        """Raises Refusal."""
        send, receive = trio.open_memory_channel[Answer](1)
        facts = {**self._remembered(self.asked.last_known_state), "tab": self.tab}
        self.socket = self.session.attach(self, self.asked.device_id, facts, send.send_nowait)
        self.left.callback(self._detach)
        answer = await receive.receive()
        if isinstance(answer, Refusal):
            raise answer
        self._picture = answer

    def _remembered(self, known: LastKnownState | None) -> Mapping[str, Any]:
        """What the device holds and has seen. It has seen nothing of this session where it remembers another, and
        not all of it where it shows a state that is not the session's though it has every push.
        """
        holds = {"first_seq": known and known.first_seq, "last_seq": known and known.seq}
        if known is not None and known.session_id not in (None, self.session.id):
            return {**holds, "accepted_through": 0, "last_push_seq": None, "push_epoch": None, "of_another": True}
        seen = self.asked.last_push_seq
        if known is not None and known.state is not None and seen == self.session.audience.outbound.seq:
            seen = seen if self.session.states[VOICE].active.issuperset(known.state.split()) else None
        told = {"accepted_through": known and known.accepted_through}
        return {**holds, **told, "last_push_seq": seen, "push_epoch": self.asked.push_epoch}

    def response(self) -> Mapping[str, Any]:
        session = self.session
        about = {
            "id": str(session.id),
            "video_id": str(session.video.id),
            "charts": {name: chart.version for name, chart in session.kinds.items()},
            "max_recording_ms": session.states[VOICE].data["delays"]["max_recording"],
        }
        return {
            "supported_versions": SUPPORTED_VERSIONS,
            "active_version": self.asked.requested_version,
            "features": self.join.node.flags.features(session.user_id),
            **self._picture,
            "session": {**about, **self._picture["session"]},
            "reconnect": RECONNECT,
            "manifest_version": MANIFEST_VERSION,
            "heartbeat_ms": self.join.node.settings.server.heartbeat_ms,
        }

    def begin(self) -> None:
        self._picture = {}  # it has been sent, with all that was missed, and the channel may live for hours
        self.join.place.enter(self.asked.device_id, online_at=self.join.node.clock.now_ms(), tab=self.tab)
        self._early.begin()

    def leave(self) -> None:
        self.left.close()

    def _detach(self) -> None:
        self.session.detach(self.asked.device_id, self.socket)

    def deliver(self, event: str, payload: Mapping[str, Any] | Encoded) -> None:
        self._early(event, payload)

    def ended(self, *, failed: bool) -> None:
        self.join.end(failed)

    def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> Awaitable[None] | None:
        match payload:
            case VoiceEvent():
                self._hear(payload, answer)
            case TranscriptFinal():
                self._transcribe(payload, answer)
            case CommandGiven():
                return self._command(payload, answer)
            case TranscriptPartial():
                self._check_owner()
                self.session.tell_partial(payload.text, payload.id)
                answer({})
            case SetTimestamp(media_ms):
                self.join.place.update(media_ms=media_ms)
                answer({})
            case Skipped(first, last):
                self._tell_link("skipped", {"from": first, "to": last}, answer, last)
            case Ack():
                self._tell_link("ack", attrs.asdict(payload), answer)
        return None

    def _hear(self, heard: VoiceEvent, answer: Callable[[Answer], None]) -> None:
        if heard.kind in CRITICAL and heard.seq is None:
            raise invalid("seq", f"{heard.kind} needs one.")
        facts = {name: value for name in HEARD if (value := getattr(heard, name)) is not None}
        at = self.join.node.clock.now_ms() if heard.kind in OF_NOW else self._ours(heard.at)
        if heard.seq is None:
            return self._offer(VOICE, Event(heard.kind, at, facts), answer)
        event = Event("event", at, {**facts, "kind": heard.kind, "socket": self.socket})
        self._offer(self._link, event, answer, heard.seq)

    def _tell_link(
        self, name: str, facts: Mapping[str, Any], answer: Callable[[Answer], None], seq: int | None = None
    ) -> None:
        event = Event(name, self.join.node.clock.now_ms(), {**facts, "socket": self.socket})
        self._offer(self._link, event, answer, seq)

    def _transcribe(self, heard: TranscriptFinal, answer: Callable[[Answer], None]) -> None:
        """Taken as of now: what is done about it takes the server's time, however long ago it was said."""
        facts = {name: getattr(heard, name) for name in SAID}
        facts |= {"id": id_text(heard.id), "spoken_at": self._ours(heard.at)}
        self._offer(VOICE, Event(TRANSCRIPT, self.join.node.clock.now_ms(), facts), answer)

    def _check_owner(self) -> None:
        """Raises Refusal (context_taken) where another tab has the microphone, or none."""
        owner = self.session.states[VOICE].data["owner"]
        if owner != {"tab": self.tab, "device": str(self.asked.device_id)}:
            raise context_taken(owner)

    async def _command(self, given: CommandGiven, answer: Callable[[Answer], None]) -> None:
        at = max(self._ours(given.at), self.join.node.clock.now_ms() - CLICK_MS)
        facts: dict[str, Any] = {} if given.id is None else {CLICK: str(given.id)}
        if given.note_id is not None and given.name in MOVES:
            remark_id = remark_of_last(self.session.id, self.session.states[AGENT].data, given.note_id)
            if remark_id is None:
                with told_when_away():
                    return await self._move_earlier(given, given.note_id, answer)
            facts["remark"] = remark_id
        event = Event(given.name, at, facts)
        self.session.offer(Happened(COMMANDS[given.name], event, self.asked.device_id, None, answer, tab=self.tab))

    async def _move_earlier(self, given: CommandGiven, note_id: UUID, answer: Callable[[Answer], None]) -> None:
        """A click on a note that is not the last one is no business of the session's, unless it was when it first came.

        Raises Refusal, as the desk does.
        """
        session, desk = self.session, self.join.node.desk
        if given.id is None or not await session.ledger.was_clicked(session.id, given.id):
            request = Request(session.user_id, self.join.node.clock.now_ms(), id=given.id)
            await MOVES[given.name](desk, request, note_id)
        answer({})

    def _offer(self, chart: str, event: Event, answer: Callable[[Answer], None], seq: int | None = None) -> None:
        self.session.offer(Happened(chart, event, self.asked.device_id, seq, answer))

    def _ours(self, at: int) -> int:
        """The client's time on our clock: never ahead of it, so nobody can act from the future.

        A join that was long on its way makes the offset too large by as much. What arrives sooner shows it, and from
        then on times are as far apart as they are on the client's clock.
        """
        now = self.join.node.clock.now_ms()
        ahead = at + self.clock_offset_ms - now
        if ahead > LONGEST_JOIN_MS:
            return now  # the clock was put forward, or means nothing
        self.clock_offset_ms -= max(0, ahead)
        return max(0, at + self.clock_offset_ms)
