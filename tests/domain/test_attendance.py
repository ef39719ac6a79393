"""Who was there and when, from joins and leaves."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.attendance import BREAK_MS, Mark, Stay, stays

MINUTE = 60_000


def came(at: int, device: str = "laptop") -> Mark:
    return Mark(at, device, True)


def went(at: int, device: str = "laptop") -> Mark:
    return Mark(at, device, False)


@pytest.mark.parametrize(
    ("marks", "ended_at", "expected"),
    [
        ([], None, []),
        ([came(0), went(5)], None, [Stay(0, 5)]),
        ([came(0)], None, [Stay(0, None)]),
        ([came(0)], 9, [Stay(0, 9)]),
        ([came(0), went(5), came(5 + BREAK_MS)], None, [Stay(0, None)]),
        (
            [came(0), went(5), came(6 + BREAK_MS), went(9 + BREAK_MS)],
            None,
            [Stay(0, 5), Stay(6 + BREAK_MS, 9 + BREAK_MS)],
        ),
        ([came(0), came(1, "phone"), went(5), went(7, "phone")], None, [Stay(0, 7)]),
        ([came(0), came(3), went(5)], None, [Stay(0, 5)]),
        ([went(0), came(1), went(2)], None, [Stay(1, 2)]),
    ],
)
def test_a_stay_is_from_the_first_device_to_the_last(
    marks: list[Mark], ended_at: int | None, expected: list[Stay]
) -> None:
    assert list(stays(marks, ended_at)) == expected


MARKS = st.lists(st.builds(Mark, st.integers(0, 10 * MINUTE), st.sampled_from("abc"), st.booleans()), max_size=20)


@given(MARKS.map(lambda marks: sorted(marks, key=lambda mark: mark.at)))
def test_stays_are_in_order_with_more_than_a_break_between(marks: list[Mark]) -> None:
    found = stays(marks, None)
    assert all(stay.until is None or stay.since <= stay.until for stay in found)
    for before, after in pairwise(found):
        assert before.until is not None
        assert after.since - before.until > BREAK_MS
