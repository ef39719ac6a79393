"""The calendar follows trio's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import trio

from lossy.clock import Clock, as_datetime, as_ms

if TYPE_CHECKING:
    from trio.testing import MockClock

NOON = 1_763_640_000_000


async def test_a_mock_clock_moves_the_calendar(mock_clock: MockClock) -> None:
    clock = Clock(NOON)
    assert clock.now_ms() == NOON
    mock_clock.jump(90.5)
    assert clock.now_ms() == NOON + 90_500


async def test_a_deadline_on_the_calendar_is_met_to_the_millisecond(autojump_clock: MockClock) -> None:
    await trio.sleep(12.345)
    clock = Clock(NOON)
    for at_ms in (NOON + 1, NOON + 1_000, NOON + 30 * 24 * 3_600_000 + 7):
        await trio.sleep_until(clock.trio_time(at_ms))
        assert clock.now_ms() == at_ms


async def test_an_instant_that_is_past_is_past_on_both_clocks(mock_clock: MockClock) -> None:
    mock_clock.jump(10)
    clock = Clock(NOON)
    assert clock.trio_time(NOON - 5_000) == 5.0


async def test_it_begins_at_the_time_of_the_machine() -> None:
    before = time.time_ns() // 1_000_000
    began = Clock().wall_ms
    assert before <= began <= time.time_ns() // 1_000_000


def test_outside_of_trio_there_is_no_clock() -> None:
    with pytest.raises(RuntimeError):
        Clock(NOON)


def test_milliseconds_and_datetimes_are_the_same_instants() -> None:
    assert as_datetime(NOON) == datetime(2025, 11, 20, 12, tzinfo=UTC)
    for at_ms in (0, NOON, NOON + 1, NOON + 999):
        assert as_ms(as_datetime(at_ms)) == at_ms
