"""The language of stories: what is written is read, what is wrong is said with its path."""

from __future__ import annotations

import pytest

from lossy.sim.campaign.drawing import draw
from lossy.sim.campaign.library import library
from lossy.sim.script.reading import read_story, write_step, write_story
from lossy.sim.script.steps import Crash, Deploy, Open, Press, Repeat, Seek, Speak, Together, Wait
from lossy.sim.script.story import StoryError
from lossy.sim.script.units import Lasts, Place, read_lasts, write_lasts

FIRST = "name: a story\nsteps:\n- open: first\n"


def faults(written: str) -> tuple[str, ...]:
    with pytest.raises(StoryError) as error:
        read_story(written)
    return error.value.args


def test_steps_have_short_forms() -> None:
    story = read_story(
        f"{FIRST}- press: start\n- seek: 1:02.5\n- deploy\n- crash: 2 s\n- speak: {{words: Too dark.}}\n"
    )
    assert story.steps == (
        Open("first"),
        Press("start"),
        Seek(Place(62_500)),
        Deploy(),
        Crash(Lasts(2_000)),
        Speak("Too dark."),
    )


def test_steps_hold_others() -> None:
    story = read_story(
        f"{FIRST}- together: {{steps: [{{wait: 5 s}}, deploy]}}\n- repeat: {{times: 3, steps: [deploy]}}\n"
    )
    assert story.steps[1:] == (Together((Wait(Lasts(5_000)), Deploy())), Repeat(3, (Deploy(),)))


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("- a\n", "expected a mapping, not ['a'] @ $"),
        (f"{FIRST}- switch: secnd\n", "there is no tab 'secnd'; there is first @ $.steps[1].switch.tab"),
        (f"{FIRST}- press: fly\n", "expected one of start, stop, pause, resume, cancel, confirm, undo, post, close, not"
         " 'fly' @ $.steps[1].press.button"),
        (f"{FIRST}- wait: 3\n", "a length of time is written as in 250 ms, 2 s, 15 min or 3 h, not 3"
         " @ $.steps[1].wait.lasts"),
        (f"{FIRST}- speak: {{word: a}}\n", "extra fields found (word) @ $.steps[1].speak"),
        (f"{FIRST}- edit: {{note: logo, text: b}}\n", "there is no remark 'logo'; there is none"
         " @ $.steps[1].edit.note"),
        (f"{FIRST}- expect: {{within: 1 s}}\n", "it is about one of remark, note, notes, state and told, not about none"
         " @ $.steps[1].expect"),
        (f"{FIRST}- together: {{steps: [{{seek: noon}}]}}\n", "not a media time: 'noon'"
         " @ $.steps[1].together.steps[0].seek.to"),
        (f"{FIRST}- open: second\n  close: first\n", "a step is one word for what happens, and what is to be known of"
         " it, not {'open': 'second', 'close': 'first'} @ $.steps[1]"),
        (f"{FIRST}videos: {{cut: {{rate: fast}}}}\n", "not a rate: 'fast' @ $.videos.cut.rate"),
        (f"{FIRST}name: twice\n", "stands twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_path(written: str, fault: str) -> None:
    assert any(fault in each for each in faults(written))


def test_a_remark_has_one_name() -> None:
    twice = "- speak: {words: a, called: logo}\n"
    assert faults(FIRST + twice + twice) == ("'logo' was said before @ $.steps[2].speak.called",)


def test_every_story_is_written_as_it_is_read() -> None:
    made_up = [draw(seed, ()).story for seed in range(200)]
    for story in (*library().values(), *made_up):
        assert read_story(write_story(story)) == story


def test_a_step_is_written_in_a_line() -> None:
    assert write_step(Speak("Too dark.", lasts=Lasts(1_500))) == "{speak: {words: Too dark., lasts: 1500 ms}}"
    assert write_step(Deploy()) == "deploy"


@pytest.mark.parametrize("ms", [0, 1, 999, 1_000, 90_000, 3_600_000])
def test_lengths_of_time_are_written_as_they_are_read(ms: int) -> None:
    assert read_lasts(write_lasts(ms)) == ms
