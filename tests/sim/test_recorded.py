"""A recording as a person in a story: what the detector hears in it becomes notes, with the words beside it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from lossy.sim.script.reading import load_story, read_story
from lossy.sim.script.story import StoryError
from lossy.sim.virtual.run import Plan, run
from tests.sim.audio import VOICES, voice

if TYPE_CHECKING:
    from pathlib import Path

FOUR = "each: [logo, intro, colour, rest]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("first_cut.wav", "first_cut.json"):
        shutil.copy(VOICES / name, tmp_path / name)
    return tmp_path


def written(folder: Path, speak: str, rest: str = "") -> Path:
    path = folder / "story.yaml"
    path.write_text(f"name: a voice\nsteps:\n- open: first\n- press: start\n- play\n- speak: {{{speak}}}\n{rest}")
    return path


def test_each_thing_that_is_said_in_it_becomes_a_note_where_the_film_was(folder: Path) -> None:
    _, said = voice("first_cut")
    kept = ", ".join(f"{{said: {name}}}" for name in ("logo", "intro", "colour", "rest"))
    expects = f"- expect: {{note: intro, text: '{said[1].text}'}}\nnotes: {{cut: [{kept}]}}\n"
    plan = Plan(1, load_story(written(folder, f"wav: first_cut.wav, {FOUR}", expects)))
    result = run(plan)
    assert result.failure is None
    assert result.hash == run(plan).hash


def test_an_expectation_of_it_may_fail(folder: Path) -> None:
    path = written(folder, f"wav: first_cut.wav, {FOUR}", "- expect: {note: rest, text: Else., within: 1 s}\n")
    assert "expectation: {expect: {note: rest" in (run(Plan(1, load_story(path))).failure or "")


def test_it_has_as_many_names_as_remarks(folder: Path) -> None:
    failure = run(Plan(1, load_story(written(folder, "wav: first_cut.wav, each: [logo]")))).failure
    assert failure is not None
    assert failure.startswith("CannotPerform: 4 remarks are heard in ")
    assert failure.endswith(", and 1 have names")


@pytest.mark.parametrize(
    ("speak", "fault"),
    [
        ("wav: nothing.wav", "nothing.wav: No such file or directory @ $.steps[3].speak.wav"),
        ("wav: first_cut.json", "not a PCM WAV file"),
        ("wav: alone.wav", "alone.json: No such file or directory @ $.steps[3].speak.wav"),
        ("wav: first_cut.wav, words: Hello.", "a recording says so itself @ $.steps[3].speak.words"),
        ("wav: first_cut.wav, lasts: 3 s", "a recording says so itself @ $.steps[3].speak.lasts"),
        ("words: Hello., each: [one]", "only what is said in a recording has names of its own @ $.steps[3].speak.each"),
        ("wav: first_cut.wav, each: [one, one]", "'one' was said before @ $.steps[3].speak.each[1]"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_its_path(folder: Path, speak: str, fault: str) -> None:
    shutil.copy(VOICES / "first_cut.wav", folder / "alone.wav")
    with pytest.raises(StoryError) as refused:
        load_story(written(folder, speak))
    assert any(fault in each for each in refused.value.args)


def test_a_story_that_is_no_file_names_it_from_where_it_is_played() -> None:
    story = read_story("name: a voice\nsteps: [{speak: {wav: cut.wav}}]\n")
    assert [step.wav for step in story.steps if hasattr(step, "wav")] == ["cut.wav"]
