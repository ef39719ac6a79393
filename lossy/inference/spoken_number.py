"""Numbers as people say them and as speech-to-text writes them, up to 999."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.inference.tokens import word_list

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_ONES = {word: value for value, word in enumerate(_SMALL) if 1 <= value <= 9}
_TENS = {
    word: 10 * ten for ten, word in enumerate(word_list("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
_PLAIN = {word: value for value, word in enumerate(_SMALL)}
NUMBER_WORDS = frozenset({*_PLAIN, *_TENS, "hundred"})

Number = tuple[int, int]  # its value, and the index of the word after it


def number(words: Sequence[str], i: int) -> Number | None:
    """The number that begins at the i-th word. `words` ends in empty ones."""
    below = _below_hundred(words, i)
    if below is None or words[below[1]] != "hundred" or not 1 <= below[0] <= 9:
        return below
    hundreds, end = below[0] * 100, below[1] + 1
    rest = _below_hundred(words, end + (words[end] == "and"))
    return (hundreds + rest[0], rest[1]) if rest else (hundreds, end)


def sixtieth(words: Sequence[str], i: int) -> Number | None:
    """Minutes of an hour or seconds of a minute, said or written in two figures: "twenty three", "oh five", "05"."""
    if words[i] in ("oh", "o", "zero") and words[i + 1] in _ONES:
        return _ONES[words[i + 1]], i + 2
    found = _below_hundred(words, i)
    if found is None or found[0] > 59 or (found[0] < 10 and words[i][:1] != "0"):
        return None
    return found


def _below_hundred(words: Sequence[str], i: int) -> Number | None:
    word = words[i]
    if word.isdecimal() and len(word) <= 3:
        return int(word), i + 1
    if word in _TENS:
        ones = _ONES.get(words[i + 1])
        return (_TENS[word] + ones, i + 2) if ones else (_TENS[word], i + 1)
    return (_PLAIN[word], i + 1) if word in _PLAIN else None
