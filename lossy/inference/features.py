"""What the rules notice in a remark, before they decide anything."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from lossy.charts.value import value
from lossy.domain.notes import Category
from lossy.inference.lexicon import Found, Lexicon
from lossy.inference.sign_phrases import EMPTY_PHRASES, FUNCTION_WORDS, Sign
from lossy.inference.signs import read_signs
from lossy.inference.tokens import PAUSE, word_set
from lossy.inference.topic_phrases import TOPIC_PHRASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TOPICS = Lexicon(TOPIC_PHRASES, inflect=True)
_EMPTY = Lexicon(EMPTY_PHRASES, inflect=False)

_About: TypeAlias = Found[tuple[Category, int]]

NAMED = 2  # the weight from which a topic was said and not only hinted at

# What still makes a remark of words that carry no content: "too much", "louder", "that works".
_SAYS_ENOUGH = frozenset({Sign.FAULT, Sign.MORE, Sign.PRAISE})

_VERBS = word_set(
    "is are was were isnt arent wasnt werent has have had hasnt havent does do doesnt dont did didnt its hes shes"
    " theyre theres thats im weve ive youre seems feels looks sounds gets goes comes takes keeps can cant could will"
    " wont would hear see"
)
_CONTRASTS = word_set("but however except although though")


@value
class Features:
    """`topics` has the best weight and the sum of weights of each category, in the order they were mentioned.

    `phrases` are those the topics came from. `states` is whether the words make a statement. `content` counts the
    words that carry some.
    """

    topics: Mapping[Category, tuple[int, int]]
    phrases: tuple[str, ...]
    signs: frozenset[Sign]
    empty: Sign | None
    states: bool
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
    about, signs = list(_TOPICS.find(words)), read_signs(words)
    talk = list(_EMPTY.find(words))
    covered = {i for found in talk for i in range(found.first, found.last)}
    said = [word for i, word in enumerate(words) if word != PAUSE and i not in covered]
    content = len([word for word in said if word not in FUNCTION_WORDS and word.isalpha()])
    outside = frozenset([sign for sign, place in signs if place not in covered])
    speaks = _speaks([found for found in about if found.first not in covered], outside)
    decisive = _after_contrast(words, about)
    return Features(
        topics=_scores(decisive),
        phrases=tuple(dict.fromkeys(found.phrase for found in decisive)),
        signs=frozenset([sign for sign, _ in signs]),
        empty=None if speaks else _empty(talk, content, len(said)),
        states=_states(words),
        words=len(words) - words.count(PAUSE),
        content=content,
    )


def _speaks(about: Sequence[_About], signs: frozenset[Sign]) -> bool:
    """Whether words outside of empty talk say something, even without content: "too much", "give it two seconds"."""
    return _names(about) or bool(signs & _SAYS_ENOUGH) or (bool(about) and Sign.REQUEST in signs)


def _names(about: Iterable[_About]) -> bool:
    return any(weight >= NAMED for found in about for _, weight in found.senses)


def _empty(talk: Sequence[Found[Sign]], content: int, said: int) -> Sign | None:
    """The kind of empty talk a remark is, if it is nothing else; `content` and `said` count the other words.

    Where it begins as talk, for every three words of that one more may be meant so: "sorry, my phone is buzzing".
    """
    kinds = {sign for found in talk for sign in found.senses}
    opens = bool(talk) and talk[0].first == 0
    allowed = sum(found.last - found.first for found in talk) // 3 if opens else 0
    for sign in (Sign.PHANTOM, Sign.ASIDE):
        if sign in kinds and content <= allowed:
            return sign
    if content:
        return None
    return Sign.VAGUE if Sign.VAGUE in kinds or said > 1 else Sign.NOISE


def _states(words: Sequence[str]) -> bool:
    """Whether something is said of something: a common verb, or a word that looks like "drops"."""
    third_person = (word.endswith("s") and not word.endswith(("ss", "us")) for word in words[1:] if len(word) > 3)
    return len(words) > 2 and (not _VERBS.isdisjoint(words) or any(third_person))


def _after_contrast(words: Sequence[str], about: Sequence[_About]) -> Sequence[_About]:
    """What follows "but" is what a remark is about: "the acting is great, but the shot is out of focus"."""
    if _CONTRASTS.isdisjoint(words):
        return about
    turn = max([i for i, word in enumerate(words) if word in _CONTRASTS])
    after = [found for found in about if found.first > turn]
    return after if _names(after) else about


def _scores(about: Iterable[_About]) -> dict[Category, tuple[int, int]]:
    """A phrase said twice counts once."""
    scores: dict[Category, tuple[int, int]] = {}
    once = {found.phrase: found.senses for found in about}
    for category, weight in chain.from_iterable(once.values()):
        best, total = scores.get(category, (0, 0))
        scores[category] = max(best, weight), total + weight
    return scores
