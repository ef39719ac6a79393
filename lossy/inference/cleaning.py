"""From speech-to-text's words to a sentence one can read: what was not meant is dropped, nothing is rephrased."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve

from lossy.charts.value import value
from lossy.domain.notes import MAX_TEXT
from lossy.inference.spoken_number import NUMBER_WORDS
from lossy.inference.tokens import without_apostrophes, word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

# "[Music]", "(laughs)", "*coughs*", "♪ la la ♪": what Whisper writes for sounds that are no speech.
_SOUND = re.compile(r"\[[^\[\]]{0,60}\]|\((?:[a-z]+ ){0,2}[a-z]+\)|\*[\w ]{1,40}\*|♪[^♪]{0,200}♪?", re.IGNORECASE)
_SPACE_BEFORE_MARK = re.compile(r" ([,.;:?!…]+)(?!\S)")
_OUTER = re.compile(r"^[\W_]+|[\W_]+$")
_PRONOUN = re.compile(r"\bi(?=['\u2019\s,;:?!]|\.?$|\.\s)")
_SENTENCE = re.compile(r"(?:(?<=[?!])|(?<=[^\W\d_]{2}\.))\s+[a-z]")  # not after "e.g."
_STOPS = ".?!…"
_QUOTES = "\"'\u201d\u2019)]"
_JOINTS = ",;:-\u2013\u2014"

FILLERS = word_set("um umm ummm uh uhh uhm erm er err hm hmm hmmm mm mmm mhm ehm")
_SET_OFF = (("you", "know", "what", "i", "mean"), ("you", "know"), ("i", "mean"), ("like",), ("well",))
_SET_OFF_FIRST = frozenset(phrase[0] for phrase in _SET_OFF)
# "You know" is a filler unless somebody knows something: "do you know", "you know the shot".
_BEFORE_KNOWING = word_set("do did if as let what how that because when would dont didnt where who")
_KNOWN = word_set("what how why when where the that if who it this about which him her them his")

OPENERS = word_set("okay ok yeah yep alright and so well yes ah oh right")
_ALWAYS_OPENERS = word_set("okay ok yeah yep alright and")
# The other openers are dropped before a clause: "so the music", but not "so loud", and never "right side".
_CLAUSE = word_set(
    "the this that these those there theres thats i im ive id we were weve you youre it its he hes she shes they"
    " theyre at on here can could maybe my our his her their what why who where when how is are if around"
)
# Said twice on purpose: "very very loud", "no, no". "That that" and "had had" are grammar.
_TWICE = word_set("very really so much way far too no yes many more long never bye had that ha la")
_PHRASE = 4  # words: how far people go back when they begin again


@value
class _Piece:
    written: str
    core: str  # lower case, without apostrophes and the marks around it; "" for marks alone

    def ends_with(self, marks: str) -> bool:
        return self.written[-1] in marks


def clean(text: str) -> str:
    """At most MAX_TEXT characters; cleaning them again changes nothing.

    "" only when the text has no letter and no digit: a remark of nothing but fillers keeps them.
    """
    return _finish(_settle(_pieces(without_sounds(text)))) or _finish(_pieces(text))


def without_sounds(text: str) -> str:
    return _SOUND.sub(" ", text)


def _pieces(text: str) -> list[_Piece]:
    single = " ".join(text.split())  # before a pattern that is slow on long runs of space
    written = _SPACE_BEFORE_MARK.sub(r"\1", single).split()
    return _trimmed([_Piece(each, _core(each)) for each in written])


def _trimmed(pieces: list[_Piece]) -> list[_Piece]:
    """Without the marks that stand alone at either end."""
    words = [i for i, piece in enumerate(pieces) if piece.core]
    return pieces[words[0] : words[-1] + 1] if words else []


def _core(written: str) -> str:
    return (written if written.isalnum() else without_apostrophes(_OUTER.sub("", written))).lower()


def _settle(pieces: list[_Piece]) -> list[_Piece]:
    """Until nothing more goes: what one rule drops may bring together what another one looks for."""
    while True:
        fewer = _trimmed(_without_repeats(_without_openers(_without_set_off(_without_fillers(pieces)))))
        if len(fewer) == len(pieces):
            return fewer
        pieces = fewer


def _without_fillers(pieces: Sequence[_Piece]) -> list[_Piece]:
    kept: list[_Piece] = []
    for i, piece in enumerate(pieces):
        measure = piece.core == "mm" and kept and kept[-1].core.isdigit()
        cut_off = piece.written.endswith("-") and piece.core and i + 1 < len(pieces)
        if (piece.core in FILLERS and not measure) or cut_off:
            _close_gap(kept, piece)
        else:
            kept.append(piece)
    return kept


def _without_set_off(pieces: Sequence[_Piece]) -> list[_Piece]:
    kept: list[_Piece] = []
    i = 0
    while i < len(pieces):
        length = _set_off(pieces, i)
        if length:
            _close_gap(kept, pieces[i + length - 1])
        else:
            kept.append(pieces[i])
        i += length or 1
    return kept


def _set_off(pieces: Sequence[_Piece], i: int) -> int:
    """How many words from the i-th on are a phrase between commas that says nothing."""
    if pieces[i].core not in _SET_OFF_FIRST:
        return 0
    cores = tuple(piece.core for piece in pieces[i : i + 5])
    if cores[:3] == ("like", "you", "know"):
        return 3
    for phrase in _SET_OFF:
        end = i + len(phrase)
        if cores[: len(phrase)] == phrase:
            opened = i == 0 or pieces[i - 1].ends_with("," + _STOPS)
            closed = end == len(pieces) or pieces[end - 1].ends_with(",")
            loose = phrase == ("you", "know") and not _knows(pieces, i)
            return len(phrase) if (opened and closed) or loose else 0
    return 0


def _knows(pieces: Sequence[_Piece], i: int) -> bool:
    before = pieces[i - 1].core if i else ""
    after = pieces[i + 2].core if i + 2 < len(pieces) else ""
    return before in _BEFORE_KNOWING or after in _KNOWN


def _close_gap(kept: list[_Piece], dropped: _Piece) -> None:
    """A comma on either side goes with what stood between; a stop moves to the word before."""
    if not kept:
        return
    last = kept[-1]
    if dropped.ends_with(_STOPS) and not last.ends_with(_STOPS):
        kept[-1] = evolve(last, written=last.written.rstrip(",") + dropped.written[-1])
    elif dropped.ends_with(",") and last.ends_with(",") and last.core:
        kept[-1] = evolve(last, written=last.written.rstrip(","))


def _without_openers(pieces: Sequence[_Piece]) -> list[_Piece]:
    first = 0
    while first + 1 < len(pieces) and _opens(pieces[first], pieces[first + 1]):
        first += 1
    return [*pieces[first:]]


def _opens(piece: _Piece, following: _Piece) -> bool:
    if piece.core not in OPENERS:
        return False
    if piece.core in _ALWAYS_OPENERS or piece.ends_with("," + _STOPS) or following.core in OPENERS:
        return True
    return piece.core != "right" and following.core in _CLAUSE


def _without_repeats(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Of words said twice in a row the second time stays: the first was a false start."""
    kept = [*pieces]
    if len({piece.core for piece in pieces}) == len(pieces):
        return kept  # most remarks say no word twice
    for size in range(_PHRASE, 0, -1):
        i = 0
        while i + 2 * size <= len(kept):
            if kept[i].core == kept[i + size].core and _repeats(kept, i, size):
                del kept[i : i + size]
                i = max(0, i - size)
            else:
                i += 1
    return kept


def _repeats(pieces: Sequence[_Piece], i: int, size: int) -> bool:
    cores = [piece.core for piece in pieces[i : i + size]]
    return (
        cores == [piece.core for piece in pieces[i + size : i + 2 * size]]
        and not pieces[i + size - 1].ends_with(_STOPS)
        and all(cores)
        and not all(core in _TWICE or _is_number(core) for core in cores)
    )


def _is_number(core: str) -> bool:
    return core[0].isdigit() or core in NUMBER_WORDS


def _finish(pieces: Sequence[_Piece]) -> str:
    text = _cased(" ".join(piece.written for piece in pieces).lstrip(_JOINTS + _STOPS).strip(_JOINTS + " "))
    if not any(map(str.isalnum, text)):
        return ""
    if len(text) >= MAX_TEXT:
        text = _shortened(text)
    return text if text.rstrip(_QUOTES).endswith((*_STOPS,)) else text + "."


def _cased(text: str) -> str:
    text = _PRONOUN.sub("I", text)
    text = _SENTENCE.sub(lambda found: found[0].upper(), text)
    first = next((i for i, letter in enumerate(text) if letter.isalnum()), 0)
    return text[:first] + text[first : first + 1].upper() + text[first + 1 :]


def _shortened(text: str) -> str:
    """Cut at a word, or within one that is longer than a whole note."""
    words = _OUTER.sub("", text)[: MAX_TEXT - 1]
    return _OUTER.sub("", words.rsplit(maxsplit=1)[0]) + "…"
