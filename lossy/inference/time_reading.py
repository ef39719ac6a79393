"""What could be a time in the words of a remark: "1:23", "one twenty three", "two minutes and a half".

Whether it is one, `spoken_time` decides by the words around it. Every function takes words that end in empty ones.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from lossy.charts.value import value
from lossy.domain.timecode import TimecodeError, media_time
from lossy.inference.spoken_number import NUMBER_WORDS, number, sixtieth
from lossy.inference.tokens import PAUSE, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
UNITS = (
    dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECOND)
    | dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTE)
    | dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR)
)

# A clause goes on like this after a time. Anything else after a lone figure is what it counts: "two minutes, two
# people", and speech-to-text may have left the comma out.
CLAUSE = word_set(
    "the this that these those there theres thats it its we i im id he hes she shes they an my our his her where"
    " when can could please"
)

# Between the two times of a range: "from two minutes five to two minutes ten".
RANGE = word_set("to until till through thru")

# Words that a time may begin with, beside figures, and those that its second word is one of.
_BEGINS = NUMBER_WORDS | {"half", "a", "an"}
_GOES_ON = NUMBER_WORDS | UNITS.keys() | word_set("and a an couple oh o")


class Kind(StrEnum):
    CLOCK = "clock"  # 1:23
    PAIR = "pair"  # one twenty three; 123
    DURATION = "duration"  # two minutes five


@value
class Reading:
    """A time in so many `parts`, which ends before the word `end`."""

    kind: Kind
    ms: int
    parts: int
    end: int


def may_begin(words: Sequence[str]) -> list[int]:
    """The indices at which a time may begin, as it does at few of them."""
    return [i for i, word in enumerate(words) if word in _BEGINS or ":" > word != PAUSE]  # a figure is before ":"


def read_time(words: Sequence[str], i: int) -> Reading | None:
    """The time that begins at the i-th word, if one does."""
    if words[i] in _BEGINS:
        goes_on = words[i + 1] in _GOES_ON or words[i + 1][:1].isdigit()
        return _duration(words, i) or _pair(words, i) if goes_on else None
    if words[i][:1].isdigit():
        return _clock(words, i) or _duration(words, i) or _pair(words, i)
    return None


def _clock(words: Sequence[str], i: int) -> Reading | None:
    if ":" not in words[i]:
        return None
    try:
        return Reading(Kind.CLOCK, media_time(words[i]), words[i].count(":") + 1, i + 1)
    except TimecodeError:
        return None


def _pair(words: Sequence[str], i: int) -> Reading | None:
    """Minutes and seconds without their names, or hours, minutes and seconds. "Fifty fifty" is none."""
    if _run_together(words[i]):
        return Reading(Kind.PAIR, _joined([int(words[i][:-2].rstrip(".")), int(words[i][-2:])]), 2, i + 1)
    head = number(words, i)
    if head is None or head[0] > 59:
        return None
    parts, end = [head[0]], head[1]
    while len(parts) < 3 and (found := sixtieth(words, end)):
        parts.append(found[0])
        end = found[1]
    if len(parts) == 1 or parts == [50, 50]:
        return None
    return Reading(Kind.PAIR, _joined(parts), len(parts), end)


def _run_together(word: str) -> bool:
    """Speech-to-text writes "one twenty three" as 123 or 1.23 as well."""
    minutes, seconds = word[:-2], word[-2:]
    joined = len(word) == 3 or (minutes.endswith(".") and len(word) <= 5)
    return joined and minutes.rstrip(".").isdecimal() and seconds.isdecimal() and int(seconds) < 60


def _joined(parts: Sequence[int]) -> int:
    total = 0
    for part in parts:
        total = total * 60 + part
    return total * SECOND


def _duration(words: Sequence[str], i: int) -> Reading | None:
    amounts = [*_amounts(words, i)]
    if not amounts:
        return None
    total = sum(ms for ms, _, _ in amounts)
    _, unit, end = amounts[-1]
    rest = _rest(words, end + (words[end] == "and")) if unit > SECOND else None
    if rest:
        return Reading(Kind.DURATION, total + rest[0] * unit // 60, len(amounts) + 1, rest[1])
    return Reading(Kind.DURATION, total, len(amounts), end)


def _amounts(words: Sequence[str], i: int) -> Iterator[tuple[int, int, int]]:
    """Amounts in units that get smaller: ms, the unit, and the word after it."""
    above = HOUR + 1
    while (found := _amount(words, i)) and found[1] < above:
        yield found
        _, above, end = found
        i = end + (words[end] == "and")


def _amount(words: Sequence[str], i: int) -> tuple[int, int, int] | None:
    halves = _halves(words, i)
    if halves is None or words[halves[1]] not in UNITS:
        return None
    unit, end = UNITS[words[halves[1]]], halves[1] + 1
    if [*words[end : end + 3]] == ["and", "a", "half"]:
        return halves[0] * unit // 2 + unit // 2, unit, end + 3
    return halves[0] * unit // 2, unit, end


def _halves(words: Sequence[str], i: int) -> tuple[int, int] | None:
    """How many halves of a unit, and the word after: "two", "two and a half", "half a", "a couple of", "an"."""
    if words[i] == "half" and words[i + 1] in ("a", "an"):
        return 1, i + 2
    if words[i] in ("a", "an"):
        return (4, i + 2 + (words[i + 2] == "of")) if words[i + 1] == "couple" else (2, i + 1)
    found = number(words, i)
    if found is None:
        return None
    value, end = found
    return (2 * value + 1, end + 3) if [*words[end : end + 3]] == ["and", "a", "half"] else (2 * value, end)


def _rest(words: Sequence[str], i: int) -> tuple[int, int] | None:
    """What follows "two minutes" without its unit: "five", "oh five", "thirty"."""
    found = sixtieth(words, i)
    if found:
        return found
    found = number(words, i)
    alone = found is not None and (words[found[1]] in CLAUSE or not words[found[1]].isalnum())
    begins = found is not None and words[found[1]] in RANGE and read_time(words, found[1] + 1) is not None
    return found if found and (alone or begins) and 1 < found[0] < 10 else None
