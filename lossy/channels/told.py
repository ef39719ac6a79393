"""What the server says, as types: the replies and the pushes. Clients hold it to these, and theirs are made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from attrs import frozen

from lossy.channels.errors import Code
from lossy.channels.payloads import At, MediaMs, Share
from lossy.channels.reading import Bounds, about
from lossy.domain.library import Status as Standing
from lossy.domain.notes import Category, Status
from lossy.domain.platforms.model import Kind, Platform
from lossy.domain.timecode import MAX_TERM

# A UUID, as it stands in topics.
Id = Annotated[str, Bounds(36, 36)]
Count = Annotated[int, Bounds(0, 2**53 - 1)]
Number = Annotated[int, Bounds(1, 2**53 - 1)]
Text = Annotated[str, Bounds(0, 10_000)]

EPOCH = "a new one (a crash, another server) begins at 1 again, and means a full picture"
SEQ = "dense within an epoch"
FLAGS = "all that this server has, by the key of the capability"


@frozen
class Error:
    """The one shape of errors over HTTP. On a channel the details stand beside the code."""

    code: Code = about("what it is, for programs")
    message: Text = about("what it is, for people")
    details: dict[str, Any] = about("`path` of an `invalid`, `retry_after_ms` of a `rate_limited` …", factory=dict)


# -- who is there -------------------------------------------------------------------------------------------------


@frozen
class PresenceMeta:
    """One connection of somebody who is there."""

    phx_ref: str = about("of the connection as it is now; no other has it")
    online_at: At = about("since when it is there")
    phx_ref_prev: str | None = about("as it was before an update", None)
    tab: str | None = about("its tab", None)
    media_ms: MediaMs | None = about("where its player is", None)


@frozen
class PresenceEntry:
    metas: list[PresenceMeta] = about("the connections of that key")


@frozen
class PresenceDiff:
    """An update is a leave and a join at once."""

    joins: dict[Id, PresenceEntry] = about("who came, by key")
    leaves: dict[Id, PresenceEntry] = about("who went, by key")


# -- a session ----------------------------------------------------------------------------------------------------


@frozen
class Tab:
    tab: str | None = about("its name")
    device: Id | None = about("where it is")


@frozen
class Holder:
    """Who has the microphone, as far as that is known."""

    tab: str | None = about("its name", None)
    device: Id | None = about("where it is", None)
    session: Id | None = about("the review in it", None)
    video: Id | None = about("its video", None)
    since: At | None = about("since when", None)


@frozen
class Pause:
    at: At = about("since when")
    by: str = about("`person`, `silence` or `context`")


@frozen
class SessionStatus:
    """The state of a session in words."""

    active: list[str] = about("states of the voice chart")
    agent: list[str] = about("states of the agent chart")
    owner: Tab | None = about("who has the microphone")
    paused: Pause | None = about("unless it listens")
    kept: Count = about("segments of speech that were kept")
    ignored: dict[str, Count] = about("segments that were not, by reason; `read_only`: of a tab without the microphone")


@frozen
class VoiceStatus(SessionStatus):
    push_epoch: Number = about(EPOCH)
    push_seq: Number = about(SEQ)
    decision: str | None = about("`pause`, `resume` or `end_segment`, where there was one", None)
    reason: str | None = about("of the decision", None)


@frozen
class JoinedSession(SessionStatus):
    id: Id = about("of the session")
    video_id: Id = about("of its video")
    charts: dict[str, Number] = about("their versions, by name")
    max_recording_ms: Count = about("a remark longer than this is split")


@frozen
class MissedPush:
    event: str = about("its name")
    payload: dict[str, Any] = about("as it was pushed")


@frozen
class Window:
    """In which to come back, spread evenly."""

    min_ms: Count = about("not before")
    max_ms: Count = about("not after")


@frozen
class Position:
    """Where a device is with a session."""

    accepted_through: Count = about("the device's events up to this `seq` are taken")
    push_epoch: Number = about(EPOCH)
    push_seq: Count = about("of the session's latest push")
    pushes: list[MissedPush] | None = about("what was missed; null: out of reach, and `session` is the whole picture")
    reset: Number | None = about("the number of a reset, to be answered by `ack`")


@frozen
class VoiceJoined(Position):
    session: JoinedSession = about("the session as it is")
    supported_versions: list[Number] = about("of the session's protocol")
    active_version: Number = about("the one that was asked for")
    features: list[str] = about("keys of the flags that are on for this user")
    reconnect: Window = about("when to come back after a break")
    manifest_version: Number = about("of the platform adapters of this server")
    heartbeat_ms: Count = about("how often to say `heartbeat`")


@frozen
class ResetSession(Position):
    session: SessionStatus = about("the session as it is")


@frozen
class Accepted:
    accepted_through: Count | None = about("the device's events up to this `seq` are taken; of an event with one", None)


@frozen
class Decision:
    """Why a draft was kept or not, with every number."""

    confidence: Share = about("of the draft")
    threshold: Share = about("the one in force")
    base: Share = about("the user's own")
    floor: Share = about("nothing below it is kept")
    deletions: Count = about("of this category in this session")
    category: Category = about("of the draft")
    reason: Literal["sure", "floor", "base", "deletions"] = about("what settled it")


@frozen
class Settled:
    """What became of a remark, once and for ever."""

    note_id: Id | None = about("of the note that was made, mended or meant", None)
    decision: Decision | None = about("where there was a draft", None)
    amended: bool | None = about("true: the remark mended the note", None)
    command: str | None = about("the remark was one", None)
    refused: str | None = about("why there is none", None)


@frozen(kw_only=True)
class Remark(Settled):
    push_epoch: Number = about(EPOCH)
    push_seq: Number = about(SEQ)
    remark_id: Id = about("made by the client")


@frozen
class AgentEvent:
    type: Literal["asr_partial", "asr_final", "intent", "tool_start", "tool_result", "model_delta"] = about(
        "which of them"
    )
    remark_id: Id | None = about("that it is about", None)
    note_id: Id | None = about("that it is about", None)
    command: str | None = about("what was asked", None)
    ok: bool | None = about("of a `tool_result`", None)
    status: Status | None = about("of the note after it", None)
    code: str | None = about("why it is not ok", None)
    text: Text | None = about("of `asr_…`: what was heard; of a `model_delta`: what a model has written so far", None)
    push_epoch: Number | None = about(EPOCH + "; none of `asr_…` and `model_delta`", None)
    push_seq: Number | None = about(SEQ, None)


@frozen
class ContextTaken:
    by: Holder | None = about("who has the microphone now; `device` alone: this device, on a newer socket")


@frozen
class Empty:
    """An empty object."""


@frozen
class Failure:
    code: str = about("of an error")
    message: str = about("what happened")
    reason: str = about("the code again")
    id: Id = about("the log has it too")


@frozen
class AudioJoined:
    supported_versions: list[Number] = about("of what is said here")
    active_version: Number = about("the one that was asked for")
    features: list[str] = about("what this server offers this user")
    accepted: bool = about("whether sound is taken at present; never in version 1")
    limits: dict[str, Count] | None = about("`chunk_bytes`, `full_bytes`, `full_ms`; of version 2", None)
    received_through: Count | None = about("chunks up to this number are there; of version 2", None)
    missed: Count | None = about("chunks of the session that never came; of version 2", None)
    reconnect: Window | None = about("when to come back after a break; of version 1", None)
    heartbeat_ms: Count | None = about("how often to say `heartbeat`; of version 1", None)


@frozen
class AudioReceived:
    received_through: Count = about("chunks up to this number are there")
    missed: Count = about("chunks of the session that never came")


# -- tabs and videos ----------------------------------------------------------------------------------------------


@frozen
class Adapters:
    """Which `platform_adapters.json` this server goes by."""

    format: Number = about("how it is to be read")
    version: Number = about("of the data")
    hash: str = about("of the data")


@frozen
class MetaJoined:
    adapters: Adapters = about("what an extension compares its own with")


@frozen
class Detected:
    video_id: Id = about("one for each video, whatever page shows it")
    platform: Platform = about("whose player it is")
    canonical_id: Text = about("of the platform's own; of a generic page its normalised address")
    kind: Kind = about("of page")
    url: Text = about("normalised")
    title: Text = about("without what the platform writes around it")
    rate: str = about("in which its frames are counted")
    rate_kept: bool = about("another one was sent, and notes count in this")
    status: Standing = about("where it stands")


@frozen
class VideoTold:
    """A video of the user's."""

    video_id: Id = about("of the video")
    platform: Platform = about("whose player shows it")
    canonical_id: Text = about("what the platform calls it")
    kind: Kind = about("of the page that showed it last")
    url: Text = about("normalised")
    page_url: Text = about("where it was seen last")
    title: Text = about("of the video")
    rate: str = about("frames a second")
    duration_ms: Count | None = about("where it is known")
    status: Standing = about("where it stands")
    same_as: Id | None = about("the video that is meant, where two of before turned out to be one")
    notes: Count = about("those that are not deleted")
    created_at: At = about("when it was seen or named first")
    last_seen_at: At = about("when it was seen last")


@frozen
class VideosListed:
    videos: list[VideoTold] = about("the latest seen first")
    cursor: str | None = about("where the next page begins; null on the last")


@frozen
class TabContext:
    """What a tab shows, by what it said last. Null where it shows no video any more."""

    tab: str = about("its name")
    device: Id = about("where it is")
    video_id: Id | None = about("the video")
    platform: Platform | None = about("whose player it is")
    url: Text | None = about("of the video, normalised")
    title: Text | None = about("of the video")
    session: Id | None = about("the review that was begun in it")
    at: At = about("when it came to be so, by our clock")


@frozen
class ContextKnown:
    context: TabContext | None = about("null: nothing is known of that tab, and the client has to look for itself")
    video: Detected | None = about("of what was reported", None)


@frozen
class Microphone:
    owner: bool = about("whether this tab has it")
    vacant: bool | None = about("where it has not: whether nobody has", None)
    session: Id | None = about("the review it is for", None)
    video: Id | None = about("its video", None)
    epoch: Count | None = about("of the microphone", None)


# -- a user -------------------------------------------------------------------------------------------------------


@frozen
class SettingsInForce:
    version: Count = about("raised by each change")
    settings: dict[str, Any] = about("all of them, by name")


@frozen
class DeviceRevoked:
    device_id: Id = about("of the device, which may be this one")


@frozen
class TokenMade:
    token: str = about("a JWT, for `authToken` and for joins")
    expires_at: At = about("get another before")
    device_id: Id = about("it is for that device alone")
    protocol_version: Number = about("of the token")


@frozen
class TokenTaken:
    expires_at: At = about("when the token ends that the socket has now")


@frozen
class FlagTold:
    value: bool = about("whether the user has it")
    variant: Literal["on", "off"] = about("the same, as OpenFeature names it")
    reason: Literal["DISABLED", "TARGETING_MATCH", "STATIC", "SPLIT", "DEFAULT"] = about("by what kind of rule")


@frozen
class FlagsTold:
    flags: dict[str, FlagTold] = about(FLAGS)


@frozen
class UserJoined(SettingsInForce):
    flags: dict[str, FlagTold] = about(FLAGS)


# -- what is measured ---------------------------------------------------------------------------------------------


@frozen
class MeasuredTaken:
    """The client lets go of all of them: what is refused now would be refused again."""

    kept: Count = about("are new")
    known: Count = about("were kept before")
    refused: Count = about("are not in the catalogue, or the user does not want to be measured")


# -- flags, for admins --------------------------------------------------------------------------------------------


@frozen
class FlagSet:
    key: str = about("of the capability")
    title: str = about("its name for people")
    why: str = about("what it gives, and what there is without it")
    capability: str = about("its letter, which `unavailable` carries")
    default: bool = about("where nothing is set")
    version: Count = about("the number of its latest change; 0 before the first")
    parts: dict[str, Any] = about("what is set: `killed`, `boolean`, `share`, `actors.<user>`, `groups.<name>`")


@frozen
class GroupSet:
    name: str = about("of the group")
    version: Count = about("the number of its latest change; 0 where there is none")
    parts: dict[str, Any] = about("`group`: it is there; `members.<user>`, `defaults.<setting>`")


@frozen
class GroupBrief:
    name: str = about("of the group")
    version: Count = about("the number of its latest change")
    members: Count = about("how many there are")
    defaults: dict[str, Any] = about("of a cohort, by setting")


@frozen
class RulesSet:
    version: Count = about("the number of the latest change")
    flags: list[FlagSet] = about("of all that this server has")
    groups: list[GroupBrief] = about("by name")


@frozen
class RuleChanged:
    version: Number = about("its number")
    at: At = about("when")
    by: Id | None = about("who; null for a command, and for a user who is no more")
    via: str = about("`web`, `installation`, or `cli:` and who ran it")
    kind: Literal["flag", "group"] = about("of what it changed")
    name: str = about("of what it changed")
    differences: dict[str, list[Any]] = about("before and after, by part; null for nothing")


@frozen
class RulesChanged:
    changes: list[RuleChanged] = about("the newest first, 100 at most")


# -- charts -------------------------------------------------------------------------------------------------------


@frozen
class ChartListed:
    name: str = about("of the chart")
    version: Number = about("raised by each change of it")
    why: Text = about("what it is for")


@frozen
class ChartsListed:
    charts: list[ChartListed] = about("by name")


@frozen
class ChartNoteTold:
    id: Id = about("of the note")
    chart: str = about("its name")
    anchor: str = about("the id of a state or a transition")
    text: Text = about("what is noted")
    author: str = about("an e-mail address")
    at: At = about("when it was written")


@frozen
class ChartNotesListed:
    notes: list[ChartNoteTold] = about("in the order in which they were written")


@frozen
class HeatTold:
    label: str = about("in what")
    transitions: dict[str, Count] = about("how often each was taken, by id; none that was not")
    states: dict[str, Count] | None = about("how often each was active, where that was counted", None)
    source: str | None = about("the file that it stands in; null: it was counted in the journal", None)
    at: At | None = about("when that file was written", None)


@frozen
class ChartHeatTold:
    heat: list[HeatTold] = about("of the last hour, day and week; of the last runs of tests and simulations")


STATES = "of each chart the states that are active, by the name it has in the session; null: not known"


@frozen
class TraceStep:
    session: Id = about("of the session")
    n: Count = about("of its journal's entry")
    at: At = about("the event's own time")
    chart: str = about("the chart it was for; empty: none, this is where it stands")
    event: str = about("its name")
    taken: list[str] = about("transitions, each with its chart's name first")
    effects: list[list[Any]] = about("the chart it is of, its name; of a `send` to whom and what")
    states: dict[str, list[str]] | None = about(STATES)
    timers: dict[str, dict[str, At]] = about("of each chart when its timers are due, by state")


@frozen
class TraceTold:
    session: Id = about("of the session")
    n: Count | None = about("the entry that made the note, where one was asked for")
    total: Count = about("entries that the journal has")
    steps: list[TraceStep] = about("those around that entry, or the last ones")


@frozen
class StepsSince:
    session: Id = about("of the session")
    here: bool = about("whether it lives on this node, whose own pushes are quicker")
    node: str | None = about("the name of the node that holds it; null: none does")
    url: str | None = about("where that node is; empty: it has no address")
    ended: bool = about("whether the session has ended")
    last: Count = about("its latest entry in the journal, which may be beyond these steps")
    behind_ms: Count | None = about("how long ago the last of these steps happened; null: there is none")
    steps: list[TraceStep] = about("those after the entry asked for, 500 at most")


@frozen
class SessionHeld:
    session: Id = about("of the session")
    node: str = about("the name of the node")
    url: str = about("where it is; empty: it has no address")


@frozen
class SessionsElsewhere:
    sessions: list[SessionHeld] = about("on other nodes that are alive, the latest first, 50 at most")


@frozen
class LiveSession:
    session: Id = about("of the session")
    n: Count = about("of its latest entry")
    states: dict[str, list[str]] = about(STATES)


@frozen
class SessionFollowed:
    now: TraceStep | None = about("where it stands")


@frozen
class ChartActivityJoined(SessionFollowed):
    sessions: list[LiveSession] = about("that run on this node, the latest first, 50 at most")


# -- notes --------------------------------------------------------------------------------------------------------


@frozen
class Fps:
    num: Annotated[int, Bounds(1, MAX_TERM)] = about("frames")
    den: Annotated[int, Bounds(1, MAX_TERM)] = about("in so many seconds")


@frozen
class NoteTold:
    id: Id = about("of the note")
    video_id: Id = about("of its video")
    session_id: Id | None = about("in which it was said")
    author_id: Id = about("who made it")
    text: Text = about("what it says")
    category: Category = about("what an editor touches to settle it")
    confidence: Share = about("how sure it is that it is meant")
    frame_in: Count = about("the first frame it is about")
    frame_out: Count | None = about("the last one, inclusive")
    rate: Fps = about("of the video")
    media_ms: MediaMs = about("when `frame_in` begins to show")
    onset_uncertainty_ms: Count = about("the true onset is that near")
    status: Status = about("how far it has come")
    transcript: Text = about("what was heard")
    provenance: dict[str, Any] = about("how it came about")
    created_at: At = about("when it was made")
    version: Number = about("raised by each change")
    updated_at: At = about("of the latest change")


@frozen
class NoteGone:
    """Without its words."""

    id: Id = about("of the note")
    video_id: Id = about("of its video")
    status: Status = about("`deleted`")
    version: Number = about("raised by each change")
    updated_at: At = about("when it was deleted")


@frozen
class Imported:
    made: list[Id] = about("the notes that were made, all of them firmed")
    there: Count = about("markers that were notes of the video already, and stayed as they are")
