"""What fails three times in a row is let alone: for half a minute, then twice as long each time, up to five minutes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import trio
from structlog.testing import capture_logs

from lossy.clock import Clock
from lossy.inference.breaker import Away, Breaker, Failed

if TYPE_CHECKING:
    from trio.testing import MockClock


def try_once(breaker: Breaker, failure: Failed | None = None) -> str:
    """What comes of a try that is admitted, and whether it is: "away" without one."""
    try:
        with breaker.attempt():
            if failure is not None:
                raise failure
    except Away as away:
        return f"away: {away}"
    except Failed:
        return "failed"
    return "ok"


def fail(breaker: Breaker, times: int = 1) -> list[str]:
    return [try_once(breaker, Failed("silence")) for _ in range(times)]


async def open_breaker() -> Breaker:
    breaker = Breaker("the model", Clock())
    fail(breaker, 3)
    return breaker


async def test_the_third_failure_in_a_row_is_told_as_its_being_away(autojump_clock: MockClock) -> None:
    breaker = Breaker("the model", Clock())
    assert fail(breaker, 4) == ["failed", "failed", "away: silence", "away: away"]


async def test_a_success_between_counts_anew(autojump_clock: MockClock) -> None:
    breaker = Breaker("the model", Clock())
    fail(breaker, 2)
    assert try_once(breaker) == "ok"
    assert fail(breaker, 3) == ["failed", "failed", "away: silence"]


async def test_each_probe_that_fails_doubles_the_wait(autojump_clock: MockClock) -> None:
    breaker = await open_breaker()
    for away_s in (30, 60, 120, 240, 300, 300):
        await trio.sleep(away_s - 0.001)
        assert try_once(breaker) == "away: away"
        await trio.sleep(0.001)
        assert fail(breaker) == ["away: silence"]


async def test_a_probe_that_succeeds_ends_it_and_the_next_wait_is_short_again(autojump_clock: MockClock) -> None:
    breaker = await open_breaker()
    await trio.sleep(30)
    fail(breaker)
    await trio.sleep(60)
    assert try_once(breaker) == "ok"
    fail(breaker, 3)
    await trio.sleep(30)
    assert try_once(breaker) == "ok"


async def test_one_probe_at_a_time(autojump_clock: MockClock) -> None:
    breaker = await open_breaker()
    await trio.sleep(30)
    with breaker.attempt():
        assert try_once(breaker) == "away: away"
    assert try_once(breaker) == "ok"


async def test_a_probe_that_is_given_up_counts_as_nothing(autojump_clock: MockClock) -> None:
    breaker = await open_breaker()
    await trio.sleep(30)
    with pytest.raises(KeyError), breaker.attempt():
        raise KeyError
    assert try_once(breaker) == "ok"


async def test_what_was_on_its_way_when_it_went_does_not_make_it_worse(autojump_clock: MockClock) -> None:
    breaker = Breaker("the model", Clock())
    slow = ExitStack()
    slow.enter_context(breaker.attempt())
    fail(breaker, 3)
    with pytest.raises(Away), slow:
        raise Failed("silence")
    await trio.sleep(30)
    assert try_once(breaker) == "ok"


@pytest.mark.parametrize(("asked_ms", "away_s"), [(7_000, 7), (0, 0), (3_600_000, 300)])
async def test_who_asks_to_be_let_alone_is_for_that_long(
    asked_ms: int, away_s: float, autojump_clock: MockClock
) -> None:
    """At the first failure already; for five minutes at most."""
    breaker = Breaker("the model", Clock())
    assert try_once(breaker, Failed("status_429", asked_ms)) == "away: status_429"
    if away_s:
        await trio.sleep(away_s - 0.001)
        assert try_once(breaker) == "away: away"
        await trio.sleep(0.001)
    assert try_once(breaker) == "ok"


async def test_going_and_coming_back_are_logged_once(autojump_clock: MockClock) -> None:
    with capture_logs() as logs:
        breaker = await open_breaker()
        fail(breaker, 5)
        await trio.sleep(30)
        try_once(breaker)
        try_once(breaker)
    assert [log["event"] for log in logs] == ["the model is away", "the model is back"]
    assert (logs[0]["reason"], logs[0]["for_s"]) == ("silence", 30)
