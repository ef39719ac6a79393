"""Whether a draft is sure enough to become a note (H1), and what its author made of that note later (H2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import frozen

from lossy.domain.notes import Category

if TYPE_CHECKING:
    from collections.abc import Mapping


# Nothing below the floor is kept, whatever the user's settings say.
FLOOR = 0.25

# A reviewer who deleted five notes of one category within a session wants fewer of them for the rest of it.
DELETIONS = 5
RAISE = 0.1
RAISED_AT_LEAST = 0.4


class Reason(StrEnum):
    SURE = "sure"  # it is kept
    FLOOR = "floor"  # below what any user may set
    BASE = "base"  # below the user's own threshold
    DELETIONS = "deletions"  # above that, and below what it was raised to


class Outcome(StrEnum):
    """What became of the decision to keep a note; thresholds can be tuned by it."""

    KEPT = "kept"
    EDITED = "edited"
    DELETED = "deleted"
    OVERRIDDEN = "overridden"  # it was refused, and its author made a note of it all the same


@frozen
class Decision:
    """With all the numbers it was made by. `deletions` are this session's in the category."""

    confidence: float
    threshold: float  # the one that was in force; FLOOR when that was the reason
    base: float
    deletions: int
    category: Category
    reason: Reason

    @property
    def keeps(self) -> bool:
        return self.reason is Reason.SURE

    def as_payload(self) -> dict[str, Any]:
        numbers = {"confidence": self.confidence, "threshold": self.threshold, "base": self.base, "floor": FLOOR}
        return {**numbers, "deletions": self.deletions, "category": self.category.value, "reason": self.reason.value}


def threshold(base: float, deletions_in_category: int) -> float:
    """What a draft needs. Rounded, since 0.35 + 0.1 is a little less than 0.45."""
    raised = max(base + RAISE, RAISED_AT_LEAST) if deletions_in_category >= DELETIONS else base
    return max(round(raised, 6), FLOOR)


def judge(confidence: float, category: Category, base: float, deletions: Mapping[str, int]) -> Decision:
    """`deletions` counts this session's by category; a category that is not there has none."""
    deleted = deletions.get(category, 0)
    needed, reason = threshold(base, deleted), Reason.SURE
    if not confidence >= FLOOR:  # this way round a NaN is refused
        needed, reason = FLOOR, Reason.FLOOR
    elif confidence < needed:
        reason = Reason.DELETIONS if confidence >= base else Reason.BASE
    return Decision(confidence, needed, base, deleted, category, reason)
