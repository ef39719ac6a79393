"""One seed is one run, byte by byte: in every process, whatever order its hashes have."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from functools import partial

import pytest
import trio

from lossy.sim.campaign.drawing import draw
from lossy.sim.campaign.library import library
from lossy.sim.virtual import scheduling
from lossy.sim.virtual.pipe import Ended, Pipe
from lossy.sim.virtual.run import run
from lossy.sim.virtual.scheduling import JumpingClock, UnknownTrio, jumping_clock, run_in_order

SEEDS = (3, 7, 26, 71)
PRINT = f"""
from lossy.sim.campaign.campaign import run_seed
for seed in {SEEDS}:
    print(seed, run_seed(seed).hash)
"""


def hashes(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-c", PRINT], env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_two_processes_give_one_trace() -> None:
    first = hashes("1")
    assert first == hashes("2")
    assert len(set(first.split()[1::2])) == len(SEEDS)


def test_two_runs_in_one_process_give_one_trace() -> None:
    plan = draw(SEEDS[0], [*library().values()])
    one, other = list[bytes](), list[bytes]()
    run(plan, one.append)
    run(plan, other.append)
    assert b"".join(one) == b"".join(other)
    assert len(one) > 20


def test_the_trace_goes_no_further_than_it_is_to() -> None:
    plan = draw(SEEDS[0], [])
    whole, begun = list[bytes](), list[bytes]()
    run(plan, whole.append)
    assert run(plan, begun.append, until=3).failure is None
    assert begun == whole[: len(begun)]
    assert len(begun) < len(whole)


def test_a_trio_that_was_not_looked_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "KNOWN", ("0.1.",))
    with pytest.raises(UnknownTrio):
        run_in_order(1, trio.sleep, 0)


def test_the_order_of_tasks_is_the_seeds() -> None:
    async def order() -> list[int]:
        there = list[int]()

        async def come(number: int) -> None:
            await trio.sleep(1)
            there.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(come, number)
        return there

    assert run_in_order(1, order) == run_in_order(1, order)
    assert run_in_order(1, order) != run_in_order(2, order)


def test_the_clock_jumps_only_when_nobody_can_do_anything() -> None:
    async def both() -> tuple[float, float]:
        began = trio.current_time()
        for _ in range(10):
            await trio.lowlevel.checkpoint()
        busy = trio.current_time() - began
        await trio.sleep(3_600)
        return busy, trio.current_time() - began

    assert trio.run(both, clock=JumpingClock()) == (0, 3_600)


def test_the_clock_calls_in_its_order_before_a_later_deadline() -> None:
    async def told() -> list[tuple[str, float]]:
        clock, order = jumping_clock(), list[tuple[str, float]]()

        def tell(name: str) -> None:
            order.append((name, clock.now))

        for name, at in (("late", 9.0), ("first", 2.0), ("second", 2.0)):
            clock.call_at(at, partial(tell, name))
        await trio.sleep(3)
        tell("slept")
        await trio.sleep(10)
        return order

    expected = [("first", 2.0), ("second", 2.0), ("slept", 3.0), ("late", 9.0)]
    assert run_in_order(1, told) == expected


def test_frames_wake_their_reader_when_they_arrive() -> None:
    async def read() -> list[tuple[str, float]]:
        pipe, came = Pipe[str](), list[tuple[str, float]]()

        async def take_all() -> None:
            with suppress(Ended):
                while True:
                    came.append((await pipe.get(), trio.current_time()))
            came.append(("end", trio.current_time()))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take_all)
            await trio.sleep(1)
            pipe.put("one", 3.0)
            pipe.put("two", 3.0)
            pipe.put("three", 5.0)
            await trio.sleep(3)
            pipe.end(None, 4.5, at_once=True)
        return came

    assert run_in_order(1, read) == [("one", 3.0), ("two", 3.0), ("end", 4.5)]


def test_the_end_of_a_pipe_comes_though_the_frame_before_it_was_taken_out() -> None:
    async def read() -> float:
        pipe = Pipe[str]()

        async def spoil() -> None:
            await trio.sleep(0.5)
            pipe.put("lost", 1.0)
            pipe.end(None, 2.0)
            pipe.frames.clear()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(spoil)
            with suppress(Ended):
                await pipe.get()
        return trio.current_time()

    assert run_in_order(1, read) == 2.0
