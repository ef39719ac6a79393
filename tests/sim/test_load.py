"""A load is an open loop: a server that stalls shows in its figures, however few answers it gives meanwhile."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from attrs import define, field
from rich.console import Console

from lossy.sim.load.figures import Figures
from lossy.sim.load.run import Asked, report
from lossy.sim.load.schedule import Load, TooFast, TooSlow, run_open_loop

if TYPE_CHECKING:
    from pathlib import Path

    from trio.testing import MockClock

ANSWER_S = 0.1
PATIENCE_S = 30.0


@define(eq=False)
class Server:
    """It answers one remark at a time, and none while it stalls."""

    stalls_at: float = float("inf")
    stalls_s: float = 0.0
    busy: trio.Lock = field(factory=trio.Lock)

    async def answer(self) -> None:
        async with self.busy:
            now = trio.current_time()
            if now >= self.stalls_at:
                self.stalls_at = float("inf")
                await trio.sleep(self.stalls_s)
            await trio.sleep(ANSWER_S)


@define(eq=False)
class Speaker:
    server: Server
    lead_s: float = 2.0
    refused: str | None = None
    dues: list[float] = field(factory=list)

    async def remark(self, due: float) -> str | None:
        self.dues.append(due)
        await trio.sleep_until(due)
        await self.server.answer()
        return self.refused


async def play(load: Load, server: Server, refused: str | None = None) -> tuple[Figures, list[Speaker]]:
    figures, speakers = Figures(), [Speaker(server, refused=refused) for _ in range(load.sessions)]
    await run_open_loop(load, speakers, figures, PATIENCE_S)
    return figures, speakers


async def test_remarks_are_due_in_turns_whatever_the_server_does(autojump_clock: MockClock) -> None:
    _, (first, second) = await play(Load(2, 0.5, 12), Server(stalls_at=3, stalls_s=9))
    assert first.dues == [2, 6, 10]
    assert second.dues == [4, 8, 12]


async def test_a_server_that_keeps_up(autojump_clock: MockClock) -> None:
    figures, _ = await play(Load(40, 4, 100), Server())
    assert figures.notes == 400
    assert figures.in_ms(figures.waits) == pytest.approx(
        dict.fromkeys(("p50", "p95", "p99", "p99.9", "max"), 100), 0.01
    )


async def test_a_stall_counts_for_all_who_were_to_be_heard_in_it(autojump_clock: MockClock) -> None:
    """Ten seconds of a hundred: 40 remarks are due in them, and 26 more before the queue is empty. A closed loop has
    one that is slow.
    """
    figures, _ = await play(Load(40, 4, 100), Server(stalls_at=20, stalls_s=10))
    waits = figures.in_ms(figures.waits)
    assert figures.notes == 400
    assert waits["p50"] == pytest.approx(100, 0.01)
    assert waits["p95"] == pytest.approx(7_100, 0.05)
    assert waits["p99"] == pytest.approx(9_500, 0.05)
    assert waits["max"] == pytest.approx(10_100, 0.01)


async def test_what_never_has_an_outcome_counts_for_as_long_as_it_was_waited_for(autojump_clock: MockClock) -> None:
    figures, _ = await play(Load(40, 4, 10), Server(stalls_at=2, stalls_s=1_000))
    assert trio.current_time() == 2 + 10 + PATIENCE_S
    assert (figures.notes, dict(figures.failed)) == (0, {"no outcome": 40})
    waits = figures.in_ms(figures.waits)
    assert waits["max"] == pytest.approx(40_000, 0.01)
    assert waits["p50"] == pytest.approx(35_000, 0.01)


async def test_what_is_refused_is_told_apart(autojump_clock: MockClock) -> None:
    figures, _ = await play(Load(4, 1, 8), Server(), refused="low_confidence")
    assert figures.as_json()["failed"] == {"low_confidence": 8}
    assert figures.as_json()["notes"] == 0
    assert figures.as_json()["remarks"] == 8


def test_nobody_says_more_than_they_can() -> None:
    Load(30, 10, 60)
    with pytest.raises(TooFast, match=r"10 remarks a second of 29 sessions are one of each in 2\.9 s"):
        Load(29, 10, 60)


async def test_the_picture_of_a_load(autojump_clock: MockClock, tmp_path: Path) -> None:
    from lossy.sim.load.picture import draw

    load = Load(40, 4, 100)
    figures, _ = await play(load, Server(stalls_at=20, stalls_s=10))
    draw(load, figures, tmp_path / "load.png")
    assert (tmp_path / "load.png").read_bytes().startswith(b"\x89PNG")


async def test_a_promise_that_is_not_kept_fails(autojump_clock: MockClock) -> None:
    load = Load(40, 4, 100)
    figures, _ = await play(load, Server())
    asked = Asked(load, None, None, 110, None, None)
    report(asked, figures, Console(file=io.StringIO()))
    with pytest.raises(TooSlow, match=r"within 10\d\.?\d* ms, not within 90 ms"):
        report(attrs.evolve(asked, within_ms=90), figures, Console(file=io.StringIO()))


async def test_a_remark_without_a_note_fails_whatever_was_promised(autojump_clock: MockClock) -> None:
    load = Load(4, 1, 8)
    figures, _ = await play(load, Server(), refused="low_confidence")
    printed = Console(file=io.StringIO())
    with pytest.raises(TooSlow, match="8 remarks are without a note"):
        report(Asked(load, None, None, None, None, None), figures, printed)


async def test_figures_are_json(autojump_clock: MockClock) -> None:
    figures, _ = await play(Load(4, 1, 8), Server())
    figures.sent(trio.current_time() - 0.02)
    found = json.loads(json.dumps(figures.as_json()))
    assert found["client_late_ms"]["p50"] == pytest.approx(20, 0.01)
