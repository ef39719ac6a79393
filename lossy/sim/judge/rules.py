"""What holds of every run, in words: the names under which a broken one is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Broken(NamedTuple):
    """A rule that does not hold, and what was found instead."""

    rule: str
    found: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.found}"


# After every step of a story.
ALWAYS: Mapping[str, str] = {
    "charts": "Every invariant that a chart declares holds of every step that a session, a note or a user's row takes.",
    "quiet": "The product logs no failure of its own: a crashed channel, a session that fails though the database "
    "takes what it writes, a session that cannot be restored.",
    "in_time": "No timer goes before something that had happened before it was due, and was there to be heard.",
    "punctual": "The grace of a lost owner ends when it is due, where the server that began it goes on and nothing is "
    "wrong with its database.",
    "journal": "The entries of a session have the numbers 1, 2, 3 … and are of epochs that never go back.",
    "prefix": "What is accepted of a device has the numbers 1, 2, 3 …, each once, but for those announced as skipped.",
    "one_owner": "Of a user's sessions one at most has the microphone by the word that is newest.",
    "pushes": "A device misses no push of a session: they come in order, or a full picture does.",
    "one_answer": "A remark becomes one thing, once: a note, an amended note, a command or a refusal with its reason.",
    "own_words": "Every note is of a remark that was said or of words that were typed, and of no other; its "
    "text is what its words make, and it stands at the frame at which they began, unless they name another.",
}
# Once nothing goes wrong any more, and everybody has had the time to find out.
HEALED: Mapping[str, str] = {
    "drained": "Everything that a device kept for delivery has its answer, and no session has anything in hand.",
    "all_there": "What was said while the microphone was on, long enough and of substance, is a note or amended one.",
    "heard": "All that a device heard was accepted in the order in which it was heard, but for what it had to drop.",
    "order": "The notes of a session were made in the order in which their remarks were said, unless its device is "
    "hasty.",
    "mirror": "Everybody who looks at a video sees the notes that there are, as they are, and no other.",
    "picture": "A device shows its session as it is.",
    "present": "A session knows which devices are there: those that are connected, and no other.",
    "timers": "No timer is overdue.",
    "owned": "Whoever has the microphone is a tab that is there.",
    "one_node": "A session lives on one server at most.",
    "replay": "A session that is restored from its journal is the one that lives.",
}
RULES: Mapping[str, str] = {**ALWAYS, **HEALED}
