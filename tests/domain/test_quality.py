from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.notes import Category
from lossy.domain.quality import DELETIONS, FLOOR, Keep, Reason, Refuse, judge, threshold

BASE = 0.3

shares = st.floats(0, 1)
counts = st.dictionaries(st.sampled_from(Category), st.integers(0, 20))


def test_h1_a_draft_at_the_threshold_is_kept() -> None:
    assert judge(0.3, Category.AUDIO, BASE, {}) == Keep(0.3, 0.3)


def test_h1_below_the_base_the_base_is_the_reason() -> None:
    assert judge(0.29, Category.AUDIO, BASE, {}) == Refuse(Reason.BASE, 0.29, 0.3)


def test_h1_below_the_floor_nothing_is_kept_whatever_the_settings_say() -> None:
    assert judge(0.24, Category.AUDIO, 0.0, {}) == Refuse(Reason.FLOOR, 0.24, FLOOR)
    assert judge(0.25, Category.AUDIO, 0.0, {}) == Keep(0.25, FLOOR)


@pytest.mark.parametrize(("base", "raised"), [(0.0, 0.4), (0.3, 0.4), (0.35, 0.45), (0.6, 0.7)])
def test_h1_five_deletions_raise_the_category(base: float, raised: float) -> None:
    assert threshold(base, DELETIONS - 1) == max(base, FLOOR)
    assert threshold(base, DELETIONS) == raised
    assert threshold(base, DELETIONS + 1) == raised


def test_h1_only_the_category_of_the_deletions_is_raised() -> None:
    deletions = {Category.AUDIO: 5, Category.COLOR: 4}
    assert judge(0.35, Category.AUDIO, BASE, deletions) == Refuse(Reason.DELETIONS, 0.35, 0.4)
    assert judge(0.35, Category.COLOR, BASE, deletions) == Keep(0.35, 0.3)
    assert judge(0.29, Category.AUDIO, BASE, deletions) == Refuse(Reason.BASE, 0.29, 0.4)


def test_a_confidence_that_is_no_number_is_refused() -> None:
    assert isinstance(judge(float("nan"), Category.AUDIO, BASE, {}), Refuse)


@given(shares, st.sampled_from(Category), shares, counts)
def test_more_confidence_never_loses_a_note_and_more_deletions_never_keep_one(
    confidence: float, category: Category, base: float, deletions: dict[Category, int]
) -> None:
    kept = isinstance(judge(confidence, category, base, deletions), Keep)
    more = {**deletions, category: deletions.get(category, 0) + 1}
    assert not kept or isinstance(judge(1.0, category, base, deletions), Keep)
    assert kept or not isinstance(judge(confidence, category, base, more), Keep)
    assert not kept or confidence >= FLOOR
