"""What clients may send, as types. A payload that does not fit is refused with the path of the field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin
from uuid import UUID

import cattrs
from attrs import field, frozen
from cattrs.gen import make_dict_structure_fn, override

from lossy.channels.errors import Refusal, invalid
from lossy.channels.replay import MAX_SEQ
from lossy.domain.notes import MAX_TEXT


@frozen
class Bounds:
    """Of a number itself, or of a text's length."""

    least: float
    most: float


# A day of film; a media time beyond it is a fault of the player or of the client.
MediaMs = Annotated[int, Bounds(0, 24 * 3_600_000)]
# JavaScript's largest exact integer.
At = Annotated[int, Bounds(0, 2**53 - 1)]
Seq = Annotated[int, Bounds(1, MAX_SEQ)]
Share = Annotated[float, Bounds(0, 1)]
# A note's text is the transcript cleaned, and may gain a full stop.
Transcript = Annotated[str, Bounds(0, MAX_TEXT - 1)]
Line = Annotated[str, Bounds(1, 2_000)]
# Of a figure: they are held as long as the session, and kept with each snapshot.
Name = Annotated[str, Bounds(1, 40)]
# Ours are a quarter of this. A channel has the payload of its join as long as it lives.
Token = Annotated[str, Bounds(0, 2_000)]

# What a button may say, and the chart that hears it.
COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("start", "stop", "pause", "resume", "cancel", "close"), "voice"),
    **dict.fromkeys(("confirm", "undo", "post"), "agent"),
}


@frozen
class LastKnownState:
    """What a client remembers of the session it returns to (F1)."""

    seq: Annotated[int, Bounds(0, MAX_SEQ)] = 0  # the latest it gave to an event
    first_seq: Seq | None = None  # the first that it still holds, or has yet to report as skipped
    accepted_through: Annotated[int, Bounds(0, MAX_SEQ)] = 0  # as it was told last
    session_id: UUID | None = None
    state: Annotated[str, Bounds(0, 100)] | None = None
    last_event_at: At | None = None


@frozen
class JoinVoice:
    video_id: UUID
    device_id: UUID
    requested_version: Annotated[int, Bounds(1, 1000)]
    at: At | None = None  # the client's clock at this moment
    token: Token | None = None
    tab_id: Annotated[str, Bounds(1, 100)] | None = None
    last_push_seq: Annotated[int, Bounds(0, MAX_SEQ)] | None = None
    push_epoch: Seq | None = None
    last_known_state: LastKnownState | None = None


@frozen
class JoinNotes:
    token: Token | None = None


@frozen
class VoiceEvent:
    kind: Literal["speech_start", "speech_end", "silence_timeout", "metrics", "heartbeat", "error", "seek"]
    at: At
    seq: Seq | None = None
    media_ms: MediaMs | None = None
    probability: Share | None = None
    reason: Line | None = None
    figures: dict[Name, float] = field(factory=dict)


@frozen
class TranscriptFinal:
    id: UUID  # made by the client, so that sending it twice changes nothing
    text: Transcript
    at: At  # the onset of speech
    media_ms: MediaMs  # at the onset of speech
    duration_ms: MediaMs
    segment: Seq | None = None  # seq of its speech_start
    stt_confidence: Share | None = None


@frozen
class Skipped:
    """Events that the client had to drop. On the wire the two are `from` and `to`."""

    first: Seq
    last: Seq

    def __attrs_post_init__(self) -> None:
        """Raises Refusal."""
        if self.last < self.first:
            raise invalid("to", "It comes before `from`.")


@frozen
class Ack:
    """The client has taken the full picture of a reset, and has numbered anew what it holds."""

    reset: Seq
    last_seq: Annotated[int, Bounds(0, MAX_SEQ)] = 0


@frozen
class CommandGiven:
    name: str
    at: At
    note_id: UUID | None = None  # that a click about a note was on; without one it is about the last


@frozen
class JoinVideoMeta:
    token: Token | None = None
    at: At | None = None  # the client's clock at this moment


@frozen
class Claim:
    """The reviewer has turned to that tab, and that review is in it."""

    session_id: UUID
    video_id: UUID
    at: At
    seq: Seq  # of the tab's claims and releases; a repeat has the same
    tab_id: Annotated[str, Bounds(1, 100)] | None = None


@frozen
class Release:
    at: At
    seq: Seq
    tab_id: Annotated[str, Bounds(1, 100)] | None = None


@frozen
class VideoDetected:
    url: Line
    title: Line
    rate: Annotated[str, Bounds(1, 20)]


@frozen
class UpdateSettings:
    version: Annotated[int, Bounds(0, 2**31 - 1)]  # of what the changes are made to
    changes: Any  # `lossy.domain.user_settings` knows what each may be


@frozen
class JoinAudio:
    device_id: UUID
    token: Token | None = None
    tab_id: Annotated[str, Bounds(1, 100)] | None = None


@frozen
class TokenRequest:
    device_id: UUID


T = TypeVar("T")


def read(kind: type[T], payload: object) -> T:
    """Raises Refusal (invalid), its path as in `figures.fps`."""
    try:
        if not isinstance(payload, Mapping):
            raise invalid("$", "It must be an object.")
        return _converter.structure(payload, kind)
    except cattrs.BaseValidationError as error:
        for fault in error.exceptions:
            if isinstance(fault, cattrs.ForbiddenExtraKeysError):
                raise invalid(min(fault.extra_fields)[:100], "There is no such field.") from None
        # No message holds what the client sent, but a path does, where it goes through keys.
        message, _, path = cattrs.transform_error(error, format_exception=_explain)[0].partition(" @ ")
        raise invalid(path.removeprefix("$").lstrip(".") or "$", message) from None


def _explain(error: BaseException, expected: type | None) -> str:
    return str(error) if isinstance(error, Refusal) else cattrs.v.format_exception(error, expected)


def _exactly(*kinds: type) -> Any:
    """JSON has types; a number in a string is a fault of the client, and true is no number."""

    def structure(value: Any, expected: type[T]) -> T:
        if type(value) not in kinds:
            raise invalid("$", f"It must be of type {expected.__name__}.")
        return expected(value)  # type: ignore[call-arg]

    return structure


def _bounded(value: Any, annotated: Any) -> Any:
    kind, bounds = get_args(annotated)
    structured = _converter.structure(value, kind)
    if kind is str and "\0" in structured:
        raise invalid("$", "It must not hold the character NUL, which PostgreSQL cannot keep.")
    size = len(structured) if kind is str else structured
    if not bounds.least <= size <= bounds.most:
        raise invalid("$", f"It must be from {bounds.least} to {bounds.most}{' characters' * (kind is str)}.")
    return structured


def _is_a(origin: object, kind: Any) -> bool:
    return get_origin(kind) is origin


def _one_of(value: Any, literal: Any) -> Any:
    if value not in get_args(literal):
        raise invalid("$", f"It must be one of {', '.join(get_args(literal))}.")
    return value


_converter = cattrs.Converter(forbid_extra_keys=True)
_converter.register_structure_hook(
    Skipped,
    make_dict_structure_fn(
        Skipped, _converter, _cattrs_forbid_extra_keys=True, first=override(rename="from"), last=override(rename="to")
    ),
)
for _kind, _accepted in {int: (int,), float: (int, float), str: (str,)}.items():
    _converter.register_structure_hook(_kind, _exactly(*_accepted))
_converter.register_structure_hook(UUID, lambda value, _: UUID(_converter.structure(value, str)))
for _origin, _structure in ((Annotated, _bounded), (Literal, _one_of)):
    _converter.register_structure_hook_func(partial(_is_a, _origin), _structure)
