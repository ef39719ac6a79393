from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.notes import Category
from lossy.domain.quality import DELETIONS, FLOOR, Decision, Reason, judge, threshold

BASE = 0.3
AUDIO, COLOR = Category.AUDIO, Category.COLOR

shares = st.floats(0, 1)
counts = st.dictionaries(st.sampled_from([each.value for each in Category]), st.integers(0, 20))


def test_h1_a_draft_at_the_threshold_is_kept() -> None:
    assert judge(0.3, AUDIO, BASE, {}) == Decision(0.3, 0.3, BASE, 0, AUDIO, Reason.SURE)
    assert judge(0.3, AUDIO, BASE, {}).keeps


def test_h1_below_the_base_the_base_is_the_reason() -> None:
    assert judge(0.29, AUDIO, BASE, {}) == Decision(0.29, 0.3, BASE, 0, AUDIO, Reason.BASE)
    assert not judge(0.29, AUDIO, BASE, {}).keeps


def test_h1_below_the_floor_nothing_is_kept_whatever_the_settings_say() -> None:
    assert judge(0.24, AUDIO, 0.0, {}) == Decision(0.24, FLOOR, 0.0, 0, AUDIO, Reason.FLOOR)
    assert judge(0.25, AUDIO, 0.0, {}) == Decision(0.25, FLOOR, 0.0, 0, AUDIO, Reason.SURE)


@pytest.mark.parametrize(("base", "raised"), [(0.0, 0.4), (0.3, 0.4), (0.35, 0.45), (0.6, 0.7)])
def test_h1_five_deletions_raise_the_category(base: float, raised: float) -> None:
    assert threshold(base, DELETIONS - 1) == max(base, FLOOR)
    assert threshold(base, DELETIONS) == raised
    assert threshold(base, DELETIONS + 1) == raised


def test_h1_only_the_category_of_the_deletions_is_raised() -> None:
    deletions = {"audio": 5, "color": 4}
    assert judge(0.35, AUDIO, BASE, deletions) == Decision(0.35, 0.4, BASE, 5, AUDIO, Reason.DELETIONS)
    assert judge(0.35, COLOR, BASE, deletions) == Decision(0.35, 0.3, BASE, 4, COLOR, Reason.SURE)
    assert judge(0.29, AUDIO, BASE, deletions) == Decision(0.29, 0.4, BASE, 5, AUDIO, Reason.BASE)


def test_a_confidence_that_is_no_number_is_refused() -> None:
    assert not judge(float("nan"), AUDIO, BASE, {}).keeps


def test_a_decision_tells_every_number_it_was_made_by() -> None:
    assert judge(0.35, AUDIO, BASE, {"audio": 5}).as_payload() == {
        "confidence": 0.35,
        "threshold": 0.4,
        "base": 0.3,
        "floor": 0.25,
        "deletions": 5,
        "category": "audio",
        "reason": "deletions",
    }


@given(shares, st.sampled_from(Category), shares, counts)
def test_more_confidence_never_loses_a_note_and_more_deletions_never_keep_one(
    confidence: float, category: Category, base: float, deletions: dict[str, int]
) -> None:
    kept = judge(confidence, category, base, deletions).keeps
    more = {**deletions, category.value: deletions.get(category, 0) + 1}
    assert not kept or judge(1.0, category, base, deletions).keeps
    assert kept or not judge(confidence, category, base, more).keeps
    assert not kept or confidence >= FLOOR
