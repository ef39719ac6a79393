"""Every topic and event of the protocol as a table: what may be sent and by whom, how often, and what is told.

`lossy.web.sockets` dispatches by it, the reference and the JSON Schemas are made of it, and clients hold the server to
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import frozen

from lossy.channels import note_payloads, note_told, payloads, told, topics
from lossy.channels.errors import Refusal
from lossy.channels.reading import read
from lossy.domain.access import Action
from lossy.domain.capabilities import Capability
from lossy.domain.limits import Limit


@frozen(eq=False)
class ClientEvent:
    """What a client sends. `payload` is an attrs class, or bytes for a binary message.

    `limit` is each user's, on each node. `later` is the letter of a capability that is not built yet: the answer is
    `unavailable`. `action` is what one must be allowed to do with the video that the topic is about.
    """

    name: str
    payload: Any
    reply: Any
    limit: Limit
    about: str
    later: str = ""
    action: Action = Action.READ


@frozen(eq=False)
class Push:
    """What the server sends by itself. `numbered` ones come again to whoever missed them."""

    name: str
    payload: Any
    about: str
    numbered: bool = False
    later: str = ""


T = TypeVar("T", ClientEvent, Push)


@frozen(eq=False)
class TopicTable:
    """`shape` is the topic's name with the kinds of its ids; `join` is the row of its `phx_join`. Whoever does not have
    the `capability` cannot join it; who has joined it by then stays.
    """

    kind: type
    shape: str
    who: str
    join: ClientEvent
    events: Mapping[str, ClientEvent]
    pushes: Mapping[str, Push]
    capability: Capability | None = None


# A client that comes back joins all its channels at once, 100 on a socket; one in a loop asks every ten seconds.
JOINS = Limit(per_minute=300, burst=300)
# A reviewer makes some events a second, and sends a hundred kept ones at once after a break.
HARDWARE = Limit(per_minute=1_200, burst=400)
# A person speaks a remark a second at the most; what a night without a server left in the queue goes one by one.
REMARKS = Limit(per_minute=600, burst=300)
# What a person does by hand, faster than anybody does.
BY_HAND = Limit(per_minute=240, burst=60)
# A page is a query over a video's notes.
READING = Limit(per_minute=240, burst=60)
# What starts work that costs money or seconds of a machine.
EXPENSIVE = Limit(per_minute=30, burst=10)
# A third of a second each.
SOUND = Limit(per_minute=6_000, burst=1_000)
# Words as they are understood, and where the player is: ten times a second is faster than anybody reads.
PARTIALS = Limit(per_minute=600, burst=60)
# A device sends what it measured every ten seconds, and after a night without a server one message after the other.
MEASURED = Limit(per_minute=120, burst=30)
# Says that the line is there; a browser measures its round trip with it.
PINGS = Limit(per_minute=1_200, burst=60)


# Whoever joins is shown who is there, and then who comes and goes.
PRESENCE = (
    Push(
        "presence_state", dict[told.Id, told.PresenceEntry], "Once, after the reply to the join: who is there, by key."
    ),
    Push("presence_diff", told.PresenceDiff, "Who came and who went."),
)


def _by_name(*rows: T) -> Mapping[str, T]:
    return {row.name: row for row in rows}


def _join(payload: Any, reply: Any, about: str = "", action: Action = Action.READ) -> ClientEvent:
    return ClientEvent("phx_join", payload, reply, JOINS, about, action=action)


def _not_yet(letter: str) -> ClientEvent:
    """Whoever may join it is told so, and nobody else."""
    return ClientEvent("phx_join", payloads.JoinPlain, told.Empty, JOINS, "", letter)


def _later(letter: str, limit: Limit, about: str, *names: str) -> tuple[ClientEvent, ...]:
    """Whatever is sent with it is not looked at."""
    return tuple(ClientEvent(name, payloads.Nothing, told.Empty, limit, about, letter) for name in names)


VOICE = TopicTable(
    topics.Voice,
    "voice:<session>",
    "the owner of the session",
    _join(
        payloads.JoinVoice,
        told.VoiceJoined,
        "The client makes the session's id; its first join begins the session.",
        Action.REVIEW,
    ),
    _by_name(
        ClientEvent(
            "voice_event", payloads.VoiceEvent, told.Accepted, HARDWARE, "What the microphone and the player do."
        ),
        ClientEvent(
            "transcript_final",
            payloads.TranscriptFinal,
            told.Settled,
            REMARKS,
            "The words of a remark. Answered once the remark is settled; a repeat gets the same answer.",
        ),
        ClientEvent("command", payloads.CommandGiven, told.Empty, BY_HAND, "A click."),
        ClientEvent("skipped", payloads.Skipped, told.Accepted, HARDWARE, "Events that the client had to drop."),
        ClientEvent("ack", payloads.Ack, told.Empty, HARDWARE, "The client has taken the picture of a reset."),
        ClientEvent(
            "transcript_partial", payloads.TranscriptPartial, told.Empty, PARTIALS, "What is understood so far."
        ),
        ClientEvent(
            "set_timestamp",
            payloads.SetTimestamp,
            told.Empty,
            PARTIALS,
            "Where the player is; those who watch see it in the presence of this tab.",
        ),
        *_later("D6", HARDWARE, "What a frame looks like, as numbers.", "frame_embedding"),
    ),
    _by_name(
        *PRESENCE,
        Push("voice_status", told.VoiceStatus, "At every change of state, with the decision if there was one.", True),
        Push("agent_event", told.AgentEvent, "What the agent does. `asr_…` and `model_delta` have no number.", True),
        Push("remark", told.Remark, "What became of a remark.", True),
        Push("reset_session", told.ResetSession, "Once more the reset that was not answered by `ack`."),
        Push("context_taken", told.ContextTaken, "This tab has not the microphone any more."),
        Push("context_available", told.Empty, "Nobody has the microphone."),
        Push("moving", told.Empty, "The server stops, or the session went to another; join again."),
        Push("session_failed", told.Failure, "An error of the server's; join again."),
    ),
    Capability.VOICE_SESSION,
)

AUDIO = TopicTable(
    topics.Audio,
    "audio:<session>",
    "the owner of the session",
    _join(
        payloads.JoinAudio,
        told.AudioJoined,
        "In version 2 `voice:<session>` is joined before, on the same server.",
        Action.REVIEW,
    ),
    _by_name(
        ClientEvent("audio", bytes, told.AudioReceived, SOUND, "Sound, behind a header of 11 bytes."),
        ClientEvent(
            "transcript_final",
            payloads.LegacyTranscript,
            told.Settled,
            REMARKS,
            "The words of a remark, in version 1. Answered once the remark is settled.",
        ),
        ClientEvent(
            "transcript_partial",
            payloads.TranscriptPartial,
            told.Empty,
            PARTIALS,
            "What is understood so far, in version 1.",
        ),
        ClientEvent("set_timestamp", payloads.SetTimestamp, told.Empty, PARTIALS, "Where the player is, in version 1."),
        ClientEvent("ping", Any, told.Empty, PINGS, "Answered at once, whatever comes with it."),
        ClientEvent(
            "update_video_context",
            payloads.UpdateVideoContext,
            told.ContextKnown,
            BY_HAND,
            "Which video the tab shows, in version 1. The review of a tab that shows another one is over.",
        ),
        *_later("D6", HARDWARE, "What a frame looks like, as numbers.", "frame_embedding"),
    ),
    _by_name(
        Push("note_created", told.NoteTold, "A note was made in this session; in version 1."),
        Push("agent_event", told.AgentEvent, "What the agent does; in version 1."),
    ),
)

VIDEO_META = TopicTable(
    topics.VideoMeta,
    "video:meta",
    "any signed-in user",
    _join(payloads.JoinVideoMeta, told.MetaJoined),
    _by_name(
        ClientEvent("video_detected", payloads.VideoDetected, told.Detected, BY_HAND, "Which video a page shows."),
        ClientEvent("claim", payloads.Claim, told.Microphone, BY_HAND, "The reviewer has turned to this tab."),
        ClientEvent("release", payloads.Release, told.Microphone, BY_HAND, "The microphone is given up."),
        ClientEvent(
            "video_context",
            payloads.VideoContext,
            told.ContextKnown,
            BY_HAND,
            "What a tab shows, or what is known of it. The review of a tab that shows something else is over.",
        ),
        ClientEvent("list_videos", payloads.ListVideos, told.VideosListed, READING, "The user's videos."),
        ClientEvent("queue_video", payloads.QueueVideo, told.VideoTold, BY_HAND, "A video is to be reviewed."),
        ClientEvent(
            "update_video_status", payloads.UpdateVideoStatus, told.VideoTold, BY_HAND, "Where a video stands."
        ),
        ClientEvent("get_notes", note_payloads.GetNotesOf, note_told.NotesPage, READING, "The notes of a video."),
        ClientEvent("delete_note", note_payloads.DeleteNote, note_told.NoteLeft, BY_HAND, "A note is deleted."),
        *_later("J2", EXPENSIVE, "A note gets what its frame shows.", "enrich_note"),
        *_later("J2", EXPENSIVE, "A model refines a note.", "refine_note", "refine_note_with_vision"),
        *_later("J2", BY_HAND, "A note is approved for the platform.", "queue_posting"),
    ),
    {},
)

NOTE_CHANGES = tuple(
    ClientEvent(name, payload, note_told.NoteLeft, BY_HAND, about, action=Action.NOTE)
    for name, payload, about in (
        ("update_note", note_payloads.UpdateNote, "A note gets other words, or is confirmed."),
        ("delete_note", note_payloads.DeleteNote, "A note is deleted."),
        ("undo", note_payloads.UndoNote, "A deletion is taken back, or the last change of words."),
        ("merge_notes", note_payloads.MergeNotes, "The words of a note go into another one, which is the answer."),
    )
)
NOTE_PUSHES = (
    Push("note_created", told.NoteTold, "A note was made."),
    Push("note_updated", told.NoteTold, "A note was changed, or came back."),
    Push("note_deleted", told.NoteGone, "A note was deleted."),
)

VIDEO_NOTES = TopicTable(
    topics.VideoNotes,
    "notes:video:<video>",
    "whoever may read the video",
    _join(note_payloads.JoinVideoNotes, note_told.VideoNotesJoined),
    _by_name(
        ClientEvent("get_notes", note_payloads.GetNotes, note_told.NotesPage, READING, "A page of notes."),
        ClientEvent(
            "get_changes", note_payloads.GetChanges, note_told.NotesChanged, READING, "What has changed since."
        ),
        ClientEvent(
            "create_note",
            note_payloads.CreateNote,
            note_told.NoteLeft,
            BY_HAND,
            "A note is typed, now or when there was no connection.",
            action=Action.NOTE,
        ),
        *NOTE_CHANGES,
    ),
    _by_name(
        *PRESENCE,
        *NOTE_PUSHES,
        Push("video_summary", note_told.VideoSummary, "How many notes there are, at most once a second."),
    ),
    Capability.NOTES_CHANNEL,
)

USER_NOTES = TopicTable(
    topics.UserNotes,
    "notes:user:<user>",
    "that user, about the notes they made on whatever video",
    _join(payloads.JoinPlain, note_told.NotesPage, "The latest notes first."),
    _by_name(
        ClientEvent("get_notes", note_payloads.GetNotes, note_told.NotesPage, READING, "A page of notes."),
        ClientEvent(
            "create_note",
            note_payloads.CreateNoteOn,
            note_told.NoteLeft,
            BY_HAND,
            "A note is typed.",
            action=Action.NOTE,
        ),
        *NOTE_CHANGES,
    ),
    _by_name(*NOTE_PUSHES),
)

USER = TopicTable(
    topics.User,
    "user:<user>",
    "that user",
    _join(payloads.JoinPlain, told.UserJoined),
    _by_name(
        ClientEvent(
            "update_settings", payloads.UpdateSettings, told.SettingsInForce, BY_HAND, "Settings are changed, or reset."
        ),
        ClientEvent(
            "refresh_token",
            payloads.RefreshToken,
            told.TokenTaken,
            BY_HAND,
            "A fresh token for the whole socket, as one in a join is.",
        ),
    ),
    _by_name(
        *PRESENCE,
        Push("settings_changed", told.SettingsInForce, "On any of the user's devices."),
        Push("context_available", told.Empty, "Nobody has the microphone."),
        Push("device_revoked", told.DeviceRevoked, "A device was signed out. Its own socket is closed after it."),
        Push("flags_changed", told.FlagsTold, "The server offers this user something else now."),
        Push("job_updated", told.Empty, "A job has gone on.", later="J1"),
        Push("video_context_updated", told.TabContext, "A tab shows another video, or its title has changed."),
        Push("video_context_cleared", told.TabContext, "A tab shows none any more."),
        Push("video_updated", told.VideoTold, "A video is new, or something of it has changed."),
        Push("video_queued", told.VideoTold, "A video is to be reviewed."),
    ),
)

TELEMETRY = TopicTable(
    topics.Telemetry,
    "telemetry:<device>",
    "that device",
    _join(payloads.JoinPlain, told.Empty),
    _by_name(
        ClientEvent(
            "events",
            payloads.MeasuredEvents,
            told.MeasuredTaken,
            MEASURED,
            "What the device measured, answered when it is kept.",
        )
    ),
    {},
    Capability.TELEMETRY,
)

DASHBOARD = TopicTable(topics.Dashboard, "admin:dashboard", "admins", _not_yet("I5"), {}, {})

CHART_ACTIVITY = TopicTable(
    topics.ChartActivity,
    "charts:<name>",
    "admins",
    _join(
        payloads.JoinChartActivity,
        told.ChartActivityJoined,
        "Sessions of this node; others are followed by journal.",
    ),
    _by_name(
        ClientEvent("follow", payloads.FollowSession, told.SessionFollowed, BY_HAND, "A session is looked at, or none.")
    ),
    _by_name(Push("chart_step", told.TraceStep, "A step of the session that is followed.")),
)

TABLES: Mapping[type, TopicTable] = {
    table.kind: table
    for table in (VOICE, AUDIO, VIDEO_META, VIDEO_NOTES, USER_NOTES, USER, TELEMETRY, DASHBOARD, CHART_ACTIVITY)
}


class Departure(Exception):
    """The server said what the table has not."""


Tables = Mapping[type, TopicTable]


def table_of(topic: str, tables: Tables = TABLES) -> TopicTable | None:
    """By the name of a topic; None where no topic has that name."""
    return tables.get(type(topics.parse(topic)))


def check_reply(topic: str, event: str, response: Any, tables: Tables = TABLES) -> None:
    """Of the status `ok`. Raises Departure."""
    table = table_of(topic, tables)
    if table is not None:
        row = table.join if event == table.join.name else table.events.get(event)
        _check(f"{topic} {event}", row and row.reply, response)


def check_push(topic: str, event: str, payload: Any, tables: Tables = TABLES) -> None:
    """Raises Departure."""
    table = table_of(topic, tables)
    if table is not None:
        row = table.pushes.get(event)
        _check(f"{topic} {event}", row and row.payload, payload)


def _check(what: str, kind: Any, said: Any) -> None:
    if kind is None:
        raise Departure(f"{what} is not in the table")
    try:
        read(kind, said)
    except Refusal as refusal:
        raise Departure(f"{what}: {refusal.details['path']}: {refusal.message}") from None
