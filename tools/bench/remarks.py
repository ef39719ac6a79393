"""What a crowd of reviewers says, each a remark a second, and when: an open loop, so nobody waits for the server. Pure.

Every occasion is number j of its kind: it is of session j mod N, and due j/N of its period after the first one. So a
crowd of any size is spread evenly over the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from attrs import frozen

from lossy.channels.topics import Voice

SPEECH_MS = 400  # longer than the guard, and what is left of the second is longer than the cooldown
PERIOD_MS = 1_000
BEAT_MS = 20_000
# Each is a note by the rules, and none is a command or a correction of the one before.
TEXTS = (
    "The logo comes in too early here.",
    "At one twenty three the music is too loud.",
    "Um, can we cut this shot, it drags.",
    "I love the light in this one.",
    "The captions cover her face, move them up.",
    "There is a spelling mistake in the lower third.",
    "The transition feels abrupt, maybe fade it out.",
    "Should the voice over start before the title?",
)
# An odd number, so that the ids of remarks are all different, and as scattered as those that browsers make.
SCATTER = 0x9E3779B97F4A7C15F39CC0605CEDC835


@frozen
class Said:
    """Messages of one session at the same moment; a remark ends with them where it `is_remark`."""

    session: int
    due_ms: float  # after the beginning
    frames: tuple[bytes, ...]
    is_remark: bool = False


Occasion = Callable[[int, int, float], Said]  # of a session's number, its how manieth, and when


@frozen
class Talk:
    """`began_ms` is the calendar at the beginning."""

    sessions: Sequence[UUID]
    began_ms: int

    def until(self, end_ms: float) -> Iterator[Said]:
        """All that is due before that, in the order in which it is due."""
        rows: list[tuple[float, float, Occasion]] = [
            (0, PERIOD_MS, self.begin),
            (SPEECH_MS, PERIOD_MS, self.end),
            (0, BEAT_MS, self.beat),
        ]
        numbers, count = [0] * len(rows), len(self.sessions)
        while True:
            dues = [first + period * number / count for (first, period, _), number in zip(rows, numbers, strict=True)]
            due_ms = min(dues)
            if due_ms >= end_ms:
                return
            kind = dues.index(due_ms)
            turn, session = divmod(numbers[kind], count)
            numbers[kind] += 1
            yield rows[kind][2](session, turn, due_ms)

    def begin(self, session: int, turn: int, due_ms: float) -> Said:
        start = {"kind": "speech_start", "at": self._at(due_ms), "seq": 2 * turn + 1, "media_ms": round(due_ms)}
        return Said(session, due_ms, (self._frame(session, "voice_event", start),))

    def end(self, session: int, turn: int, due_ms: float) -> Said:
        """The words come with the end: what a browser takes for them is not the server's."""
        began_ms = due_ms - SPEECH_MS
        end = {"kind": "speech_end", "at": self._at(due_ms), "seq": 2 * turn + 2, "probability": 0.93}
        words = {
            "id": str(UUID(int=((session << 32 | turn) + 1) * SCATTER & (1 << 128) - 1)),
            "text": TEXTS[(session + turn) % len(TEXTS)],
            "at": self._at(began_ms),
            "media_ms": round(began_ms),
            "duration_ms": SPEECH_MS,
            "segment": 2 * turn + 1,
            "stt_confidence": 0.91,
        }
        frames = (self._frame(session, "voice_event", end), self._frame(session, "transcript_final", words))
        return Said(session, due_ms, frames, is_remark=True)

    def beat(self, session: int, turn: int, due_ms: float) -> Said:
        beat = {"kind": "heartbeat", "at": self._at(due_ms)}
        return Said(session, due_ms, (self._frame(session, "voice_event", beat),))

    def _at(self, due_ms: float) -> int:
        return self.began_ms + round(due_ms)

    def _frame(self, session: int, event: str, payload: dict[str, Any]) -> bytes:
        return orjson.dumps(["1", "1", str(Voice(self.sessions[session])), event, payload])
