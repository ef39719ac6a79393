"""The rule of the lock-out: how long to wait, whoever tries and however."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.lockout import ACCOUNT, ADDRESS, Failures, Rule, failed, wait_ms

BOTH = pytest.mark.parametrize("rule", [ACCOUNT, ADDRESS])
NOW = 1_767_225_600_000
PAUSES = st.lists(st.integers(0, 50_000), max_size=60)  # together less than what is forgotten


def tried(rule: Rule, times: int, at: int = NOW) -> Failures:
    failures = Failures()
    for _ in range(times):
        failures = failed(rule, failures, at)
    return failures


def test_the_wait_doubles_from_the_first_that_costs_to_the_longest() -> None:
    waits = [wait_ms(ACCOUNT, tried(ACCOUNT, n), NOW) // 1_000 for n in range(14)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


@BOTH
def test_after_an_hour_without_a_failure_there_was_none(rule: Rule) -> None:
    many = tried(rule, 50)
    assert wait_ms(rule, many, NOW) == rule.longest_ms
    assert failed(rule, many, NOW + rule.forget_ms) == Failures(1, NOW + rule.forget_ms)


@BOTH
@given(times=st.integers(0, 10_000), later=st.integers(-(10**9), 10**9))
def test_no_wait_is_for_ever(rule: Rule, times: int, later: int) -> None:
    """Whatever happened before, and whichever way the clock was set since."""
    assert 0 <= wait_ms(rule, Failures(times, NOW), NOW + later) <= rule.longest_ms
    assert wait_ms(rule, Failures(times, NOW), NOW + rule.longest_ms) == 0


@BOTH
@given(times=st.integers(0, 100), sooner=st.integers(0, 10**6), longer=st.integers(0, 10**6))
def test_a_wait_shrinks_as_time_passes_and_grows_with_failures(
    rule: Rule, times: int, sooner: int, longer: int
) -> None:
    here = wait_ms(rule, Failures(times, NOW), NOW + sooner)
    assert wait_ms(rule, Failures(times, NOW), NOW + sooner + longer) <= max(0, here - longer)
    assert wait_ms(rule, Failures(times + 1, NOW), NOW + sooner) >= here


@BOTH
@given(pauses=PAUSES)
def test_whoever_hammers_gets_no_more_tries_than_whoever_waits(rule: Rule, pauses: list[int]) -> None:
    """Tries during a wait are refused and do not count: between two that are read lies the wait."""
    now, failures, read = NOW, Failures(), []
    for pause in pauses:
        now += pause
        wait = wait_ms(rule, failures, now)
        if wait == 0:
            read.append(now)
            failures = failed(rule, failures, now)
    costing = read[max(0, rule.free - 1) :]
    assert all(later - sooner >= rule.first_ms for sooner, later in pairwise(costing))


def test_a_day_of_guessing_is_some_hundreds_of_guesses_an_address() -> None:
    now, failures, guesses = NOW, Failures(), 0
    while now < NOW + 24 * 3_600_000:
        now += wait_ms(ADDRESS, failures, now)
        failures, guesses = failed(ADDRESS, failures, now), guesses + 1
    assert guesses < 150
