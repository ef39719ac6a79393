"""What becomes of a note by the words that mend it: "make that a bit warmer" after "the grade is cold here".

Nothing that was said may be lost, and the text has to read well to somebody who was not there. So:

- Words that are nothing but a time ("make that from 1:10 to 1:20") move the note and leave its text.
- Words that stand for themselves, naming what they are about, take the place of the text after "correction" and
  "change that to", and after "I meant" when they are about the same matter: "I meant the title is too dark".
- All others are added to the text as a sentence of their own: "The grade is cold here. Make that a bit warmer."
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from lossy.domain.notes import Category
from lossy.inference.cleaning import clean
from lossy.inference.rules import EMPTY, RULES, Draft, Remark, structure
from lossy.inference.sign_phrases import Sign
from lossy.inference.spoken_time import SpokenTime, find_time
from lossy.inference.tokens import PAUSE, tokenize, word_set

if TYPE_CHECKING:
    from lossy.domain.commands import Correction

# Counted from the note they would mean something else than counted from now, and they may be words for the editor:
# "make that two seconds earlier".
_OF_AN_EDIT = frozenset({"earlier", "back"})
_ABOUT_TIME = word_set("the a it this that is note range part section bit whole all of to at for and")
_STANDS = frozenset({"statement", "actionable", "praise"})
# "The second one" is vague as a remark, and says enough of a note that is there.
_EMPTY = frozenset(sign.value for sign in EMPTY if sign is not Sign.VAGUE)


@frozen
class Mended:
    """The note's new text, category and confidence, and its new time: None where the words name none."""

    text: str
    category: Category
    confidence: float
    media_ms: int | None
    media_end_ms: int | None
    reasons: tuple[str, ...]
    by: str = RULES


def mend(text: str, category: Category, confidence: float, correction: Correction, remark: Remark) -> Mended:
    """The note of that text, category and confidence, mended by the correction that the remark is."""
    rest = correction.rest.removeprefix("to ")
    said = structure(evolve(remark, text=rest))
    time, is_all = _time(rest, remark.media_ms) or _time(correction.rest, remark.media_ms) or (None, False)
    if is_all:
        return _mended("moved", text, evolve(said, category=category, confidence=confidence), time)
    if _says_nothing(said):
        return _mended("nothing", said.text, said, None)
    if _replaces(correction, said, category):
        return _mended("replaced", said.text, said, time)
    whole = clean(f"{text} {structure(evolve(remark, text=correction.words)).text}")
    judged = structure(evolve(remark, text=whole))
    settled = judged.category if category is Category.GENERAL else category
    return _mended("added", whole, evolve(judged, category=settled), time)


def _says_nothing(draft: Draft) -> bool:
    """Of a correction that is empty talk nobody can be sure. One that was only a time is not empty."""
    return not _EMPTY.isdisjoint(draft.reasons) and not any(reason.startswith("time: ") for reason in draft.reasons)


def _time(words: str, now_ms: int) -> tuple[SpokenTime, bool] | None:
    """The time that the words name, and whether they are nothing else."""
    said = tokenize(clean(words))
    time = find_time(said, now_ms)
    if time is None or time.rule in _OF_AN_EDIT:
        return None
    others = {*said[: time.first], *said[time.last :]}
    return time, others <= _ABOUT_TIME | {PAUSE}


def _replaces(correction: Correction, said: Draft, category: Category) -> bool:
    if correction.verb == "make" or "named" not in said.reasons or _STANDS.isdisjoint(said.reasons):
        return False
    return correction.verb != "i" or said.category is category


def _mended(how: str, text: str, judged: Draft, time: SpokenTime | None) -> Mended:
    media_ms, media_end_ms = (time.media_ms, time.media_end_ms) if time else (None, None)
    reasons = (f"correction: {how}", *judged.reasons)
    return Mended(text, judged.category, judged.confidence, media_ms, media_end_ms, reasons)
