"""From a remark to a draft of its note, by rules: no model, no key, the same answer every time.

docs/reference/rules.md describes every rule; `Draft.reasons` names those that fired. Spoken commands ("scratch that",
"post it") are no remarks: who listens for them does so before asking for a draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.value import value
from lossy.domain.notes import Category
from lossy.inference.cleaning import clean, without_sounds
from lossy.inference.features import NAMED, Features, read_features, states
from lossy.inference.question import is_question
from lossy.inference.sign_phrases import Sign
from lossy.inference.spoken_time import SpokenTime, find_time, separable
from lossy.inference.tokens import PAUSE, token_end, tokenize, word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

# Confidence in hundredths. Empty talk has a fixed one: VAGUE lies between the hard floor of 0.25 and the usual
# threshold of 0.3, the rest below both. Anything else has CONTENT, and what ADDS says for every rule that fires.
EMPTY = {Sign.NOISE: 5, Sign.PHANTOM: 10, Sign.ASIDE: 15, Sign.VAGUE: 27}
EMPTY_RULES = frozenset(sign.value for sign in EMPTY)
CONTENT = 35
ADDS = {
    "named": 20,
    "hinted": 16,
    "actionable": 20,
    "statement": 20,
    "praise": 10,
    "timed": 5,
    "one_word": -10,
    "unsure": -15,
    "unfinished": -15,
    "fillers": -10,
    "rambling": -10,
}
LOWEST, HIGHEST = 30, 95  # of what has content, before speech-to-text's own doubt

FILLERS_SHARE = 2  # more than one word in so many was dropped by cleaning
RAMBLING_WORDS = 60
MAX_PHRASES = 8  # that a reason lists
STT_SURE = 0.5  # below, half-heard words count for less: down to half

RULES = "rules"

_CATEGORY_SEEN = {category: f"category: {category.value}" for category in Category}
_SIGN_SEEN = {sign: f"sign: {sign.value}" for sign in Sign}
_ACTIONABLE = frozenset((Sign.FAULT, Sign.REQUEST))
_UNFINISHED = word_set("the a an to and or of with because but my your their if into than")


@value
class Remark:
    """What was said. `media_ms` is the media time at which it began; `stt_confidence` is 0..1 where it is known."""

    text: str
    media_ms: int
    duration_ms: int
    stt_confidence: float | None


@value
class Draft:
    """A note to be: `confidence` is 0..1, `media_end_ms` is after `media_ms` or None. `by` names what made it."""

    text: str
    category: Category
    confidence: float
    media_ms: int
    media_end_ms: int | None
    reasons: tuple[str, ...]
    by: str = RULES


def is_empty(draft: Draft) -> bool:
    """Whether the rules took the remark for empty talk."""
    return not EMPTY_RULES.isdisjoint(draft.reasons)


def structure(remark: Remark) -> Draft:
    """Never raises, whatever the text. The draft's is "" only when the remark has no letter and no digit."""
    cleaned = clean(remark.text)
    heard = without_sounds(remark.text)
    said = tokenize(cleaned) if heard is remark.text or any(map(str.isalnum, heard)) else []
    time = find_time(said, remark.media_ms)
    words = [*said[: time.first], PAUSE, *said[time.last :]] if time else said
    features = read_features(words)
    asked = cleaned.endswith("?") or is_question(words)
    category = _category(features, asks=asked or Sign.ASKING in features.signs)
    sentence = _without_time(cleaned, said, time, features) if time else cleaned
    fired = _fired(remark, cleaned, words, features, category, time)
    return Draft(
        text=sentence[:-1] + "?" if category is Category.QUESTION and asked and sentence.endswith(".") else sentence,
        category=category,
        confidence=_confidence(features, fired, remark.stt_confidence),
        media_ms=time.media_ms if time else max(0, remark.media_ms),
        media_end_ms=time.media_end_ms if time else None,
        reasons=(*_seen(features, category, time), *fired),
    )


def _without_time(cleaned: str, said: Sequence[str], time: SpokenTime, features: Features) -> str:
    """The sentence without the time that the note has anyway, where that leaves a whole one.

    At the end of a request it stays: it may be what the request is about ("fade out at 1:23").
    """
    side = separable(time, said)
    if features.words < 2 or features.content < 1 or not side:
        return cleaned
    if side == "start":
        return clean(cleaned[token_end(cleaned, time.last - 1) :].lstrip(", "))
    whole = said[time.first - 1] not in _UNFINISHED and Sign.REQUEST not in features.signs
    return clean(cleaned[: token_end(cleaned, time.first - 1)]) if whole else cleaned


def _category(features: Features, *, asks: bool) -> Category:
    if features.empty:
        return Category.GENERAL
    actionable = _is_actionable(features, asks=asks)
    if asks and not actionable:
        return Category.QUESTION
    if Sign.PRAISE in features.signs and not actionable:
        return Category.PRAISE
    known = actionable or features.strength >= NAMED
    return features.topic if known and features.topic else Category.GENERAL


def _is_actionable(features: Features, *, asks: bool) -> bool:
    """Whether something is wrong or to be done. "Do we need the logo?" wants an answer first."""
    signs = features.signs
    return not _ACTIONABLE.isdisjoint(signs) or (
        not asks and (Sign.WISH in signs or (Sign.MORE in signs and Sign.PRAISE not in signs))
    )


def _fired(
    remark: Remark, cleaned: str, words: Sequence[str], features: Features, category: Category, time: SpokenTime | None
) -> list[str]:
    """The rules that make up the confidence, by their names."""
    if features.empty:
        return [features.empty.value]
    fired = ["content"]
    if features.strength:
        fired.append("named" if features.strength >= NAMED else "hinted")
    if category is Category.PRAISE:
        fired.append("praise")
    elif category is not Category.QUESTION and _is_actionable(features, asks=False):
        fired.append("actionable")
    elif category is not Category.QUESTION and features.strength >= NAMED and states(words):
        fired.append("statement")
    if time:
        fired.append("timed")
    return fired + _doubts(remark, cleaned, words, features)


def _doubts(remark: Remark, cleaned: str, words: Sequence[str], features: Features) -> list[str]:
    doubts: list[str] = []
    if features.words == 1:
        doubts.append("one_word")
    if Sign.UNSURE in features.signs:
        doubts.append("unsure")
    if _last(words) in _UNFINISHED:
        doubts.append("unfinished")
    said = len(remark.text.split())
    kept = cleaned.count(" ") + 1  # it has single spaces
    if (said - kept) * FILLERS_SHARE > said:
        doubts.append("fillers")
    if features.words > RAMBLING_WORDS:
        doubts.append("rambling")
    if remark.stt_confidence is not None and remark.stt_confidence < STT_SURE:
        doubts.append("half_heard")
    return doubts


def _last(words: Sequence[str]) -> str:
    for word in reversed(words):
        if word != PAUSE:
            return word
    return ""


def _confidence(features: Features, fired: Sequence[str], stt_confidence: float | None) -> float:
    if features.empty:
        points = EMPTY[features.empty]
    else:
        points = min(max(CONTENT + sum([ADDS.get(rule, 0) for rule in fired]), LOWEST), HIGHEST)
    return doubted(points / 100, stt_confidence)


def doubted(confidence: float, stt_confidence: float | None) -> float:
    """How sure a draft is when speech-to-text was only so sure of its words; both are 0..1."""
    if stt_confidence is None or stt_confidence >= STT_SURE:
        return round(confidence, 3)
    return round(confidence * (1 - STT_SURE + max(0.0, stt_confidence)), 3)


def _seen(features: Features, category: Category, time: SpokenTime | None) -> list[str]:
    """What the category and the time came from; a note keeps it in its provenance."""
    seen = [_CATEGORY_SEEN[category]]
    if features.phrases:
        seen.append(f"topic: {', '.join(features.phrases[:MAX_PHRASES])}")
    seen += [_SIGN_SEEN[sign] for sign in sorted(features.signs)]
    if time:
        seen.append(f"time: {time.rule}")
    return seen
