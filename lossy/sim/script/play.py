"""Plays a story on a stage: each step in its turn, and after the last one what is to be there in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import trio
from attrs import frozen

from lossy.domain.timecode import Rate, frame_at
from lossy.sim.client import Refused
from lossy.sim.script.reading import write_step
from lossy.sim.script.stage import CannotPerform, Stage
from lossy.sim.script.steps import Deed, Expect, Open, Repeat, Step, Together, Wait, name_of
from lossy.sim.script.story import Kept, Story, walk


class Unmet(Exception):
    """Something that a story expects is not so; the message says what was, and at which step."""


Stepped = Callable[[str, Step], None]


def _unheard(path: str, step: Step) -> None:
    return


@frozen
class Player:
    """`stepped` is called after each step, with its path; what it raises ends the story.

    A `lenient` one goes on after what could not be done, and expects nothing.
    """

    story: Story
    stage: Stage
    stepped: Stepped = _unheard
    lenient: bool = False
    left_out: Callable[[Step, Exception], None] = lambda step, why: None

    async def play(self) -> None:
        """The steps alone: it is the caller's to heal the stage, and then to `check_notes`.

        Raises Unmet, and what the stage raises.
        """
        for i, step in enumerate(self.story.steps):
            await self._play(f"$.steps[{i}]", step)

    async def _play(self, path: str, step: Step) -> None:
        here = f"{path}.{name_of(type(step))}"
        match step:
            case Wait(lasts):
                await self.stage.pace.sleep(lasts / 1_000)
            case Expect() if self.lenient:
                pass
            case Expect():
                await self._expect(here, step)
            case Together(steps):
                async with trio.open_nursery() as nursery:
                    for i, each in enumerate(steps):
                        nursery.start_soon(self._play, f"{here}.steps[{i}]", each)
            case Repeat(times, steps):
                for _ in range(times):
                    for i, each in enumerate(steps):
                        await self._play(f"{here}.steps[{i}]", each)
            case _:
                await self._perform(step)
        self.stepped(here, step)

    async def _perform(self, deed: Deed) -> None:
        try:
            await self.stage.perform(deed)
            if isinstance(deed, Open) and asks_for_notes(self.story):
                await self.stage.look()
        except (CannotPerform, Refused) as error:
            if not self.lenient:
                raise
            self.left_out(deed, error)

    async def _expect(self, path: str, expect: Expect) -> None:
        since = self.stage.now_ms()
        tab = self.stage.tab(expect.tab) if expect.state or expect.told else None
        met, found = False, ""
        with trio.move_on_after(expect.within / 1_000):
            while not met:
                met, found = _look(self.story, self.stage, expect, tab, since)
                if not met:
                    await self.stage.change()
        met, found = (True, found) if met else _look(self.story, self.stage, expect, tab, since)
        if met is expect.absent:
            raise Unmet(f"{write_step(expect)}: {'it came' if expect.absent else found} @ {path}")


def asks_for_notes(story: Story) -> bool:
    """Whether it expects anything of notes on its way, so that somebody has to look at them from the beginning."""
    expected = (step for _, step in walk(story.steps) if isinstance(step, Expect))
    return any(expect.note is not None or expect.notes is not None for expect in expected)


def _look(story: Story, stage: Stage, expect: Expect, tab: str | None, since: int) -> tuple[bool, str]:
    """Whether it is so now, and what is."""
    if expect.remark is not None:
        outcome = stage.outcome(expect.remark)
        fits = became(outcome) == expect.becomes and expect.because in (None, (outcome or {}).get("refused"))
        return fits, f"it became {became(outcome) or 'nothing yet'}, {dict(outcome or {})}"
    if expect.note is not None:
        note = stage.note(expect.note)
        wanted = Kept(expect.note, expect.text, expect.status, expect.category, expect.at)
        return note is not None and not differs(note, wanted), f"it is {_in_short(note)}"
    if expect.notes is not None:
        notes = stage.notes(expect.video or next(iter(story.videos)))
        return len(notes) == expect.notes, f"there are {len(notes)}"
    assert tab is not None, "a story is checked when it is read"
    if expect.state is not None:
        states = stage.states(tab)
        return expect.state in states, f"it is {' '.join(states)}"
    told = [each.event for each in stage.told(tab) if each.at_ms >= since]
    return expect.told in told, f"it was told {', '.join(told) or 'nothing'}"


def became(outcome: Mapping[str, Any] | None) -> str | None:
    match outcome:
        case {"amended": True}:
            return "amended"
        case {"command": _}:
            return "command"
        case {"refused": _}:
            return "refused"
        case {"note_id": _}:
            return "note"
    return None


def check_notes(stage: Stage, video: str, kept: tuple[Kept, ...]) -> None:
    """Raises Unmet unless these are the notes of the video, one for one."""
    there = {note["id"]: note for note in stage.notes(video)}
    for i, wanted in enumerate(kept):
        note = stage.note(wanted.said)
        if note is None or there.pop(note["id"], None) is None:
            raise Unmet(f"there is no note of {wanted.said!r} in the end @ $.notes.{video}[{i}]")
        if wrong := differs(note, wanted):
            raise Unmet(f"the note of {wanted.said!r} has {wrong}: {_in_short(note)} @ $.notes.{video}[{i}]")
    if there:
        more = ", ".join(_in_short(note) for note in there.values())
        raise Unmet(f"there is more than that in the end: {more} @ $.notes.{video}")


def differs(note: Mapping[str, Any], wanted: Kept) -> str:
    """What is different, in a word; nothing where it is as wanted."""
    if wanted.at is not None and note.get("frame_in") != frame_at(wanted.at, Rate(**note["rate"])):
        return "another frame"
    for name in ("text", "status", "category"):
        if getattr(wanted, name) not in (None, note.get(name)):
            return f"another {name}"
    return ""


def _in_short(note: Mapping[str, Any] | None) -> str:
    if note is None or note["status"] == "deleted":
        return "not there" if note is None else "deleted"
    return f"{note['text']!r} ({note['category']}, {note['status']}, frame {note['frame_in']})"
