"""What was seen: PostgreSQL's snapshots as clients give them back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.seen import RUNNING, NotSeen, Seen, read_seen, seen_by

LARGEST = 2**63 - 1


@st.composite
def snapshots(draw: st.DrawFn) -> Seen:
    least = draw(st.integers(1, LARGEST - 200))
    running = sorted(draw(st.sets(st.integers(least, least + 150), max_size=RUNNING)))
    return Seen(least, max([least, *[n + 1 for n in running]]) + draw(st.integers(0, 5)), tuple(running))


@given(snapshots())
def test_it_comes_back_as_it_was_told(seen: Seen) -> None:
    assert read_seen(str(seen)) == seen == seen_by(str(seen))
    assert len(str(seen)) <= 2_200


def test_a_transaction_was_seen_when_it_was_over() -> None:
    seen = read_seen("10:20:10,14")
    assert {number for number in range(1, 30) if seen.has(number)} == {*range(1, 20)} - {10, 14}


@pytest.mark.parametrize(
    "text",
    [
        "", "5", "5:6", "0:0:", "6:5:", "5:6:7", "5:9:6,6", "5:9:7,6", "5:9:4", "5:6:,", "5:6: ", "-1:5:", "05:6:",
        "5:6:5,", f"5:{2**63}:", "5:6:x", "\u0665:\u0666:", f"1:999:{','.join(map(str, range(2, RUNNING + 3)))}",
    ],
)  # fmt: skip
def test_what_no_server_has_said_is_refused(text: str) -> None:
    with pytest.raises(NotSeen):
        read_seen(text)


def test_of_more_that_run_at_once_it_says_a_little_less() -> None:
    many = tuple(range(10, 10 + 2 * (RUNNING + 1), 2))
    seen = seen_by(f"10:999:{','.join(map(str, many))}")
    assert seen == Seen(10, 10)
    assert seen_by(f"10:999:{','.join(map(str, many[:-1]))}").running == many[:-1]
