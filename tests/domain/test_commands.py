"""What is a command, and what only sounds like one."""

import pytest

from lossy.domain.commands import Command, command_of, is_correction


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Scratch that.", Command.SCRATCH),
        ("oh no, scratch that please", Command.SCRATCH),
        ("Never mind!", Command.SCRATCH),
        ("UNDO", Command.UNDO),
        ("okay, undo that", Command.UNDO),
        ("Keep it.", Command.CONFIRM),
        ("post it now", Command.POST),
        ("Pause.", Command.PAUSE),
        ("um, resume recording", Command.RESUME),
        ("Scratch that section, it is too long.", None),
        ("The pause before the title is too long.", None),
        ("delete that shot", None),
        ("please please please please please pause it", None),
        ("", None),
        ("...", None),
        ("please", None),
    ],
)
def test_a_command_is_the_whole_of_what_is_said(text: str, command: Command | None) -> None:
    assert command_of(text) is command


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("Make that a bit warmer.", True),
        ("no, make it the second shot", True),
        ("I meant the blue one", True),
        ("I mean the blue one", True),
        ("Correction: the logo on the left", True),
        ("change that to thirty percent", True),
        ("Make that", False),
        ("makes that shot worse", False),
        ("The meaning is lost here", False),
        ("I meander", False),
    ],
)
def test_a_correction_begins_as_one(text: str, correction: bool) -> None:
    assert is_correction(text) is correction
