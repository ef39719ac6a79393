"""What the rules notice in a remark, before they decide anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from lossy.domain.notes import Category
from lossy.inference.lexicon import Found, Lexicon
from lossy.inference.sign_phrases import EMPTY_PHRASES, FUNCTION_WORDS, SIGN_PHRASES, Sign
from lossy.inference.tokens import PAUSE
from lossy.inference.topic_phrases import TOPIC_PHRASES

_TOPICS = Lexicon(TOPIC_PHRASES, inflect=True)
_SIGNS = Lexicon(SIGN_PHRASES, inflect=False)
_EMPTY = Lexicon(EMPTY_PHRASES, inflect=False)

_About: TypeAlias = Found[tuple[Category, int]]

NAMED = 2  # the weight from which a topic was said and not only hinted at

# An imperative stands first in its clause, or after one of these.
_BEFORE_IMPERATIVE = frozenset(
    "please just maybe then to we you should could must lets might perhaps probably definitely also so dont never or"
    " instead either try this that it id really actually basically".split()
)
_NEGATORS = frozenset(
    "not dont doesnt didnt isnt arent wasnt werent never hardly cant wont no aint without nothing".split()
)
_NEGATED_WITHIN = 3  # words: "not a very good", but not "no, it is really good"

# What still makes a remark of words that carry no content: "too much", "louder", "that works".
_SAYS_ENOUGH = frozenset({Sign.FAULT, Sign.MORE, Sign.PRAISE})

_CONTRASTS = frozenset("but however except although though".split())


@frozen
class Features:
    """`topics` has the best weight and the sum of weights of each category, in the order they were mentioned.

    `phrases` are those the topics came from. `content` counts the words that carry some.
    """

    topics: Mapping[Category, tuple[int, int]]
    phrases: tuple[str, ...]
    signs: frozenset[Sign]
    empty: Sign | None
    words: int
    content: int

    @property
    def topic(self) -> Category | None:
        return max(self.topics, key=self.topics.__getitem__, default=None)

    @property
    def strength(self) -> int:
        return max((best for best, _ in self.topics.values()), default=0)


def read_features(words: Sequence[str]) -> Features:
    """`words` as `tokenize` gives them, without those of a media time."""
    talk, about, said = list(_EMPTY.find(words)), list(_TOPICS.find(words)), list(_SIGNS.find(words))
    covered = frozenset(i for found in talk for i in range(found.first, found.last))
    signs = {(sign, found.first) for found in said for sign in _senses_in_place(words, found)}
    if (excess := _excess(words)) is not None:
        signs.add((Sign.FAULT, excess))
    outside = frozenset(sign for sign, place in signs if place not in covered)
    named = any(weight >= NAMED for found in about if found.first not in covered for _, weight in found.senses)
    content = sum(word not in FUNCTION_WORDS and word.isalpha() for i, word in enumerate(words) if i not in covered)
    rest = sum(word != PAUSE for i, word in enumerate(words) if i not in covered)
    decisive = _after_contrast(words, about)
    return Features(
        _scores(decisive),
        tuple(dict.fromkeys(found.phrase for found in decisive)),
        frozenset(sign for sign, _ in signs),
        _empty(talk, content, rest, speaks=named or bool(outside & _SAYS_ENOUGH)),
        sum(word != PAUSE for word in words),
        content,
    )


def _empty(talk: Sequence[Found[Sign]], content: int, rest: int, *, speaks: bool) -> Sign | None:
    """The kind of empty talk a remark is, if it is nothing else.

    Of three words to somebody else one more may be meant for them too: "sorry, my phone is ringing".
    """
    lengths = {sign: found.last - found.first for found in talk for sign in found.senses}
    for sign in (Sign.PHANTOM, Sign.ASIDE):
        if sign in lengths and not speaks and content <= sum(found.last - found.first for found in talk) // 3:
            return sign
    if content or speaks:
        return None
    return Sign.VAGUE if Sign.VAGUE in lengths or rest > 1 else Sign.NOISE


def _after_contrast(words: Sequence[str], about: Sequence[_About]) -> Sequence[_About]:
    """What follows "but" is what a remark is about: "the acting is great, but the shot is out of focus"."""
    turn = max((i for i, word in enumerate(words) if word in _CONTRASTS), default=-1)
    after = [found for found in about if found.first > turn]
    return after if any(weight >= NAMED for found in after for _, weight in found.senses) else about


def _scores(about: Iterable[_About]) -> dict[Category, tuple[int, int]]:
    """A phrase said twice counts once."""
    scores: dict[Category, tuple[int, int]] = {}
    for category, weight in (
        sense for found in {found.phrase: found for found in about}.values() for sense in found.senses
    ):
        best, total = scores.get(category, (0, 0))
        scores[category] = max(best, weight), total + weight
    return scores


def _senses_in_place(words: Sequence[str], found: Found[Sign]) -> Iterable[Sign]:
    """The signs a phrase gives where it stands: a verb of editing only as an imperative, praise only if not negated."""
    before = words[max(0, found.first - _NEGATED_WITHIN) : found.first]
    for sign in found.senses:
        if sign is Sign.PRAISE and not _NEGATORS.isdisjoint(before) and PAUSE not in before:
            yield Sign.FAULT
        elif sign is not Sign.EDIT:
            yield sign
        elif found.first == 0 or before[-1] == PAUSE or before[-1] in _BEFORE_IMPERATIVE:
            yield Sign.REQUEST


def _excess(words: Sequence[str]) -> int | None:
    """Where "too" means too much, and not also."""
    for i, word in enumerate(words[:-1]):
        if word == "too" and words[i + 1] not in (PAUSE, "and", "but") and words[i - 1] not in _NEGATORS:
            return i
    return None
