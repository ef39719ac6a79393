"""Whether words have the form of a question. Speech-to-text often leaves the question mark out."""

from __future__ import annotations

from collections.abc import Sequence

from lossy.inference.tokens import PAUSE

_AUXILIARIES = frozenset(
    "is are was were does did has can could should would will isnt arent wasnt doesnt didnt wont shouldnt wouldnt"
    " couldnt cant am".split()
)
# Without their subject these begin a statement: "is too loud", "has to be shorter".
_NO_SUBJECT = frozenset("to too way really so very just not better much a still been".split())
# "Do a fade here" and "have him look left" are requests.
_WITH_SUBJECT = {
    "do": frozenset("we you they i the these those".split()),
    "have": frozenset("we you they i".split()),
    "dont": frozenset("we you they".split()),
}
_WH = frozenset("what who whose which where when how".split())
_WH_ALWAYS = frozenset("why whats whos wheres hows".split())
# "What I like", "when he turns", "what a shot".
_STATEMENT_AFTER_WH = frozenset("i we he she it they you this that the these a an to".split())
_MANY = frozenset("many much long far often".split())


def is_question(words: Sequence[str]) -> bool:
    first, second, *more = (*words[:4], "", "")
    if first in _AUXILIARIES:
        return second not in _NO_SUBJECT and second not in (PAUSE, "")
    if first in _WITH_SUBJECT:
        return second in _WITH_SUBJECT[first]
    if first in _WH_ALWAYS:
        return True
    if first not in _WH or second in _STATEMENT_AFTER_WH:
        return False
    return second in _MANY or not {*_AUXILIARIES, "do"}.isdisjoint((second, *more))
