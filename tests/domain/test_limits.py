"""How often something may be done, against a count of what was done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.limits import MINUTE_MS, Limit, spend

limits = st.builds(Limit, st.integers(1, 6_000), st.integers(1, 50))


def done(limit: Limit, times: list[int], scale: float = 1.0) -> list[int]:
    """Those of the times at which it was allowed."""
    due, allowed = 0.0, []
    for now in times:
        due, wait = spend(due, limit, now, scale)
        if wait == 0:
            allowed.append(now)
    return allowed


@given(limit=limits, gaps=st.lists(st.integers(0, 5_000), max_size=200))
def test_never_more_than_the_burst_and_the_rate_in_any_stretch(limit: Limit, gaps: list[int]) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    allowed = done(limit, times)
    for first, began in enumerate(allowed):
        for last in range(first, len(allowed)):
            most = limit.burst + (allowed[last] - began) * limit.per_minute / MINUTE_MS
            assert last - first + 1 <= most + 1e-6


@given(limit=limits, at=st.integers(0, 10**12))
def test_the_burst_is_there_at_once_and_one_more_is_not(limit: Limit, at: int) -> None:
    assert len(done(limit, [at] * (limit.burst + 1))) == limit.burst


@given(limit=limits, tries=st.integers(1, 100))
def test_after_the_wait_it_may_be_done_and_not_before(limit: Limit, tries: int) -> None:
    due, wait = 0.0, 0.0
    for _ in range(tries):
        due, wait = spend(due, limit, 1_000)
    if wait > 0:
        assert spend(due, limit, 1_000 + wait + 0.001)[1] == 0
        assert spend(due, limit, 1_000 + wait - 0.1)[1] > 0


def test_a_refusal_costs_nothing() -> None:
    limit = Limit(per_minute=60, burst=1)
    due, _ = spend(0, limit, 0)
    assert spend(due, limit, 400) == (due, 600)
    assert spend(due, limit, 900) == (due, 100)


def test_scaled_it_is_that_much_more_often() -> None:
    limit = Limit(per_minute=60, burst=2)
    assert len(done(limit, [0] * 100, scale=10)) == 20


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (1, 0), (-1, 1)])
def test_a_limit_that_allows_nothing_is_none(per_minute: int, burst: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        Limit(per_minute, burst)
