"""Whether a draft is sure enough to become a note (H1)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.domain.notes import Category

# Nothing below the floor is kept, whatever the user's settings say.
FLOOR = 0.25

# A reviewer who deleted five notes of one category within a session wants fewer of them for the rest of it.
DELETIONS = 5
RAISE = 0.1
RAISED_AT_LEAST = 0.4


class Reason(StrEnum):
    FLOOR = "floor"  # below what any user may set
    BASE = "base"  # below the user's own threshold
    DELETIONS = "deletions"  # above that, and below what it was raised to


@frozen
class Keep:
    confidence: float
    threshold: float


@frozen
class Refuse:
    reason: Reason
    confidence: float
    threshold: float  # the one that was in force; FLOOR when that was the reason


Verdict: TypeAlias = Keep | Refuse


def threshold(base: float, deletions_in_category: int) -> float:
    """What a draft needs. Rounded, since 0.35 + 0.1 is a little less than 0.45."""
    raised = max(base + RAISE, RAISED_AT_LEAST) if deletions_in_category >= DELETIONS else base
    return max(round(raised, 6), FLOOR)


def judge(confidence: float, category: Category, base: float, deletions: Mapping[Category, int]) -> Verdict:
    """`deletions` counts this session's by category; a category that is not there has none."""
    needed = threshold(base, deletions.get(category, 0))
    if confidence >= needed:
        return Keep(confidence, needed)
    if not confidence >= FLOOR:  # this way round a NaN is refused
        return Refuse(Reason.FLOOR, confidence, FLOOR)
    return Refuse(Reason.DELETIONS if confidence >= base else Reason.BASE, confidence, needed)
