"""What the names in a journal mean, in words for people. A name that is not here is shown as it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossy.inference.rules import ADDS, CONTENT, EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

# Why a segment of speech is no remark (statecharts/voice.yaml).
IGNORED: Mapping[str, str] = {
    "short": "it was shorter than the guard",
    "noise": "it was less probably speech than the noise floor",
    "cooldown": "it was over before the cooldown after the remark before it was",
    "paused": "it began while the microphone was paused",
    "not_started": "nobody had turned the microphone on",
    "read_only": "this tab did not have the microphone",
    "error": "it began while the circuit breaker was open",
    "cancelled": "it was taken back while it was spoken",
    "unstarted": "its beginning never came",
    "unfinished": "its end never came",
}

# Why a remark made no note.
REFUSED: Mapping[str, str] = {
    "ignored_segment": "its segment of speech was ignored",
    "low_confidence": "its draft was not sure enough",
    "nothing_to_act_on": "it is a command, and there was no note it could be about",
    "structuring_failed": "nothing could be made of its words",
    "structuring_timeout": "it took too long to make something of its words",
}

# Why a try came to nothing.
FAILED: Mapping[str, str] = {
    "structuring_timeout": "no answer in time",
    "timeout": "the model took too long",
    "internal": "an error of ours; the server's log has it",
}

DECIDED: Mapping[str, str] = {
    "sure": "kept: {confidence:.2f} reaches the threshold of {threshold:.2f}",
    "floor": "refused: {confidence:.2f} is below the hard floor of {floor:.2f}, whatever the settings say",
    "base": "refused: {confidence:.2f} is below the user's own threshold of {threshold:.2f}",
    "deletions": "refused: {confidence:.2f} reaches the user's own threshold of {base:.2f}, and not {threshold:.2f}, "
    "to which {deletions} deletions of {category} have raised it",
}

COMMANDS: Mapping[str, str] = {
    "scratch": "deleted the note before it",
    "undo": "took back what was done last",
    "confirm": "confirmed the note before it",
    "post": "approved the note before it for posting",
    "pause": "paused the microphone",
    "resume": "opened the microphone",
}

# What a note's chart heard, of who changed it.
CHANGED: Mapping[str, str] = {
    "said": "said",
    "confirm": "confirmed",
    "edit": "edited",
    "delete": "deleted",
    "undo": "deletion undone",
    "queue": "approved for posting",
    "unqueue": "approval taken back",
    "merge": "merged into another note",
    "expire": "expired",
    "begin": "posting begun",
    "posted": "posted",
    "not_posted": "not posted",
    "unsure": "perhaps posted",
    "after.posting": "the job had no longer to act",
}

# How a note began that nobody said, by its provenance.
UNSAID: Mapping[str, str] = {"hand": "typed", "import": "imported"}

# What a word or a click does to a note that is there.
MOVED: Mapping[str, str] = {
    "confirm": "confirmed",
    "edit": "took back the correction of",
    "delete": "deleted",
    "undo": "brought back",
    "queue": "approved",
    "unqueue": "took back the approval of",
}

DECISIONS: Mapping[tuple[str, str], str] = {
    ("pause", "silence"): "paused, after silence",
    ("pause", "errors"): "circuit breaker open: too many errors",
    ("pause", "inference"): "circuit breaker open: too many remarks not understood",
    ("resume", "speech"): "open again: somebody spoke",
    ("resume", "seek"): "open again: somebody moved in the film",
    ("resume", "probe"): "circuit breaker half open: the next segment is the probe",
    ("end_segment", "length"): "the client is told to end a segment that is too long",
}

# The rules of docs/reference/rules.md.
RULES: Mapping[str, str] = {
    "content": "it says something",
    "named": "it names what it is about",
    "hinted": "it hints at what it is about",
    "actionable": "something is wrong or to be done",
    "statement": "it states something of a thing it names",
    "praise": "it is praise",
    "timed": "it names a time",
    "one_word": "it is a single word",
    "unsure": "the reviewer is not sure",
    "unfinished": "it breaks off",
    "fillers": "more than half of it is fillers",
    "rambling": "it is very long",
    "noise": "a sound, or a word that says nothing",
    "phantom": "what speech-to-text makes of silence",
    "aside": "not said to the editor",
    "vague": "words without content",
}
HALF_HEARD = "half_heard"

TIMES: Mapping[str, str] = {
    "at": "said after a word like `at`",
    "clock": "said like a clock",
    "mark": "said as a mark",
    "in": "said as so far in",
    "around": "said as around",
    "start": "said at the start",
    "range": "a range",
    "ago": "said as so long ago",
    "earlier": "said as so much earlier",
    "back": "said as so far back",
    "model": "worked out by the model",
}


def points(rule: str) -> int | None:
    """What the rule adds to the confidence, in hundredths; None for one that adds nothing by itself."""
    fixed = {sign.value: amount for sign, amount in EMPTY.items()}
    return {**ADDS, **fixed, "content": CONTENT}.get(rule)


def or_itself(words: Mapping[str, str], name: str) -> str:
    return words.get(name, name.replace("_", " "))
