"""A story: who is in it, what happens, and what is there in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import evolve, field, fields_dict, frozen

from lossy.domain.timecode import Rate, TimecodeError
from lossy.sim.script.steps import Expect, Repeat, Say, Show, Speak, Step, Together, Write, name_of
from lossy.sim.script.units import Place

# A script that a person reads. A load test repeats one rather than writing it out.
MOST_STEPS = 500
MOST_TIMES = 10_000


class StoryError(ValueError):
    """The script is none; each argument says what is wrong, and at which path in it."""


@frozen
class Person:
    role: Literal["reviewer", "editor", "viewer"] = "reviewer"


@frozen
class Video:
    """`of` owns it; `shared` are those it is shared with, each in the role that person has."""

    of: str = "ann"
    url: str = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    rate: str = "25"
    shared: tuple[str, ...] = ()


@frozen
class Device:
    """`clock_ms` is how far its clock is ahead of the server's.

    A `hasty` one does not wait for the answer to a remark before it sends the words of the next, as ours do.
    """

    of: str = "ann"
    clock_ms: int = 0
    hasty: bool = False


@frozen
class Tab:
    on: str = "laptop"
    shows: str = "cut"


@frozen
class Kept:
    """A note that is there in the end. `said` is the remark it came of; what is left out may be anything."""

    said: str
    text: str | None = None
    status: str | None = None
    category: str | None = None
    at: Place | None = None


@frozen(kw_only=True)
class Story:
    """`notes` are all that there are in the end, by video and in the order of the film; None where it does not say."""

    name: str
    why: str = ""
    people: Mapping[str, Person] = field(factory=lambda: {"ann": Person()})
    videos: Mapping[str, Video] = field(factory=lambda: {"cut": Video()})
    devices: Mapping[str, Device] = field(factory=lambda: {"laptop": Device()})
    tabs: Mapping[str, Tab] = field(factory=lambda: {"first": Tab()})
    steps: tuple[Step, ...]
    notes: Mapping[str, tuple[Kept, ...]] | None = None

    def person_of(self, tab: str) -> str:
        return self.devices[self.tabs[tab].on].of


def walk(steps: tuple[Step, ...], path: str = "$.steps") -> Iterator[tuple[str, Step]]:
    """Every step with its path, those within others after these."""
    for i, step in enumerate(steps):
        here = f"{path}[{i}].{name_of(type(step))}"
        yield here, step
        if isinstance(step, Together | Repeat):
            yield from walk(step.steps, f"{here}.steps")


def length_ms(steps: tuple[Step, ...]) -> int:
    """What they take at most when nothing holds them up."""
    total = 0
    for step in steps:
        match step:
            case Together(within):
                total += length_ms(within)
            case Repeat(times, within):
                total += times * length_ms(within)
            case _:
                total += sum(getattr(step, name, 0) for name in ("lasts", "heard_after", "within"))
    return total


def check(story: Story) -> tuple[str, ...]:
    """What is wrong with the names in it, each with its path."""
    return (*_cast_faults(story), *_step_faults(story))


def _cast_faults(story: Story) -> Iterator[str]:
    for name, video in story.videos.items():
        for person in (video.of, *video.shared):
            yield from _unknown(person, "person", story.people, f"$.videos.{name}")
        try:
            Rate.parse(video.rate)
        except TimecodeError as error:
            yield f"{error} @ $.videos.{name}.rate"
    for name, device in story.devices.items():
        yield from _unknown(device.of, "person", story.people, f"$.devices.{name}.of")
    for name, tab in story.tabs.items():
        yield from _unknown(tab.on, "device", story.devices, f"$.tabs.{name}.on")
        yield from _unknown(tab.shows, "video", story.videos, f"$.tabs.{name}.shows")
    for name in story.notes or ():
        yield from _unknown(name, "video", story.videos, "$.notes")


def _step_faults(story: Story) -> Iterator[str]:
    known = {"tab": story.tabs, "device": story.devices, "person": story.people, "video": story.videos}
    called: dict[str, None] = {}
    everything = [*walk(story.steps)]
    if len(everything) > MOST_STEPS:
        yield f"{len(everything)} steps: {MOST_STEPS} at most @ $.steps"
    for path, step in everything:
        for fact in known.keys() & fields_dict(type(step)).keys():
            yield from _unknown(getattr(step, fact), fact, known[fact], f"{path}.{fact}")
        for fact in ("note", "remark"):
            yield from _unknown(getattr(step, fact, None), "remark", called, f"{path}.{fact}")
        if isinstance(step, Repeat) and not 1 <= step.times <= MOST_TIMES:
            yield f"{step.times} times: 1 to {MOST_TIMES} @ {path}.times"
        for name, at in _said(step):
            if name in called:
                yield f"{name!r} was said before @ {path}.{at}"
            called[name] = None
        if isinstance(step, Speak):
            yield from _recording_faults(step, path)
        if isinstance(step, Expect):
            yield from _expect_faults(step, path)
        if isinstance(step, Show) and step.tab is None and len(story.tabs) > 1:
            yield f"it does not say in which tab @ {path}.tab"
    for video, notes in (story.notes or {}).items():
        for i, kept in enumerate(notes):
            yield from _unknown(kept.said, "remark", called, f"$.notes.{video}[{i}].said")


def _said(step: Step) -> Iterator[tuple[str, str]]:
    """Names that remarks have from then on, each with where it stands in the step."""
    if isinstance(step, Speak | Say | Write) and step.called is not None:
        yield step.called, "called"
    if isinstance(step, Speak):
        for i, name in enumerate(step.each):
            yield name, f"each[{i}]"


def _recording_faults(speak: Speak, path: str) -> Iterator[str]:
    if speak.wav is None:
        if speak.each:
            yield f"only what is said in a recording has names of its own @ {path}.each"
        return
    given = evolve(Speak(), tab=speak.tab, wav=speak.wav, each=speak.each)
    for name in ("words", "called", "lasts", "heard_after", "sure"):
        if getattr(speak, name) != getattr(given, name):
            yield f"a recording says so itself @ {path}.{name}"


def _expect_faults(expect: Expect, path: str) -> Iterator[str]:
    of = [name for name in ("remark", "note", "notes", "state", "told") if getattr(expect, name) is not None]
    if len(of) != 1:
        yield f"it is about one of remark, note, notes, state and told, not about {' and '.join(of) or 'none'} @ {path}"
    if expect.remark is not None and expect.becomes is None:
        yield f"it does not say what the remark becomes @ {path}.becomes"


def _unknown(name: str | None, kind: str, known: Mapping[str, object], path: str) -> Iterator[str]:
    if name is not None and name not in known:
        yield f"there is no {kind} {name!r}; there is {', '.join(known) or 'none'} @ {path}"
