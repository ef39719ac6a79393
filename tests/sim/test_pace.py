"""A story that is played compressed: its time is in the past, and catches up while its people take their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from lossy.sim.script.length import length_ms
from lossy.sim.script.pace import Pace
from lossy.sim.script.reading import read_story

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_at_its_own_speed_a_story_is_in_the_present(autojump_clock: MockClock) -> None:
    pace = Pace()
    await pace.sleep(7)
    assert (trio.current_time(), pace.now(), pace.behind_s) == (7, 7, 0)


async def test_what_people_take_is_shorter_and_what_a_server_takes_is_not(autojump_clock: MockClock) -> None:
    pace = Pace.of(100, 10)
    assert pace.behind_s == 90
    await pace.sleep(50)
    assert (trio.current_time(), pace.behind_s) == (5, 45)
    await trio.sleep(2)  # somebody waits for the server
    assert (trio.current_time(), pace.behind_s) == (7, 45)
    await pace.sleep(50)
    assert (trio.current_time(), pace.behind_s) == (12, 0)


async def test_time_goes_once_however_many_take_theirs(autojump_clock: MockClock) -> None:
    pace = Pace.of(40, 10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pace.sleep, 20)
        await trio.sleep(1)
        nursery.start_soon(pace.sleep, 20)
        nursery.start_soon(pace.sleep, 30)
    assert (trio.current_time(), pace.behind_s) == (4, 0)


async def test_what_takes_longer_than_was_planned_goes_on_in_the_present(autojump_clock: MockClock) -> None:
    pace = Pace.of(20, 10)
    await pace.sleep(20)
    await pace.sleep(20)
    assert (trio.current_time(), pace.now()) == (22, 22)


async def test_catching_up_leaves_nothing_in_the_past(autojump_clock: MockClock) -> None:
    pace = Pace.of(100, 10)
    pace.catch_up()
    await pace.sleep(3)
    assert (trio.current_time(), pace.now()) == (3, 3)


@pytest.mark.parametrize(
    ("steps", "ms"),
    [
        ("[{open: first}, {press: start}]", 0),
        ("[{wait: 2 s}, {speak: {lasts: 1 s, heard_after: 500 ms}}, {say: {command: undo, lasts: 1 s}}]", 4_800),
        ("[{repeat: {times: 3, steps: [{wait: 2 s}]}}, {sleep: {device: laptop, lasts: 1 s}}]", 7_000),
        ("[{together: {steps: [{wait: 2 s}, {wait: 5 s}]}}, {expect: {notes: 0, within: 1 min}}]", 5_000),
    ],
)
def test_how_long_a_story_is(steps: str, ms: int) -> None:
    assert length_ms(read_story(f"name: a story\nsteps: {steps}\n").steps) == ms
