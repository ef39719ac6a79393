"""What was said in a recording, from the JSON file beside it: a simulated reviewer needs no speech-to-text.

{"version": 1, "utterances": [{"start_ms": 1200, "end_ms": 2800, "text": "The logo comes in too early."}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from attrs import frozen
from cattrs import BaseValidationError, Converter, transform_error
from cattrs.v import format_exception

if TYPE_CHECKING:
    from pathlib import Path


VERSION = 1


class TranscriptError(ValueError):
    """The file is not a transcript; the message says which file, and what is wrong at which path in it."""


class Span(Protocol):
    """Half open, in ms of the recording."""

    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


@frozen
class Utterance:
    start_ms: int
    end_ms: int
    text: str

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError(f"start_ms must be before end_ms: {self.start_ms}, {self.end_ms}")
        if not self.text.strip():
            raise ValueError("text is empty")


@frozen
class Transcript:
    version: int
    utterances: tuple[Utterance, ...]

    def __attrs_post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version is {self.version}: only {VERSION} is read")


@frozen
class Attachment:
    """`texts` has every segment's index, with "" where nobody's words are; `unheard` lie in no segment."""

    texts: Mapping[int, str]
    unheard: tuple[Utterance, ...]


def read_transcript(path: Path) -> Transcript:
    """Raises TranscriptError."""
    try:
        content = orjson.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise TranscriptError(f"{path}: not an object @ $")
        return _converter.structure(content, Transcript)
    except OSError as error:
        raise TranscriptError(f"{path}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise TranscriptError(f"{path}: not JSON: {error}") from error
    except BaseValidationError as error:
        raise TranscriptError(f"{path}: {'; '.join(transform_error(error, format_exception=_reason))}") from error


def attach(segments: Sequence[Span], utterances: Iterable[Utterance]) -> Attachment:
    """Every utterance goes whole to the segment it overlaps most, the earlier one of equals.

    Several in one segment are joined in the order they were said.
    """
    said: dict[int, list[str]] = {index: [] for index in range(len(segments))}
    unheard = []
    for utterance in sorted(utterances, key=lambda utterance: utterance.start_ms):
        shared = [_overlap_ms(utterance, segment) for segment in segments]
        most = max(shared, default=0)
        if most > 0:
            said[shared.index(most)].append(utterance.text)
        else:
            unheard.append(utterance)
    return Attachment({index: " ".join(texts) for index, texts in said.items()}, tuple(unheard))


def _overlap_ms(one: Span, other: Span) -> int:
    return min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)


def _reason(error: BaseException, kind: type | None) -> str:
    match error:
        case AttributeError():  # cattrs asked it for its keys
            return "not an object"
        case TypeError() | ValueError():  # our own words
            return str(error)
        case _:
            return format_exception(error, kind)


def _exactly(value: Any, kind: type) -> Any:
    """Instead of cattrs' own conversion, which takes "12" and 12.9 for the integer 12."""
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
    return value


_converter = Converter(forbid_extra_keys=True)
_converter.register_structure_hook(int, _exactly)
_converter.register_structure_hook(str, _exactly)
