"""From speech-to-text's words to a sentence one can read: what was not meant is dropped, nothing is rephrased."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossy.domain.notes import MAX_TEXT
from lossy.inference.disfluencies import MARKS, STOPS, is_fluent, settle, trimmed
from lossy.inference.tokens import without_apostrophes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.inference.disfluencies import Piece

# "[Music]", "(laughs)", "*coughs*", "♪ la la ♪": what Whisper writes for sounds that are no speech.
_SOUND = re.compile(r"\[[^\[\]]{0,60}\]|\((?:[a-z]+ ){0,2}[a-z]+\)|\*[\w ]{1,40}\*|♪[^♪]{0,200}♪?", re.IGNORECASE)
_SPACE_BEFORE_MARK = re.compile(r" ([,.;:?!…]+)(?!\S)")
_OUTER = re.compile(r"^[\W_]+|[\W_]+$")
# Each begins with the letter or the marks to search for, and looks behind only there.
_PRONOUN = re.compile(r"i(?<=\bi)(?=['\u2019\s,;:?!]|\.?$|\.\s)")
_SENTENCE = re.compile(r"[.?!](?:(?<=[?!])|(?<=[^\W\d_]{2}\.))\s+[a-z]")  # not after "e.g."
_QUOTES = "\"'\u201d\u2019)]"
_JOINTS = ",;:-\u2013\u2014"
_BEFORE_TEXT = _JOINTS + STOPS
_AFTER_TEXT = _JOINTS + " "


def clean(text: str) -> str:
    """At most MAX_TEXT characters; cleaning them again changes nothing.

    "" only when the text has no letter and no digit: a remark of nothing but fillers keeps them.
    """
    written = without_sounds(text).split()
    cores, single = _cores(written), " ".join(written)
    if is_fluent(single, cores):
        return _finish(single)
    return _joined(settle(_pieces(written, cores))) or _unsettled(text.split())


def without_sounds(text: str) -> str:
    begins = "[" in text or "(" in text or "*" in text or "♪" in text
    return _SOUND.sub(" ", text) if begins else text


def _unsettled(written: Sequence[str]) -> str:
    return _joined(_pieces(written, _cores(written)))


def _pieces(written: Sequence[str], cores: Sequence[str]) -> list[Piece]:
    if "" in cores:
        written = _SPACE_BEFORE_MARK.sub(r"\1", " ".join(written)).split()
        cores = _cores(written)
    return trimmed([*zip(written, cores, strict=True)])


def _cores(written: Sequence[str]) -> list[str]:
    return [each.lower() if each.isalnum() else _core(each) for each in written]


def _core(written: str) -> str:
    core = without_apostrophes(written.strip(MARKS)).lower()
    return core if core.isalnum() else without_apostrophes(_OUTER.sub("", written)).lower()


def _joined(pieces: Sequence[Piece]) -> str:
    return _finish(" ".join([written for written, _ in pieces]))


def _finish(text: str) -> str:
    text = _cased(text.lstrip(_BEFORE_TEXT).strip(_AFTER_TEXT))
    if not any(map(str.isalnum, text)):
        return ""
    if len(text) >= MAX_TEXT:
        text = _shortened(text)
    return text if text.rstrip(_QUOTES)[-1:] in STOPS else text + "."


def _cased(text: str) -> str:
    text = _PRONOUN.sub("I", text)
    if ". " in text or "? " in text or "! " in text:
        text = _SENTENCE.sub(_upper, text)
    if text[:1].isalnum():
        return text[0].upper() + text[1:]
    first = next((i for i, letter in enumerate(text) if letter.isalnum()), 0)
    return text[:first] + text[first : first + 1].upper() + text[first + 1 :]


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()


def _shortened(text: str) -> str:
    """Cut at a word, or within one that is longer than a whole note."""
    words = _OUTER.sub("", text)[: MAX_TEXT - 1]
    return _OUTER.sub("", words.rsplit(maxsplit=1)[0]) + "…"
