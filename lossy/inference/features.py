"""What the rules notice in a remark, before they decide anything."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from lossy.charts.value import value
from lossy.domain.notes import Category
from lossy.inference.lexicon import Finder, Found, Lexicon
from lossy.inference.sign_phrases import EMPTY_PHRASES, FUNCTION_WORDS, Sign
from lossy.inference.signs import SIGNS, read_signs
from lossy.inference.tokens import PAUSE, word_set
from lossy.inference.topic_phrases import TOPIC_PHRASES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

_PHRASES = Finder(Lexicon(TOPIC_PHRASES, inflect=True), SIGNS, Lexicon(EMPTY_PHRASES, inflect=False))

_About: TypeAlias = Found[tuple[Category, int]]

NAMED = 2  # the weight from which a topic was said and not only hinted at

# What still makes a remark of words that carry no content: "too much", "louder", "that works".
_SAYS_ENOUGH = frozenset({Sign.FAULT, Sign.MORE, Sign.PRAISE})

_VERBS = word_set(
    "is are was were isnt arent wasnt werent has have had hasnt havent does do doesnt dont did didnt its hes shes"
    " theyre theres thats im weve ive youre seems feels looks sounds gets goes comes takes keeps can cant could will"
    " wont would hear see"
)
_SIGN = itemgetter(0)  # of a sign and its place
_CONTRASTS = word_set("but however except although though")


@value
class Features:
    """`topic` is the category with the best weight, which is `strength`; None and 0 where none was mentioned.

    `phrases` are those it came from. `content` counts the words that carry some.
    """

    topic: Category | None
    strength: int
    phrases: tuple[str, ...]
    signs: frozenset[Sign]
    empty: Sign | None
    words: int
    content: int


def read_features(words: Sequence[str]) -> Features:
    """`words` as `tokenize` gives them, without those of a media time."""
    about, signalling, talk = _PHRASES.find(words)
    signs = read_signs(words, signalling)
    covered = {i for first, last, _ in talk for i in range(first, last)}
    telling = [i for i, word in enumerate(words) if word not in FUNCTION_WORDS and word.isalpha() and i not in covered]
    said = len(words) - words.count(PAUSE)
    empty = _empty(talk, len(telling), said - len(covered)) if talk or not telling else None
    senses = {phrase.text: phrase.senses for _, _, phrase in _after_contrast(words, about)}
    topic, strength = _best(senses.values())
    return Features(
        topic,
        strength,
        phrases=(*senses,),
        signs=frozenset(map(_SIGN, signs)),
        empty=None if empty is None or _speaks(about, signs, covered) else empty,
        words=said,
        content=len(telling),
    )


def states(words: Sequence[str]) -> bool:
    """Whether something is said of something: a common verb, or a word that looks like "drops"."""
    third_person = (word.endswith("s") and not word.endswith(("ss", "us")) for word in words[1:] if len(word) > 3)
    return len(words) > 2 and (not _VERBS.isdisjoint(words) or any(third_person))


def _speaks(about: Iterable[_About], signs: Iterable[tuple[Sign, int]], covered: Container[int]) -> bool:
    """Whether words outside of empty talk say something, even without content: "too much", "give it two seconds"."""
    others = [found for found in about if found[0] not in covered]
    wanted = {sign for sign, place in signs if place not in covered}
    return not _SAYS_ENOUGH.isdisjoint(wanted) or (bool(others) and Sign.REQUEST in wanted) or _names(others)


def _names(about: Iterable[_About]) -> bool:
    return any(weight >= NAMED for _, _, phrase in about for _, weight in phrase.senses)


def _empty(talk: Sequence[Found[Sign]], content: int, said: int) -> Sign | None:
    """The kind of empty talk a remark is, if it has little content; `content` and `said` count the other words.

    Where it begins as talk, for every three words of that one more may be meant so: "sorry, my phone is buzzing".
    """
    kinds = {sign for _, _, phrase in talk for sign in phrase.senses}
    opens = bool(talk) and talk[0][0] == 0
    allowed = sum(last - first for first, last, _ in talk) // 3 if opens else 0
    for sign in (Sign.PHANTOM, Sign.ASIDE):
        if sign in kinds and content <= allowed:
            return sign
    if content:
        return None
    return Sign.VAGUE if Sign.VAGUE in kinds or said > 1 else Sign.NOISE


def _after_contrast(words: Sequence[str], about: Sequence[_About]) -> Sequence[_About]:
    """What follows "but" is what a remark is about: "the acting is great, but the shot is out of focus"."""
    if _CONTRASTS.isdisjoint(words):
        return about
    turn = max([i for i, word in enumerate(words) if word in _CONTRASTS])
    after = [found for found in about if found[0] > turn]
    return after if _names(after) else about


def _best(mentioned: Iterable[Sequence[tuple[Category, int]]]) -> tuple[Category | None, int]:
    """By the best weight, then by the sum of weights, then by which was mentioned first."""
    scores: dict[Category, tuple[int, int]] = {}
    for senses in mentioned:
        for category, weight in senses:
            best, total = scores.get(category, (0, 0))
            scores[category] = max(best, weight), total + weight
    topic, most = None, (0, 0)
    for category, score in scores.items():
        if score > most:
            topic, most = category, score
    return topic, most[0]
