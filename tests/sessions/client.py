"""A reviewer's client as a session sees it: what it sends, what it is told, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import trio
from attrs import define, field

from lossy.channels.errors import Refusal
from lossy.channels.replay import NumberedPush
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.sessions.inbox import Answer, Happened
from lossy.sessions.session import TRANSCRIPT, VOICE, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON = 1_763_640_000_000  # when every test begins
LAPTOP, PHONE = UUID(int=5), UUID(int=6)
SURE = "The logo is too dark here."
VAGUE = "Hmm."


def remark_id(number: int) -> UUID:
    return UUID(int=1000 + number)


@define(eq=False)
class Asked:
    """What was sent to a session, and every answer to it."""

    answers: list[Answer] = field(factory=list, init=False)
    _answered: trio.Event = field(factory=trio.Event, init=False)

    def reply(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._answered.set()

    async def answer(self) -> Any:
        """The one answer, with the details of an error as a client sees them."""
        with trio.fail_after(3600):
            await self._answered.wait()
        (answer,) = self.answers
        return answer.as_response() if isinstance(answer, Refusal) else answer


@define(eq=False)
class Client:
    """A reviewer's tab on a device. It numbers critical events, watches the pushes and remembers them."""

    session: Session
    clock: Clock
    device_id: UUID = LAPTOP
    seq: int = 0
    pushes: list[NumberedPush] = field(factory=list, init=False)
    microphone: list[tuple[int, str]] = field(factory=list, init=False)  # ms since NOON, and the state from then on
    decisions: list[tuple[int, str, str]] = field(factory=list, init=False)  # ms since NOON, what, and why
    endings: list[str] = field(factory=list, init=False)

    def deliver(self, push: NumberedPush) -> None:
        self.pushes.append(push)
        now = self.clock.now_ms() - NOON
        if "decision" in push.payload:
            self.decisions.append((now, push.payload["decision"], push.payload["reason"]))
        if "active" in push.payload and push.payload["active"][0] not in [state for _, state in self.microphone[-1:]]:
            self.microphone.append((now, push.payload["active"][0]))

    def ended(self, *, failed: bool) -> None:
        self.endings.append("failed" if failed else "ended")

    def pushed(self, event: str) -> list[Mapping[str, Any]]:
        return [push.payload for push in self.pushes if push.event == event]

    def join(self) -> None:
        """As the channel does it: the joined tab has the microphone."""
        self.session.audience.listeners.add(self)
        for name in ("context_gained", "attach"):
            self.tell(name)

    def tell(self, event: str, at: int | None = None, **facts: Any) -> Asked:
        """An event without a number: a command, a heartbeat. Raises Refusal when the inbox is full."""
        return self._offer(event, at, facts, None)

    def hear(self, event: str, at: int | None = None, **facts: Any) -> Asked:
        """A critical event, with the next number."""
        self.seq += 1
        return self._offer(event, at, {**facts, "seq": self.seq}, self.seq)

    def repeat(self, event: str, seq: int, **facts: Any) -> Asked:
        return self._offer(event, None, {**facts, "seq": seq}, seq)

    def say(self, number: int, text: str = SURE, **facts: Any) -> Asked:
        """The words of a remark, complete; `number` makes its id."""
        remark = {"id": str(remark_id(number)), "text": text, "media_ms": 61_000, "duration_ms": 2_000}
        heard = {"segment": None, "stt_confidence": None, "spoken_at": self.clock.now_ms() - 2_000}
        return self.tell(TRANSCRIPT, **{**remark, **heard, **facts})

    def _offer(self, event: str, at: int | None, facts: Mapping[str, Any], seq: int | None) -> Asked:
        asked = Asked()
        happened = Event(event, self.clock.now_ms() if at is None else at, facts)
        self.session.offer(Happened(VOICE, happened, self.device_id, seq, asked.reply))
        return asked
