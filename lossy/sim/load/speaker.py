"""One of many who speak at once: a whole client, with its own account, device, video and session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import trio
from attrs import define, field

from lossy.sim.load.schedule import SPEECH_S
from lossy.sim.reviewer import Reviewer

# Each is a note by the rules, and none is a command or a correction of the one before.
TEXTS = (
    "The logo is too dark here.",
    "The music is too loud at this point.",
    "The subtitle covers her face.",
    "The colours of this sunset are too warm.",
    "The title comes in too early.",
)


@define(eq=False)
class LoadSpeaker:
    """`sent` is called with when something was due, once it is on its way. `run` has to run meanwhile."""

    number: int
    reviewer: Reviewer
    now_ms: Callable[[], int]
    sent: Callable[[float], None]
    lead_s: float = SPEECH_S
    _noted: dict[str, trio.Event] = field(factory=dict, init=False)
    _said: int = field(default=0, init=False)

    async def listen(self) -> None:
        async for pushed in self.reviewer.pushes:
            remark = pushed.payload["provenance"]["remark"] if pushed.event == "note_created" else None
            if remark in self._noted:
                self._noted[remark].set()

    async def start(self) -> None:
        """Returns when its microphone is on. Raises what the server refuses that with."""
        said = await self.reviewer.say("command", {"name": "start", "at": self.now_ms(), "id": str(uuid4())})
        await said.settled.wait()
        if isinstance(said.answer, Exception):
            raise said.answer

    async def remark(self, due: float) -> str | None:
        began_ms = self._at_ms(due) - round(SPEECH_S * 1_000)
        start = await self.reviewer.hear("speech_start", began_ms, media_ms=0)
        await trio.sleep_until(due)
        self.sent(due)
        await self.reviewer.hear("speech_end", self._at_ms(due))
        id = str(uuid4())
        noted = self._noted[id] = trio.Event()
        try:
            said = await self.reviewer.say("transcript_final", self._words(id, began_ms), of=start)
            await said.settled.wait()
            if (why := _why_none(said.answer)) is not None:
                return why
            await noted.wait()
        finally:
            del self._noted[id]
        return None

    def _words(self, id: str, began_ms: int) -> dict[str, Any]:
        text = TEXTS[(self.number + self._said) % len(TEXTS)]
        self._said += 1
        return {"id": id, "text": text, "at": began_ms, "media_ms": 0, "duration_ms": round(SPEECH_S * 1_000)}

    def _at_ms(self, moment: float) -> int:
        return self.now_ms() - round((trio.current_time() - moment) * 1_000)


def _why_none(answer: object) -> str | None:
    """Why a remark became no note; None where it did."""
    match answer:
        case {"note_id": _}:
            return None
        case {"refused": str(reason)}:
            return reason
    return str(answer)
