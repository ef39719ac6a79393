"""Finds the media time a reviewer names: "at one twenty three", "1:23", "two minutes in", "five seconds ago".

A wrong time is worse than none, since the moment the remark began is seldom far off. So an amount ("hold it two
seconds longer"), a measure ("at 24 frames") or a count ("two people") is never taken for a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.charts.value import value
from lossy.inference.spoken_number import number
from lossy.inference.time_reading import CLAUSE, RANGE, UNITS, Kind, Reading, may_begin, read_time
from lossy.inference.tokens import PAUSE, word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT = word_set("at from between timecode timestamp")
_NEAR = word_set("near before after past by since until till to round")
_ABOUT = word_set("around about roughly approximately exactly maybe precisely like")
_ADVERBS = word_set("right just starting start here over again up back")
_FROM_NOW = word_set("ago earlier back")
_MARKS = word_set("mark point")

# What makes a measure, an amount or an hour of the day of the number before it.
_MEASURES = frozenset(UNITS) | word_set(
    "frame frames fps percent pixel pixels px p k kb mb hz khz db decibel decibels degrees kelvin iso times x by"
    " year years people bucks dollars pounds am pm oclock aspect ratio speed mph miles inches feet th nd st rd mm"
    " cm bpm words shots clips takes cuts versions"
)
_AMOUNT_AFTER = word_set("too longer shorter more less off long of later late early total each")
_PARTS_OF_DAY = word_set("morning evening afternoon night")
# What makes an amount of the duration after it.
_AMOUNT_BEFORE = word_set(
    "runs run lasts last lasting takes take taking is its was for by only than total cut trim down first next"
    " another these those extra hold wait need needs every final within over under whole other same"
)
# "Thirty seconds in the middle" is an amount; "thirty seconds in, the music" is a time.
_WHOLES = word_set("beginning middle end start intro outro opening background whole total length")
_AFTER_IN = word_set("there where when and") | {PAUSE, ""}
_TO = RANGE | {"and"}
_OPENED = CLAUSE | {PAUSE}
_SUBJECTS = word_set("this that it he she they there the we these those")
_GLUE = word_set("is was are to and or where which of mark")

# Words beyond the last one and, by negative indices, before the first: no rule looks further than this.
_PADDING = ("",) * 8


@value
class SpokenTime:
    """Stands in the words [first, last). `rule` is the one of docs/reference/rules.md that found it."""

    rule: str
    media_ms: int
    media_end_ms: int | None
    first: int
    last: int


@value
class _Lead:
    """The words before a reading, from `first` on: a preposition or "", and whether it is said to be rough."""

    first: int
    preposition: str
    about: bool


def find_time(said: Sequence[str], onset_ms: int) -> SpokenTime | None:
    """The first media time in the words of a remark that began at media time `onset_ms`."""
    words, read = (*said, *_PADDING), 0
    for i in may_begin(said):
        if i < read:
            continue
        reading = read_time(words, i)
        found = _judge(words, i, reading, onset_ms) if reading else _shared_unit(words, i)
        if found:
            return found
        read = reading.end if reading else i + 1
    return None


def separable(found: SpokenTime, words: Sequence[str]) -> str:
    """At which side the time may be taken out of the sentence: "start", "end" or ""."""
    after = [*words[found.last :]]
    if found.first == 0:
        follows = [word for word in after if word != PAUSE][:2]
        return "start" if len(follows) == 2 and (follows[0] not in _GLUE or follows[1] in _SUBJECTS) else ""
    return "end" if after in ([], [PAUSE]) else ""


def _judge(words: Sequence[str], i: int, reading: Reading, onset_ms: int) -> SpokenTime | None:
    lead = _lead(words, i)
    return _relative(words, i, reading, lead, onset_ms) or _absolute(words, reading, lead)


def _relative(words: Sequence[str], i: int, reading: Reading, lead: _Lead, onset_ms: int) -> SpokenTime | None:
    """Said from now. "Earlier" and "back" are only at the start: later they may say how far something is to move.

    "A second ago" is a figure of speech.
    """
    word = words[reading.end]
    if word not in _FROM_NOW or reading.kind != Kind.DURATION or (word != "ago" and lead.first > 0):
        return None
    if words[i] in ("a", "an") and words[i + 1] in UNITS:
        return None
    return SpokenTime(word, max(0, onset_ms - reading.ms), None, lead.first, reading.end + 1)


def _absolute(words: Sequence[str], reading: Reading, lead: _Lead) -> SpokenTime | None:
    rule, last = _rule(words, reading, lead)
    if not rule:
        return None
    end = _range_end(words, reading, lead.preposition)
    if end:
        return SpokenTime("range", reading.ms, end.ms, lead.first, end.end)
    return SpokenTime(rule, reading.ms, None, lead.first, last)


def _rule(words: Sequence[str], reading: Reading, lead: _Lead) -> tuple[str, int]:
    """The rule by which a reading is a time, or "", and the word after all that belongs to it."""
    end = reading.end
    if words[end] in _MARKS:
        return "mark", end + 1
    if _is_measure(words, end) or (reading.kind == Kind.DURATION and words[end] in _AMOUNT_AFTER):
        return "", end
    end += words[end] == "ish"
    if reading.kind == Kind.DURATION and _goes_in(words, end, lead):
        return "in", end + 1
    if lead.preposition in _AT:
        return "at", end
    if reading.kind == Kind.CLOCK:
        return "clock", end
    if reading.kind == Kind.PAIR and (lead.preposition in _NEAR or (lead.about and not _is_amount(words, lead))):
        return "around", end
    if reading.kind == Kind.DURATION and lead.about and _is_position(words, reading, lead):
        return "around", end
    opens = lead.first == 0 and reading.parts > 1 and words[end] in _OPENED and words[end + 1] != ""
    return ("start", end) if opens else ("", end)


def _lead(words: Sequence[str], i: int) -> _Lead:
    first, about, preposition = i, False, ""
    while words[first - 1] in _ABOUT or words[first - 1] == "the":
        first -= 1
        about |= words[first] in _ABOUT
    if words[first - 1] in _AT or words[first - 1] in _NEAR:
        first -= 1
        preposition = words[first]
    elif (words[first - 2], words[first - 1]) in (("time", "code"), ("time", "stamp")):
        first -= 2 + (words[first - 3] in _AT)
        preposition = "timecode"
    while preposition and words[first - 1] in _ADVERBS:
        first -= 1
    return _Lead(first, preposition, about)


def _is_measure(words: Sequence[str], i: int) -> bool:
    if words[i] in _MEASURES or (words[i] in ("a", "p") and words[i + 1] == "m"):
        return True
    return words[i] in ("in", "at") and not _PARTS_OF_DAY.isdisjoint(words[i + 1 : i + 3])


def _is_amount(words: Sequence[str], lead: _Lead) -> bool:
    return words[lead.first - 1] in _AMOUNT_BEFORE


def _is_position(words: Sequence[str], reading: Reading, lead: _Lead) -> bool:
    """Of "around two minutes" at the start, and "around two minutes five" anywhere but after words like "it lasts"."""
    return lead.first == 0 or (reading.parts > 1 and not _is_amount(words, lead))


def _goes_in(words: Sequence[str], i: int, lead: _Lead) -> bool:
    """Of "two minutes in": the clause ends there, or the remark began with it."""
    if words[i] != "in" or _is_amount(words, lead):
        return False
    if lead.first == 0:
        return _WHOLES.isdisjoint(words[i + 1 : i + 3])
    return words[i + 1] in _AFTER_IN


def _range_end(words: Sequence[str], reading: Reading, preposition: str) -> Reading | None:
    """The second of two times: "1:10 to 1:20", "1:10-1:20". Of "at 1:10 and 1:20" the first counts."""
    i = reading.end
    i += words[i] in RANGE or (words[i] == "and" and preposition == "between")
    i += words[i] in ("about", "around")
    end = read_time(words, i)
    if end is None or end.ms <= reading.ms or _is_measure(words, end.end):
        return None
    return end if i > reading.end or end.kind == Kind.CLOCK else None


def _shared_unit(words: Sequence[str], i: int) -> SpokenTime | None:
    """The range of "from ten to twenty seconds" at the start of a remark."""
    if i != 1 or words[0] not in ("from", "between"):
        return None
    start = number(words, i)
    if start is None or words[start[1]] not in _TO:
        return None
    end = read_time(words, start[1] + 1)
    unit = UNITS.get(words[end.end - 1]) if end else None
    if end is None or unit is None or end.parts > 1 or start[0] * unit >= end.ms or _is_measure(words, end.end):
        return None
    return SpokenTime("range", start[0] * unit, end.ms, 0, end.end)
