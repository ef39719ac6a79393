"""`lossy sim load`: many who speak at once, on a server that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import trio
from attrs import asdict, define, field, frozen
from rich.progress import Progress
from rich.table import Table

from lossy.clock import Clock
from lossy.sim.live.people import Door, Person
from lossy.sim.live.run import open_door
from lossy.sim.load.figures import Figures
from lossy.sim.load.schedule import Load, TooSlow, run_open_loop
from lossy.sim.load.speaker import LoadSpeaker
from lossy.sim.reviewer import Reviewer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from lossy.settings import Settings

# Whose accounts are made at the same time: as many passwords as a server hashes at once; and who join meanwhile.
HASHED = 2
JOINING = 16
# After the last remark, for what is still on its way.
PATIENCE_S = 30.0


@frozen
class Asked:
    """`within_ms` is what the 95th percentile may be; `json` and `png` are written where they are named."""

    load: Load
    url: str | None
    link: str | None
    within_ms: float | None
    json: Path | None
    png: Path | None


async def measure(asked: Asked, console: Console, settings: Settings) -> None:
    """Raises TooSlow, and what `open_door` and `Door.let_in` raise."""
    load = asked.load
    door = await open_door(asked.url, asked.link, settings)
    figures = Figures()
    async with trio.open_nursery() as nursery:
        crowd = Crowd(door, figures, nursery)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("they come in", total=load.sessions)
            speakers = await crowd.let_in(load.sessions, lambda: progress.advance(task))
        with console.status(f"{load.rate:g} remarks a second for {load.seconds:g} s"):
            await run_open_loop(load, speakers, figures, PATIENCE_S)
        nursery.cancel_scope.cancel()
    report(asked, figures, console)


@define(eq=False)
class Crowd:
    """The clients of a load; `nursery` runs them."""

    door: Door
    figures: Figures
    nursery: trio.Nursery
    clock: Clock = field(factory=Clock, init=False)

    async def let_in(self, count: int, told: Callable[[], None]) -> list[LoadSpeaker]:
        """All with their microphones on. Raises NotAdmin, Refused, SignInFailed, Unreachable."""
        speakers: dict[int, LoadSpeaker] = {}
        hashed, joining = trio.CapacityLimiter(HASHED), trio.CapacityLimiter(JOINING)

        async def let_in(number: int) -> None:
            async with joining:
                async with hashed:
                    person = await self.door.let_in(f"speaker-{number}")
                speakers[number] = await self._start(number, person)
            told()

        async with trio.open_nursery() as nursery:
            for number in range(count):
                nursery.start_soon(let_in, number)
        return [speakers[number] for number in range(count)]

    async def _start(self, number: int, person: Person) -> LoadSpeaker:
        video = {"url": f"https://example.com/{person.id}.mp4", "title": "load", "rate": "25"}
        reviewer = Reviewer(person.account, uuid4(), uuid4(), video, self.clock.now_ms)
        speaker = LoadSpeaker(number, reviewer, self.clock.now_ms, self.figures.sent)
        self.nursery.start_soon(reviewer.run)
        self.nursery.start_soon(speaker.listen)
        await speaker.start()
        return speaker


def report(asked: Asked, figures: Figures, console: Console) -> None:
    """Raises TooSlow."""
    found = {**asdict(asked.load), **figures.as_json()}
    console.print(_table(figures))
    console.print(f"{found['remarks']} remarks, {figures.notes} notes", highlight=False)
    for reason, count in figures.failed.most_common():
        console.print(f"{count} without a note: {reason}", style="red", markup=False, highlight=False)
    if asked.json is not None:
        asked.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if asked.png is not None:
        from lossy.sim.load.picture import draw

        draw(asked.load, figures, asked.png)
    if figures.failed:
        raise TooSlow(f"{figures.failed.total()} remarks are without a note")
    p95 = found["wait_ms"]["p95"]
    if asked.within_ms is not None and p95 > asked.within_ms:
        raise TooSlow(f"19 of 20 notes are there within {p95:g} ms, not within {asked.within_ms:g} ms")


def _table(figures: Figures) -> Table:
    waits, late = figures.in_ms(figures.waits), figures.in_ms(figures.late)
    table = Table("ms", *waits, box=None)
    table.add_row("from the end of speech to the note", *(f"{ms:.1f}" for ms in waits.values()))
    table.add_row("of it before this client had sent it", *(f"{ms:.1f}" for ms in late.values()), style="dim")
    return table
