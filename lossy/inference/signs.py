"""The signs in a remark: what it wants, by phrases and by where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.inference.lexicon import Found, Lexicon
from lossy.inference.sign_phrases import SIGN_PHRASES, Sign
from lossy.inference.tokens import PAUSE, word_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

SIGNS = Lexicon(SIGN_PHRASES, inflect=False)

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


def read_signs(words: Sequence[str], phrases: Iterable[Found[Sign]]) -> list[tuple[Sign, int]]:
    """Every sign, and the index of the word where it begins; `phrases` of SIGNS are those found in the words."""
    signs: list[tuple[Sign, int]] = []
    for first, last, phrase in phrases:
        for sign in phrase.senses:
            in_place = _IN_PLACE.get(sign)
            read = in_place(words, first, last) if in_place else sign
            if read:
                signs.append((read, first))
    if "too" in words:
        signs += [(Sign.FAULT, i) for i, word in enumerate(words[:-1]) if word == "too" and _exceeds(words, i)]
    return signs


def _praise(words: Sequence[str], first: int, _last: int) -> Sign:
    before = words[max(0, first - _NEGATED_WITHIN) : first]
    return Sign.PRAISE if _NEGATORS.isdisjoint(before) or PAUSE in before else Sign.FAULT


def _attribute(words: Sequence[str], first: int, last: int) -> Sign | None:
    """A fault where something is said to be so."""
    after_degree = first > 0 and words[first - 1] in _DEGREES
    return Sign.FAULT if after_degree or last == len(words) or words[last] in _AFTER_CLAUSE else None


def _edit(words: Sequence[str], first: int, last: int) -> Sign | None:
    """A request where it is an imperative."""
    opens = first == 0 or words[first - 1] == PAUSE or words[first - 1] in _BEFORE_IMPERATIVE
    return Sign.REQUEST if opens and (last == len(words) or words[last] not in _AFTER_NOUN) else None


# What phrases at the words [first, last) are a sign of, for those to which it matters where they stand.
_IN_PLACE: Mapping[Sign, Callable[[Sequence[str], int, int], Sign | None]] = {
    Sign.PRAISE: _praise,
    Sign.ATTRIBUTE: _attribute,
    Sign.EDIT: _edit,
}


def _exceeds(words: Sequence[str], i: int) -> bool:
    """Whether the "too" that stands there means too much, and not also."""
    also = words[i + 1] in (PAUSE, "and", "but")
    return not also and not (i > 0 and words[i - 1] in _NEGATORS)
