"""Finds the phrases of a lexicon in the words of a remark."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

from lossy.charts.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

S = TypeVar("S")

_VOWELS = frozenset("aeiou")
_SIBILANTS = ("s", "x", "z", "ch", "sh")


@value
class Found(Generic[S]):
    """A phrase in the words [first, last), with every sense it has."""

    phrase: str
    senses: tuple[S, ...]
    first: int
    last: int


class Lexicon(Generic[S]):
    def __init__(self, phrases: Mapping[S, str], *, inflect: bool) -> None:
        """`phrases` are divided by commas. `inflect` adds the forms of verbs and the plurals of nouns."""
        senses: dict[tuple[str, ...], dict[S, None]] = defaultdict(dict)
        for sense, listed in phrases.items():
            for phrase in _divide(listed):
                senses[phrase][sense] = None
        if inflect:
            self._add_forms(senses)
        # By their first two words; those of one word have "" for the second.
        self._beginning: dict[str, dict[str, list[tuple[tuple[str, ...], tuple[S, ...]]]]] = {}
        for phrase in sorted(senses, key=len, reverse=True):
            first, second = (*phrase, "")[:2]
            self._beginning.setdefault(first, {}).setdefault(second, []).append((phrase, tuple(senses[phrase])))

    @staticmethod
    def _add_forms(senses: dict[tuple[str, ...], dict[S, None]]) -> None:
        """A form that is listed itself keeps the senses it is listed with: "frames" is not of "frame"."""
        forms: dict[tuple[str, ...], dict[S, None]] = defaultdict(dict)
        for phrase, meant in senses.items():
            for form in _forms(phrase[-1]) if len(phrase) == 1 else [_plural(phrase[-1])]:
                forms[(*phrase[:-1], form)] |= meant
        senses |= {form: meant for form, meant in forms.items() if form not in senses}

    def find(self, words: Sequence[str]) -> Iterator[Found[S]]:
        """From left to right, the longest phrase at each place, none within another."""
        words, end, beginning = (*words, ""), 0, self._beginning
        for i in [i for i, word in enumerate(words) if word in beginning]:
            if i < end:
                continue
            following = beginning[words[i]]
            for phrase, senses in (*following.get(words[i + 1], ()), *following.get("", ())):
                after = i + len(phrase)
                if words[i:after] == phrase:
                    end = after
                    yield Found(" ".join(phrase), senses, i, end)
                    break


def _divide(listed: str) -> Iterator[tuple[str, ...]]:
    for phrase in listed.split(","):
        yield tuple(phrase.split())


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(_SIBILANTS) else "s")


def _forms(word: str) -> Iterator[str]:
    """cut, cuts, cutting; fade, fades, faded, fading."""
    yield _plural(word)
    stem = word.removesuffix("e")
    short = len(word) > 2 and word[-1] not in _VOWELS | {*"wxy"} and word[-2] in _VOWELS and word[-3] not in _VOWELS
    for ending in ("ed", "ing"):
        yield stem + ending
        if short:
            yield word + word[-1] + ending
