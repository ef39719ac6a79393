"""What a language model answers is bad input like any other: it is read here, and becomes a draft or is refused.

A reply is invented, and refused, when fewer than half of its words that carry meaning were said (docs/how-to/
use-a-language-model.md). The times that people name are read by the rules; the model's are offsets, and only used where
the remark speaks of time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import cattrs
import orjson
from attrs import frozen

from lossy.domain.notes import MAX_TEXT, Category
from lossy.inference.breaker import Failed
from lossy.inference.cleaning import clean
from lossy.inference.llm_prompt import MOST_S
from lossy.inference.rules import Draft, Remark, doubted
from lossy.inference.sign_phrases import FUNCTION_WORDS
from lossy.inference.spoken_number import NUMBER_WORDS
from lossy.inference.time_reading import UNITS
from lossy.inference.tokens import PAUSE, tokenize, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEM, _SHORT = 4, 3  # letters
_SAID_SHARE = 0.5

_OF_TIME = frozenset(UNITS) | word_set(
    "earlier later ago before after back ahead moment moments beat beats just previous previously last next half couple"
)
# As far as it has come: the text is the first key that the model is asked for.
_TEXT_SO_FAR = re.compile(r'"text"\s*:\s*("(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)')
_THOUGHT_END = "</think>"  # what some local models say before it is for nobody


class BadReply(Failed):
    """A reply of which no draft can be made."""


@frozen
class Reply:
    """As the model sent it. Offsets are in seconds from where the remark began."""

    text: str
    category: Category
    confidence: float
    from_s: float | None = None
    to_s: float | None = None


def read_reply(written: str, remark: Remark, by_rules: Draft, by: str) -> Draft:
    """The draft of `remark` that the model called `by` has written. `by_rules` has the time that was named, if one was.

    Raises BadReply.
    """
    reply = _structured(written)
    if not 0 <= reply.confidence <= 1:
        raise BadReply("confidence_out_of_range")
    if len(reply.text) > MAX_TEXT:
        raise BadReply("text_too_long")
    text = clean(reply.text)
    if not text:
        raise BadReply("no_text")
    if "\0" in text:
        raise BadReply("unwritable_text")  # PostgreSQL cannot keep it
    if not was_said(text, remark.text):
        raise BadReply("invented_text")
    media_ms, media_end_ms, time = _moment(reply, remark, by_rules)
    confidence = doubted(reply.confidence, remark.stt_confidence)
    reasons = (f"category: {reply.category.value}", *time)
    return Draft(text, reply.category, confidence, media_ms, media_end_ms, reasons, by)


def text_so_far(written: str) -> str:
    """The note's text in a reply that is still being written; "" before it begins, and where it cannot be read."""
    found = _TEXT_SO_FAR.search(written)
    if found is None:
        return ""
    try:
        text: str = orjson.loads(found[1] + '"')
    except orjson.JSONDecodeError:  # half of a character that takes two escapes
        return ""
    return text[:MAX_TEXT]


def was_said(text: str, said: str) -> bool:
    """Whether at least half of the words of `text` that carry meaning, or of all if none does, are among those said."""
    words = [*_words(text)]
    telling = [word for word in words if word not in FUNCTION_WORDS] or words
    heard = {_stem(word) for word in _words(said)}
    shared = sum(any(_same(_stem(word), other) for other in heard) for word in telling)
    return shared > 0 and shared >= _SAID_SHARE * len(telling)


def _words(text: str) -> Iterator[str]:
    """Numbers left out: the same one is said, heard and written in many ways."""
    return (word for word in tokenize(text) if word != PAUSE and word[0].isalpha() and word not in NUMBER_WORDS)


def _stem(word: str) -> str:
    return (word.removesuffix("e") if len(word) > _SHORT else word)[:_STEM]


def _same(one: str, other: str) -> bool:
    """Stems of one word: "fade" and "fading", "bright" and "brighter"."""
    long = min(len(one), len(other)) >= _SHORT
    return one == other or (long and (one.startswith(other) or other.startswith(one)))


def _moment(reply: Reply, remark: Remark, by_rules: Draft) -> tuple[int, int | None, tuple[str, ...]]:
    """Where the note is, in ms, and what that came from."""
    named = tuple(reason for reason in by_rules.reasons if reason.startswith("time: "))
    offsets = reply.from_s is not None and not _OF_TIME.isdisjoint(tokenize(remark.text))
    if named or not offsets:
        return by_rules.media_ms, by_rules.media_end_ms, named
    begin, end = _shifted(remark, reply.from_s), _shifted(remark, reply.to_s)
    assert begin is not None, "it was asked for"
    return begin, end if end is not None and end > begin else None, ("time: model",)


def _shifted(remark: Remark, offset_s: float | None) -> int | None:
    if offset_s is None:
        return None
    return max(0, remark.media_ms + round(1_000 * min(max(offset_s, -MOST_S), MOST_S)))


# -- types --------------------------------------------------------------------------------------------------------


def _structured(written: str) -> Reply:
    try:
        return _converter.structure(orjson.loads(_object_in(written)), Reply)
    except orjson.JSONDecodeError:
        raise BadReply("no_json") from None
    except cattrs.BaseValidationError as error:
        path = cattrs.transform_error(error)[0].rpartition("@ $.")[2]
        raise BadReply(f"bad_{path}" if path in _FIELDS else "bad_fields") from None


def _object_in(written: str) -> str:
    """Without what models put around it when nothing keeps them from doing so: thoughts, fences, good wishes."""
    answer = written.rpartition(_THOUGHT_END)[2]
    return answer[answer.find("{") : answer.rfind("}") + 1]


def _string(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: Any, _: Any) -> float:
    """JSON has no NaN and no infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return float(value)


_FIELDS = frozenset(("text", "category", "confidence", "from_s", "to_s"))
_converter = cattrs.Converter()
_converter.register_structure_hook(str, _string)
_converter.register_structure_hook(Category, lambda value, _: Category(value))  # which is a str too
_converter.register_structure_hook(float, _number)
