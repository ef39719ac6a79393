"""The sessions whose memory is measured are what they are said to be, and an idle one takes what it may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lossy.sessions.links import link_of
from lossy.sessions.restore import VOICE
from tools.bench.crowd import Crowd, ids_of, open_crowd
from tools.bench.sessions import PUSHES, WANTED_KB, as_json

ROOT = Path(__file__).parents[2]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from lossy.charts.model import State


@pytest.fixture
async def crowd(mock_clock: MockClock) -> AsyncIterator[Crowd]:
    async with open_crowd(mock_clock) as crowd:
        yield crowd


def link(crowd: Crowd, number: int) -> State:
    return crowd.session(number).states[link_of(ids_of(number)[3])]


async def test_a_visited_session_is_live_and_nobody_is_waited_for(crowd: Crowd, mock_clock: MockClock) -> None:
    await crowd.visit(range(2))
    for number in range(2):
        session = crowd.session(number)
        assert "expired" in link(crowd, number).active
        assert not session.audience.is_watched
        assert session.status()["active"] == ["idle", "disconnected"]
        assert session.states[VOICE].data["owner"] is None, "its tab's grace is over too"


async def test_a_connected_session_has_its_client_and_its_pushes(crowd: Crowd, mock_clock: MockClock) -> None:
    await crowd.join(range(2))
    await crowd.click(range(2), PUSHES)
    for number in range(2):
        outbound = crowd.session(number).audience.outbound
        assert "connected" in link(crowd, number).active
        assert outbound.held == PUSHES


async def test_a_channel_lets_go_of_what_its_join_was_answered(crowd: Crowd, mock_clock: MockClock) -> None:
    await crowd.join([1])
    ((_, channel),) = crowd.session(1).audience._seats.values()
    assert channel._picture == {}  # type: ignore[attr-defined]


# What is asked for, object by object: what the allocator adds is the benchmark's to find.
IDLE = """
import gc, tracemalloc, trio
from trio.testing import MockClock
from tools.bench.crowd import open_crowd

async def main():
    async with open_crowd(clock) as crowd:
        await crowd.visit(range(150))  # what all of them share is there by then, such as compiled steps
        tracemalloc.start()
        await crowd.visit(range(150, 450))
        gc.collect()
        print(tracemalloc.get_traced_memory()[0] / 300 / 1_000)

clock = MockClock()
trio.run(main, clock=clock)
"""
GROWN = """
import trio
from tools.bench.sessions import grown

made = []

async def build(numbers):
    made.extend(bytes([1]) * 1_000_000 for _ in numbers)

async def main():
    print(await grown(build, 50, warm_up=5))

trio.run(main)
"""


def measured_kb(program: str) -> float:
    """What a process of its own prints: one that others have used has memory of theirs to give again."""
    return float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=ROOT).stdout)


def test_an_idle_session_takes_no_more_memory_than_promised() -> None:
    assert 0 < measured_kb(IDLE) <= WANTED_KB


def test_only_what_comes_after_the_first_ones_counts() -> None:
    assert 950 < measured_kb(GROWN) < 1_050


def test_the_figures_have_the_names_that_others_look_for() -> None:
    figures = dict.fromkeys(("idle", "connected", "websocket", "state", "library", "task"), 1.234)
    written = as_json(figures, 1_000, 100)
    assert '"kb_per_idle_session": 1.23' in written
    assert '"kb_per_connected_session": 1.23' in written
