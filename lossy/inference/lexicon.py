"""Finds the phrases of a lexicon in the words of a remark."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from lossy.charts.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

S = TypeVar("S")

_VOWELS = frozenset("aeiou")
_SIBILANTS = ("s", "x", "z", "ch", "sh")


@value
class Phrase(Generic[S]):
    """With every sense it has."""

    text: str
    words: tuple[str, ...]
    senses: tuple[S, ...]


# The words [first, last), and the phrase they are. A tuple, as a remark makes a dozen.
Found: TypeAlias = tuple[int, int, Phrase[S]]

_Numbered: TypeAlias = list[tuple[int, int, Phrase[Any]]]


class Lexicon(Generic[S]):
    def __init__(self, phrases: Mapping[S, str], *, inflect: bool) -> None:
        """`phrases` are divided by commas. `inflect` adds the forms of verbs and the plurals of nouns."""
        senses: dict[tuple[str, ...], dict[S, None]] = defaultdict(dict)
        for sense, listed in phrases.items():
            for phrase in _divide(listed):
                senses[phrase][sense] = None
        if inflect:
            self._add_forms(senses)
        self.phrases = [Phrase(" ".join(words), words, tuple(meant)) for words, meant in senses.items()]

    @staticmethod
    def _add_forms(senses: dict[tuple[str, ...], dict[S, None]]) -> None:
        """A form that is listed itself keeps the senses it is listed with: "frames" is not of "frame"."""
        forms: dict[tuple[str, ...], dict[S, None]] = defaultdict(dict)
        for phrase, meant in senses.items():
            for form in _forms(phrase[-1]) if len(phrase) == 1 else [_plural(phrase[-1])]:
                forms[(*phrase[:-1], form)] |= meant
        senses |= {form: meant for form, meant in forms.items() if form not in senses}


class Finder:
    """Finds the phrases of several lexicons while it goes through the words once."""

    def __init__(self, *lexicons: Lexicon[Any]) -> None:
        self._lexicons = len(lexicons)
        # By their first word: those of it alone, and the longer ones by their second word, the longest first and those
        # alone last. Each has the number of its lexicon and its length.
        self._beginning: dict[str, tuple[_Numbered, dict[str, _Numbered]]] = {}
        every = [(number, phrase) for number, lexicon in enumerate(lexicons) for phrase in lexicon.phrases]
        for number, phrase in sorted(every, key=lambda each: len(each[1].words), reverse=True):
            first, *others = phrase.words
            alone, longer = self._beginning.setdefault(first, ([], {}))
            lists = [longer.setdefault(others[0], [])] if others else [alone, *longer.values()]
            for phrases in lists:
                phrases.append((number, len(phrase.words), phrase))

    def find(self, words: Sequence[str]) -> list[list[Found[Any]]]:
        """By lexicon, from left to right, the longest phrase at each place, none within another of its lexicon."""
        found: list[list[Found[Any]]] = [[] for _ in range(self._lexicons)]
        ends = self._lexicons * [0]
        words, beginning = (*words, ""), self._beginning
        for first, word in enumerate(words):
            if word not in beginning:
                continue
            alone, longer = beginning[word]
            for number, length, phrase in longer.get(words[first + 1], alone) if longer else alone:
                last = first + length
                if first >= ends[number] and (length == 1 or words[first:last] == phrase.words):
                    found[number].append((first, last, phrase))
                    ends[number] = last
        return found


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
