"""What people say and do not mean: fillers, words that open a remark, false starts."""

from __future__ import annotations

from operator import eq
from typing import TYPE_CHECKING, TypeAlias

from lossy.inference.spoken_number import NUMBER_WORDS
from lossy.inference.tokens import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

# What is written between two spaces; and its core, which is in lower case and without apostrophes and the marks around
# it, "" for marks alone. A tuple, as a remark has a dozen.
Piece: TypeAlias = tuple[str, str]

STOPS = ".?!…"
MARKS = "," + STOPS

FILLERS = word_set("um umm ummm uh uhh uhm erm er err hm hmm hmmm mm mmm mhm ehm")
_SET_OFF = (("you", "know", "what", "i", "mean"), ("you", "know"), ("i", "mean"), ("like",), ("well",))
_SET_OFF_FIRST = frozenset(phrase[0] for phrase in _SET_OFF)
_SET_OFF_TELLING = word_set("know mean like well")  # each has one of them, and few other remarks do
# "You know" is a filler unless somebody knows something: "do you know", "you know the shot".
_BEFORE_KNOWING = word_set("do did if as let what how that because when would dont didnt where who")
_KNOWN = word_set("what how why when where the that if who it this about which him her them his")

OPENERS = word_set("okay ok yeah yep alright and so well yes ah oh right")
_ALWAYS_OPENERS = word_set("okay ok yeah yep alright and")
# The other openers are dropped before a clause: "so the music", but not "so loud", and never "right side".
_CLAUSE = word_set(
    "the this that these those there theres thats i im ive id we were weve you youre it its he hes she shes they"
    " theyre at on here can could maybe my our his her their what why who where when how is are if around"
)
# Said twice on purpose: "very very loud", "no, no". "That that" and "had had" are grammar.
_TWICE = word_set("very really so much way far too no yes many more long never bye had that ha la")
_PHRASES = (4, 3, 2, 1)  # words: how far people go back when they begin again

# A text without any of these has no filler and no set phrase, and no marks that stand alone.
_TELLING = FILLERS | _SET_OFF_TELLING | {""}


def is_fluent(text: str, cores: Sequence[str]) -> bool:
    """Whether no rule has anything to drop of a text with these cores and single spaces, as of most."""
    return (
        _TELLING.isdisjoint(cores)
        and len(cores) > 0
        and cores[0] not in OPENERS
        and "- " not in text
        and (len({*cores}) == len(cores) or not _come_again(cores))
    )


def _come_again(cores: Sequence[str]) -> list[int]:
    """The lengths of phrases that are said twice in a row."""
    near = [size for size in _PHRASES if any(map(eq, cores, cores[size:]))]
    return [size for size in near if size * b"\1" in bytes(map(eq, cores, cores[size:]))]


def settle(pieces: list[Piece]) -> list[Piece]:
    """Until nothing more goes: what one rule drops may bring together what another one looks for."""
    while pieces:
        fewer = _thinned(pieces)
        if len(fewer) == len(pieces):
            break
        pieces = fewer
    return pieces


def trimmed(pieces: list[Piece]) -> list[Piece]:
    """Without the marks that stand alone at either end."""
    words = [i for i, (_, core) in enumerate(pieces) if core]
    return pieces[words[0] : words[-1] + 1] if words else []


def _thinned(pieces: list[Piece]) -> list[Piece]:
    """Without what the rules drop, each of which is asked only where there may be something for it."""
    written, cores = zip(*pieces, strict=True)
    if not FILLERS.isdisjoint(cores) or "- " in " ".join(written):
        pieces = _without_fillers(pieces)
    if not _SET_OFF_TELLING.isdisjoint(cores):
        pieces = _without_set_off(pieces)
    pieces = _without_openers(pieces)
    if len({*cores}) < len(cores) and _come_again([core for _, core in pieces]):
        pieces = _without_repeats(pieces)
    return trimmed(pieces) if "" in cores else pieces


def _without_fillers(pieces: Sequence[Piece]) -> list[Piece]:
    kept: list[Piece] = []
    for i, (written, core) in enumerate(pieces):
        measure = core == "mm" and kept and kept[-1][1].isdigit()
        cut_off = written[-1] == "-" and core and i + 1 < len(pieces)
        if (core in FILLERS and not measure) or cut_off:
            _close_gap(kept, written)
        else:
            kept.append((written, core))
    return kept


def _without_set_off(pieces: Sequence[Piece]) -> list[Piece]:
    kept: list[Piece] = []
    i = 0
    while i < len(pieces):
        length = _set_off(pieces, i) if pieces[i][1] in _SET_OFF_FIRST else 0
        if length:
            _close_gap(kept, pieces[i + length - 1][0])
        else:
            kept.append(pieces[i])
        i += length or 1
    return kept


def _set_off(pieces: Sequence[Piece], i: int) -> int:
    """How many words from the i-th on are a phrase between commas that says nothing."""
    cores = tuple([core for _, core in pieces[i : i + 5]])
    if cores[:3] == ("like", "you", "know"):
        return 3
    for phrase in _SET_OFF:
        end = i + len(phrase)
        if cores[: len(phrase)] == phrase:
            opened = i == 0 or _ends_with(pieces[i - 1], MARKS)
            closed = end == len(pieces) or _ends_with(pieces[end - 1], ",")
            loose = phrase == ("you", "know") and not _knows(pieces, i)
            return len(phrase) if (opened and closed) or loose else 0
    return 0


def _knows(pieces: Sequence[Piece], i: int) -> bool:
    before = pieces[i - 1][1] if i else ""
    after = pieces[i + 2][1] if i + 2 < len(pieces) else ""
    return before in _BEFORE_KNOWING or after in _KNOWN


def _ends_with(piece: Piece, marks: str) -> bool:
    return piece[0][-1] in marks


def _close_gap(kept: list[Piece], dropped: str) -> None:
    """A comma on either side goes with what stood between; a stop moves to the word before."""
    if not kept:
        return
    written, core = kept[-1]
    if dropped[-1] in STOPS and written[-1] not in STOPS:
        kept[-1] = written.rstrip(",") + dropped[-1], core
    elif dropped[-1] == "," == written[-1] and core:
        kept[-1] = written.rstrip(","), core


def _without_openers(pieces: list[Piece]) -> list[Piece]:
    first = 0
    while first + 1 < len(pieces) and _opens(pieces[first], pieces[first + 1][1]):
        first += 1
    return pieces[first:]


def _opens(piece: Piece, following: str) -> bool:
    core = piece[1]
    if core not in OPENERS:
        return False
    if core in _ALWAYS_OPENERS or _ends_with(piece, MARKS) or following in OPENERS:
        return True
    return core != "right" and following in _CLAUSE


def _without_repeats(pieces: Sequence[Piece]) -> list[Piece]:
    """Of words said twice in a row the second time stays: the first was a false start."""
    kept = [*pieces]
    for size in _PHRASES:
        i = 0
        while i + 2 * size <= len(kept):
            if kept[i][1] == kept[i + size][1] and _repeats(kept, i, size):
                del kept[i : i + size]
                i = max(0, i - size)
            else:
                i += 1
    return kept


def _repeats(pieces: Sequence[Piece], i: int, size: int) -> bool:
    cores = [core for _, core in pieces[i : i + size]]
    return (
        cores == [core for _, core in pieces[i + size : i + 2 * size]]
        and not _ends_with(pieces[i + size - 1], STOPS)
        and all(cores)
        and not all(core in _TWICE or _is_number(core) for core in cores)
    )


def _is_number(core: str) -> bool:
    return core[0].isdigit() or core in NUMBER_WORDS
