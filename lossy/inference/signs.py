"""The signs in a remark: what it wants, by phrases and by where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.inference.lexicon import Found, Lexicon
from lossy.inference.sign_phrases import SIGN_PHRASES, Sign
from lossy.inference.tokens import PAUSE, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIGNS = Lexicon(SIGN_PHRASES, inflect=False)

# An imperative stands at the head of its clause or after one of these, and is not followed by what makes a noun of
# it: "the edit drags, cut it", but not "cut is abrupt" and not "take five is better".
_BEFORE_IMPERATIVE = word_set(
    "please just maybe then we you should could must lets might perhaps probably definitely also so dont never or"
    " instead either really actually basically"
)
_AFTER_NOUN = word_set(
    "is was are were isnt wasnt arent doesnt didnt looks look feels feel sounds has had needs seems comes goes works"
    " one two three four five"
)
_NEGATORS = word_set("not dont doesnt didnt isnt arent wasnt werent never hardly cant wont no aint without nothing")
_NEGATED_WITHIN = 3  # words: "not a very good", but not "no, it is really good"

# "A bit dark", "feels slow", "the title's small": what makes a fault of an attribute, which before a noun is none.
_DEGREES = word_set(
    "bit little touch tad so very really super way quite rather slightly kinda awfully extremely overly incredibly far"
    " pretty feels feel felt looks look looked sounds sound sounded seems seem reads almost somewhat fairly"
)
_AFTER_CLAUSE = word_set("here there now in on at for and but to when where compared from then again") | {PAUSE}


def read_signs(words: Sequence[str]) -> frozenset[tuple[Sign, int]]:
    """Every sign, and the index of the word where it begins."""
    return frozenset(_signs(words))


def _signs(words: Sequence[str]) -> Iterator[tuple[Sign, int]]:
    for found in _SIGNS.find(words):
        for sign in found.senses:
            read = _in_place(words, found, sign)
            if read:
                yield read, found.first
    for i in [i for i, word in enumerate(words[:-1]) if word == "too"]:
        if _exceeds(words, i):
            yield Sign.FAULT, i


def _in_place(words: Sequence[str], found: Found[Sign], sign: Sign) -> Sign | None:
    """What a phrase is a sign of where it stands."""
    match sign:
        case Sign.PRAISE if _is_negated(words, found):
            return Sign.FAULT
        case Sign.ATTRIBUTE:
            return Sign.FAULT if _is_predicate(words, found) else None
        case Sign.EDIT:
            return Sign.REQUEST if _is_imperative(words, found) else None
    return sign


def _is_negated(words: Sequence[str], found: Found[Sign]) -> bool:
    before = words[max(0, found.first - _NEGATED_WITHIN) : found.first]
    return not _NEGATORS.isdisjoint(before) and PAUSE not in before


def _is_predicate(words: Sequence[str], found: Found[Sign]) -> bool:
    after_degree = found.first > 0 and words[found.first - 1] in _DEGREES
    return after_degree or found.last == len(words) or words[found.last] in _AFTER_CLAUSE


def _is_imperative(words: Sequence[str], found: Found[Sign]) -> bool:
    opens = found.first == 0 or words[found.first - 1] == PAUSE or words[found.first - 1] in _BEFORE_IMPERATIVE
    return opens and (found.last == len(words) or words[found.last] not in _AFTER_NOUN)


def _exceeds(words: Sequence[str], i: int) -> bool:
    """Whether the "too" that stands there means too much, and not also."""
    also = words[i + 1] in (PAUSE, "and", "but")
    return not also and not (i > 0 and words[i - 1] in _NEGATORS)
