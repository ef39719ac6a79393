"""`lossy sim run STORY --url …`: a story on a server that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import trio
from attrs import frozen

from lossy.app import sign_in_url_beside
from lossy.sim.account import Account
from lossy.sim.live.people import Door
from lossy.sim.live.stage import NOT_LIVE, LiveStage
from lossy.sim.script.length import length_ms
from lossy.sim.script.pace import Pace
from lossy.sim.script.play import Player, Unmet, check_notes
from lossy.sim.script.reading import load_story, write_step
from lossy.sim.script.story import StoryError, walk

if TYPE_CHECKING:
    from rich.console import Console

    from lossy.settings import Settings
    from lossy.sim.script.steps import Step
    from lossy.sim.script.story import Story

# For the last change of a note to reach those who look at it.
TOLD_S = 10.0


@frozen
class Live:
    """What to play and where. `link` signs an admin in; without one it is made beside a server of this machine.

    With `skip` what cannot be done on a server that is there is left out, and otherwise nothing is begun.
    """

    story: Path
    url: str | None
    link: str | None
    speed: float
    skip: bool


async def open_door(url: str | None, link: str | None, settings: Settings) -> Door:
    """Raises NotRunning, SignInFailed, Unreachable."""
    address = (url or settings.server.url).rstrip("/")
    admin = Account(address)
    await admin.sign_in(link or await sign_in_url_beside(settings, address))
    return Door(admin, uuid4().hex[:8])


async def play_live(live: Live, console: Console, settings: Settings) -> None:
    """Raises StoryError, Unmet, and what `open_door`, `LiveStage.open` and a deed raise."""
    story = load_story(live.story)
    if not live.skip:
        _check(story)
    door = await open_door(live.url, live.link, settings)
    await play_at(story, door, live.speed, console)


def _check(story: Story) -> None:
    beyond = [path for path, step in walk(story.steps) if isinstance(step, NOT_LIVE)]
    faults = [f"this cannot be done on a server that is there @ {path}" for path in beyond]
    if faults:
        raise StoryError(*faults, "--skip leaves such steps out")


async def play_at(story: Story, door: Door, speed: float, console: Console) -> None:
    """Prints each step when it is done, with the time since the beginning."""
    began = trio.current_time()

    def tell(path: str, step: Step) -> None:
        at = trio.current_time() - began
        console.print(f"{at:7.2f} s  {write_step(step)}", markup=False, soft_wrap=True)

    def left_out(step: Step) -> None:
        console.print(f"left out   {write_step(step)}", style="yellow", markup=False, soft_wrap=True)

    pace = Pace.of(length_ms(story.steps) / 1_000, speed)
    async with LiveStage.open(story, door, pace, left_out) as stage:
        began = trio.current_time()
        await Player(story, stage, tell).play()
        await stage.heal()
        await check_in_the_end(stage, story)
    console.print("It went as the story says.", style="green")


async def check_in_the_end(stage: LiveStage, story: Story) -> None:
    """Raises Unmet where the notes are not those of the story within TOLD_S."""
    deadline = trio.current_time() + TOLD_S
    while True:
        try:
            for video, kept in (story.notes or {}).items():
                check_notes(stage, video, kept)
        except Unmet:
            with trio.move_on_at(deadline) as patience:
                await stage.change()
            if patience.cancelled_caught:
                raise
        else:
            return
