"""What a reviewer says to Lossy rather than about the video (C2)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from attrs import frozen

# A whole utterance, not a part of one: "scratch that section" is about the video.
MAX_WORDS = 6


class Command(StrEnum):
    SCRATCH = "scratch"  # delete the note that was just made
    UNDO = "undo"  # take back the last thing done, whatever it was
    CONFIRM = "confirm"
    POST = "post"
    PAUSE = "pause"
    RESUME = "resume"


_PHRASES = {
    Command.SCRATCH: "scratch that, scratch it, delete that, delete that note, forget that, never mind, cancel that",
    Command.UNDO: "undo, undo that, undo it, bring that back, bring it back",
    Command.CONFIRM: "confirm, confirm that, confirm it, keep that, keep it, keep that note",
    Command.POST: "post it, post that, post this, post that note, send it, publish it",
    Command.PAUSE: "pause, pause recording, pause listening, stop listening, pause the microphone",
    Command.RESUME: "resume, resume recording, resume listening, start listening, keep listening",
}
_COMMANDS = {phrase.strip(): command for command, phrases in _PHRASES.items() for phrase in phrases.split(",")}
_POLITE = frozenset(("please", "okay", "ok", "uh", "um", "oh", "no", "actually", "now", "and", "lossy", "hey"))
_CORRECTION = re.compile(
    r"(?:(?:no|oh|sorry|wait|actually|okay|ok|uh|um|please)[ ,.]+)*"
    r"(?P<opener>make (?:that|it)|change (?:that|it)(?= to\b)|i mean(?:t)?|correction)\b[ ,:.]*(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)


@frozen
class Correction:
    """Words about the note just made: how they begin ("make", "change", "i", "correction"), all, and what follows."""

    verb: str
    words: str
    rest: str


# Of one remark after the other, and of one up to nine times.
_REMARKS = 64


@lru_cache(_REMARKS)
def command_of(text: str) -> Command | None:
    """The command that the whole of `text` is, whatever its case, punctuation and politeness; None for a remark."""
    words = re.findall(r"[a-z']+", text.lower())
    if len(words) > MAX_WORDS:
        return None
    return _COMMANDS.get(" ".join(word for word in words if word not in _POLITE))


@lru_cache(_REMARKS)
def is_correction(text: str) -> bool:
    return correction_of(text) is not None


def correction_of(text: str) -> Correction | None:
    """The correction that `text` begins as: "make that a bit warmer", "no, I meant the second shot"."""
    found = _CORRECTION.match(text.strip())
    if found is None:
        return None
    return Correction(found["opener"].lower().split()[0], found[0][found.start("opener") :], found["rest"])
