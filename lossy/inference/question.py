"""Whether words have the form of a question. Speech-to-text often leaves the question mark out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.inference.tokens import PAUSE, word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

_AUXILIARIES = word_set(
    "is are was were does did has can could should would will isnt arent wasnt doesnt didnt wont shouldnt wouldnt"
    " couldnt cant am"
)
# Without their subject these begin a statement: "is too loud", "has to be shorter".
_NO_SUBJECT = word_set(
    "to where when what why how too way really so very just not better much a still been do use have be go come get"
    " need with"
)
# "Do a fade here" and "have him look left" are requests.
_WITH_SUBJECT = {
    "do": word_set("we you they i the these those"),
    "have": word_set("we you they i"),
    "dont": word_set("we you they"),
}
_WH = word_set("what who whose which where when how")
_WH_ALWAYS = word_set("why whats whos wheres hows")
# "What I like", "when he turns", "what a shot".
_STATEMENT_AFTER_WH = word_set("i we he she it they you this that the these a an to")
_INVERTED = _AUXILIARIES | {"do"}
_OPENERS = _AUXILIARIES | _WITH_SUBJECT.keys() | _WH | _WH_ALWAYS
_SUBJECT_WORDS = 7  # "which version of the logo is this"
_MANY = word_set("many much long far often")


def is_question(words: Sequence[str]) -> bool:
    start = 0
    while start < len(words) and words[start] == PAUSE:
        start += 1
    if start == len(words) or words[start] not in _OPENERS:
        return False
    first, second, *more = (*words[start : start + _SUBJECT_WORDS], "", "")
    if first in _AUXILIARIES:
        return second not in _NO_SUBJECT and second not in (PAUSE, "")
    if first in _WITH_SUBJECT:
        return second in _WITH_SUBJECT[first]
    if first in _WH_ALWAYS:
        return True
    if first not in _WH or second in _STATEMENT_AFTER_WH:
        return False
    return second in _MANY or not _INVERTED.isdisjoint((second, *more))
