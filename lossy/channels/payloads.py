"""What clients may send, as types: joins, events and the bodies of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from attrs import frozen

from lossy.channels.errors import invalid
from lossy.channels.reading import Bounds, about
from lossy.channels.replay import MAX_SEQ
from lossy.domain.library import MAX_SHELF, SHELF
from lossy.domain.notes import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

# A day of film; a media time beyond it is a fault of the player or of the client.
MediaMs = Annotated[int, Bounds(0, 24 * 3_600_000)]
# A minute of doubt is no frame at all, and the longest remark is that long.
Uncertainty = Annotated[int, Bounds(0, 60_000)]
# JavaScript's largest exact integer.
At = Annotated[int, Bounds(0, 2**53 - 1)]
Seq = Annotated[int, Bounds(1, MAX_SEQ)]
SeqOrNone = Annotated[int, Bounds(0, MAX_SEQ)]
Share = Annotated[float, Bounds(0, 1)]
# A note's text is the transcript cleaned, and may gain a full stop.
Transcript = Annotated[str, Bounds(0, MAX_TEXT - 1)]
Line = Annotated[str, Bounds(1, 2_000)]
RulesVersion = Annotated[int, Bounds(0, 2**53 - 1)]
# Of a figure: they are held as long as the session, and kept with each snapshot.
Name = Annotated[str, Bounds(1, 40)]
# Ours are a quarter of this. A channel has the payload of its join as long as it lives.
Token = Annotated[str, Bounds(0, 2_000)]
TabId = Annotated[str, Bounds(1, 100)]
RateText = Annotated[str, Bounds(1, 20)]
Duration = Annotated[int, Bounds(1, 24 * 3_600_000)]

# What a client measures of itself, each by name; they are kept with the session.
FIGURES = 32

# What a button may say, and the chart that hears it.
COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("start", "stop", "pause", "resume", "cancel", "close"), "voice"),
    **dict.fromkeys(("confirm", "undo", "post"), "agent"),
}

TOKEN = "instead of the socket's token"
CLIENT_NOW = "the client's clock now; its times are corrected by the difference"
TAB = "without it the device counts as one tab"
RATE = 'frames a second: `"25"`, `"30000/1001"`'


@frozen
class Nothing:
    """An empty object."""


# -- joins --------------------------------------------------------------------------------------------------------


@frozen
class JoinPlain:
    token: Token | None = about(TOKEN, None)


@frozen
class LastKnownState:
    """What a client remembers of the session it returns to (F1)."""

    seq: SeqOrNone = about("the latest it gave to an event", 0)
    first_seq: Seq | None = about("the first that it still holds, or has yet to report as skipped", None)
    accepted_through: SeqOrNone = about("as it was told last", 0)
    session_id: UUID | None = about("that all this is about; where it is another one, a reset follows", None)
    state: Annotated[str, Bounds(0, 100)] | None = about("`active` as it was shown last, blanks between", None)


@frozen
class JoinVoice:
    video_id: UUID = about("from `video_detected`")
    device_id: UUID = about("the token's own, or `forbidden`")
    requested_version: Annotated[int, Bounds(1, 1000)] = about("2")
    at: At | None = about(CLIENT_NOW, None)
    token: Token | None = about(TOKEN, None)
    tab_id: TabId | None = about(TAB, None)
    last_push_seq: SeqOrNone | None = about("of the last numbered push it has seen", None)
    push_epoch: Seq | None = about("of the same", None)
    last_known_state: LastKnownState | None = about("what it remembers of the session", None)


@frozen
class JoinVideoMeta:
    token: Token | None = about(TOKEN, None)
    at: At | None = about(CLIENT_NOW, None)


@frozen
class JoinAudio:
    device_id: UUID = about("the token's own, or `forbidden`")
    requested_version: Annotated[int, Bounds(1, 1000)] = about("1: transcripts alone, for a session that it begins", 2)
    video_id: UUID | None = about("from `video_detected`; version 1 needs it", None)
    token: Token | None = about(TOKEN, None)
    tab_id: TabId | None = about(TAB, None)


# -- a session ----------------------------------------------------------------------------------------------------


@frozen
class VoiceEvent:
    kind: Literal["speech_start", "speech_end", "silence_timeout", "metrics", "heartbeat", "error", "seek"] = about(
        "`speech_start` and `speech_end` carry a `seq`"
    )
    at: At = about("when it happened, by the client's clock")
    seq: Seq | None = about("dense per session and device, from 1", None)
    media_ms: MediaMs | None = about("where the player was", None)
    probability: Share | None = about("how surely it was speech", None)
    reason: Line | None = about("of an error", None)
    figures: Annotated[dict[Name, float], Bounds(0, FIGURES)] = about(
        "what the client measures of itself", factory=dict
    )


@frozen
class TranscriptFinal:
    id: UUID = about("of the remark, made by the client, so that sending it twice changes nothing")
    text: Transcript = about("what was said")
    at: At = about("the onset of speech")
    media_ms: MediaMs = about("at the onset of speech")
    duration_ms: MediaMs = about("of the speech, in the film's time")
    segment: Seq | None = about("`seq` of its `speech_start`", None)
    stt_confidence: Share | None = about("how sure the recogniser is", None)
    onset_uncertainty_ms: Uncertainty | None = about("of the film: the true onset is that near", None)


@frozen
class TranscriptPartial:
    """It is told to those who watch, and not kept."""

    text: Transcript = about("what is understood so far")
    id: UUID | None = about("of the remark, as its `transcript_final` will have it", None)


@frozen
class SetTimestamp:
    media_ms: MediaMs = about("where the player is")


@frozen
class LegacyTranscript:
    """The words of a remark, of a client of version 1."""

    text: Transcript = about("what was said")
    id: UUID | None = about(
        "of the remark; without one it is known by its words and its moment until it is answered", None
    )
    media_ms: MediaMs | None = about("at the onset of speech; without it, the last `set_timestamp`", None)


@frozen
class UpdateVideoContext:
    """The tab of a client of version 1 shows this video now."""

    video_id: UUID = about("from `video_detected`; where it is another one, the session is over")
    media_ms: MediaMs | None = about("where the player is", None)


@frozen
class Skipped:
    """Numbers of events that the client had to drop."""

    first: Seq = about("the first of them", wire="from")
    last: Seq = about("the last of them", wire="to")

    def __attrs_post_init__(self) -> None:
        """Raises Refusal."""
        if self.last < self.first:
            raise invalid("to", "It comes before `from`.")


@frozen
class Ack:
    """The client has taken the full picture of a reset, and has numbered anew what it holds."""

    reset: Seq = about("the number of the reset")
    last_seq: SeqOrNone = about("the last number of what it holds", 0)


@frozen
class CommandGiven:
    name: Literal["start", "stop", "pause", "resume", "cancel", "close", "confirm", "undo", "post"] = about(
        "as on its button"
    )
    at: At = about("when it was clicked")
    note_id: UUID | None = about("that the click was on; without one it is about the last", None)
    id: UUID | None = about("made by the client, the same when it asks again: what was done is not done twice", None)


# -- tabs and videos ----------------------------------------------------------------------------------------------


@frozen
class Claim:
    """The reviewer has turned to that tab, and that review is in it."""

    session_id: UUID = about("the review")
    video_id: UUID = about("its video")
    at: At = about("when the reviewer turned to it")
    seq: Seq = about("of the tab's claims and releases, from 1; a repeat has the same")
    tab_id: TabId | None = about(TAB, None)


@frozen
class Release:
    at: At = about("when it was given up")
    seq: Seq = about("of the tab's claims and releases")
    tab_id: TabId | None = about(TAB, None)


@frozen
class VideoDetected:
    url: Line = about("of the page or the player, as the browser has it")
    title: Line = about("of the page or the video; what the platform writes around it is taken off")
    rate: RateText = about(RATE)
    duration_ms: Duration | None = about("how long the video is", None)


@frozen
class VideoContext:
    """What a tab shows, with `url`; that it shows no video any more, with `closed`; else a question."""

    url: Line | None = about("of the page or the player, as the browser has it", None)
    title: Line | None = about("of the page or the video", None)
    rate: RateText | None = about(RATE, None)
    duration_ms: Duration | None = about("how long the video is", None)
    closed: bool = about("the tab is closed, or shows no video any more", False)
    at: At | None = about("when it came to be so, by the client's clock; not of a question", None)
    seq: Seq | None = about("of what the tab says of itself, from 1; not of a question", None)
    tab_id: TabId | None = about(TAB, None)


@frozen
class ListVideos:
    status: Literal["queued", "active", "archived"] | None = about("only those that stand so", None)
    platform: Literal["youtube", "vimeo", "frame_io", "iconik", "generic"] | None = about("only those of it", None)
    text: Annotated[str, Bounds(1, 200)] | None = about("only those with it in the title or the address", None)
    cursor: Annotated[str, Bounds(1, 100)] | None = about("of the page before", None)
    limit: Annotated[int, Bounds(1, MAX_SHELF)] = about("videos of a page", SHELF)


@frozen
class QueueVideo:
    url: Line = about("of a page that shows it")
    title: Line | None = about("of the video, where it is known", None)


@frozen
class UpdateVideoStatus:
    video_id: UUID = about("the video")
    status: Literal["queued", "active", "archived"] = about("where it stands from now on")


# -- a user -------------------------------------------------------------------------------------------------------


@frozen
class RefreshToken:
    token: Token = about("a fresh one of the same device")


@frozen
class UpdateSettings:
    version: Annotated[int, Bounds(0, 2**31 - 1)] = about("of what the changes are made to")
    changes: dict[str, Any] = about("values by name; null takes a choice back")


# -- what is measured ---------------------------------------------------------------------------------------------

MEASURED = 100  # in one message
MEASURED_FIELDS = 20


@frozen
class MeasuredEvent:
    """One that is not in the catalogue, or does not fit it, is refused by itself."""

    seq: Annotated[int, Bounds(1, 2**53 - 1)] = about("dense per device, from 1; twice the same is one")
    name: Annotated[str, Bounds(1, 100)] = about("as in the catalogue")
    at: At = about("when it happened, by the client's clock")
    fields: Annotated[dict[Name, Any], Bounds(0, MEASURED_FIELDS)] = about("as in the catalogue", factory=dict)


@frozen
class MeasuredEvents:
    events: Annotated[list[MeasuredEvent], Bounds(0, MEASURED)] = about("in the order of their numbers")
    dropped: Annotated[int, Bounds(0, 2**53 - 1)] = about("how many this device has let go so far, in all", 0)


# -- queries ------------------------------------------------------------------------------------------------------


@frozen
class ChartFormat:
    format: Literal["json", "xstate", "scxml", "mermaid"] = about("how it is written", "json")


@frozen
class JoinChartActivity:
    token: Token | None = about(TOKEN, None)
    follow: UUID | None = about("the session to be followed from the first, after a break", None)


@frozen
class StepsAfter:
    after: Annotated[int, Bounds(0, 2**31 - 1)] = about("the number of an entry of its journal", 0)


@frozen
class FollowSession:
    session: UUID | None = about("null: none any more")


@frozen
class CompareChart:
    chart: Annotated[str, Bounds(1, 60_000)] = about("another version of it, as its file has it")


@frozen
class WriteChartNote:
    id: UUID = about("made by the page; the same one again is the same note")
    anchor: Annotated[str, Bounds(1, 300)] = about("the id of a state or a transition of the chart")
    text: Annotated[str, Bounds(1, 4_000)] = about("what is noted")


# -- requests -----------------------------------------------------------------------------------------------------


@frozen
class TokenRequest:
    device_id: UUID = about("made by the device, once")
    name: Annotated[str, Bounds(1, 60)] | None = about("what its owner calls it", None)


@frozen
class ExportQuery:
    format: Literal["csv", "markdown", "json", "edl", "premiere", "fcpxml", "avid", "otio"] = about("of the file")
    start_timecode: Annotated[str, Bounds(1, 20)] | None = about(
        "of the film's first frame, `01:00:00:00` without it; with a `;` drop-frame", None
    )
    drop_frame: bool = about("whether numbers of frames are dropped, at 29.97 or 59.94", False)
    status: list[Literal["ghost", "firmed", "queued", "posting", "posted", "failed"]] = about(
        "only notes in one of these, given once for each; all but deleted ones without any", factory=list
    )


@frozen
class ImportQuery:
    file: Annotated[str, Bounds(1, 200)] | None = about("its name, for whoever asks where a note came from", None)
    format: Literal["edl", "otio"] | None = about("of the file; told by its name and its content without it", None)
    start_timecode: Annotated[str, Bounds(1, 20)] | None = about(
        "of the film's first frame, `01:00:00:00` without it; an EDL says itself whether numbers are dropped", None
    )


@frozen
class ChangeFlag:
    flag: Name = about("key of the flag")
    version: RulesVersion = about("of the flag that the changes are made to")
    changes: Any = about("parts by name; null takes one away, or in the place of all of them all gates")


@frozen
class ChangeGroup:
    group: Name = about("its name; one that is not there is made")
    version: RulesVersion = about("of the group that the changes are made to; 0 where there is none")
    changes: Any = about("parts by name; null takes one away, or in the place of all of them the group")


@frozen
class AskGroup:
    group: Name = about("its name")


@frozen
class AskHistory:
    name: Name | None = about("of one flag or group; without it of all", None)
