"""A reviewer's client as a session sees it: what it sends, what it is told, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import trio
from attrs import define, field, frozen

from lossy.channels.errors import Refusal
from lossy.charts.model import Event
from lossy.clock import Clock
from lossy.sessions.deeds import TRANSCRIPT
from lossy.sessions.inbox import Answer, Happened
from lossy.sessions.links import device_of, link_of, links
from lossy.sessions.restore import VOICE
from lossy.sessions.session import Session

if TYPE_CHECKING:
    from lossy.channels.wire import Encoded

NOON = 1_763_640_000_000  # when every test begins
LAPTOP, PHONE = UUID(int=5), UUID(int=6)
SURE = "The logo is too dark here."
VAGUE = "Hmm."


def accepted(session: Session) -> dict[str, int]:
    """Up to which number the events of each device were accepted."""
    links_there = {name: session.states[name].data["accepted_through"] for name in links(session.states)}
    return {device: through for name, through in links_there.items() if (device := device_of(name)) is not None}


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


def received(sent: Mapping[str, Any] | Encoded) -> Any:
    """As it comes from the wire."""
    return orjson.loads(orjson.dumps(sent))


@frozen
class Pushed:
    event: str
    payload: Mapping[str, Any]


@define(eq=False)
class Client:
    """A reviewer's tab on a device. It numbers critical events, watches the pushes and remembers them."""

    session: Session
    clock: Clock
    device_id: UUID = LAPTOP
    seq: int = 0
    socket: int = field(default=0, init=False)
    pushes: list[Pushed] = field(factory=list, init=False)
    microphone: list[tuple[int, str]] = field(factory=list, init=False)  # ms since NOON, and the state from then on
    decisions: list[tuple[int, str, str]] = field(factory=list, init=False)  # ms since NOON, what, and why
    endings: list[str] = field(factory=list, init=False)

    def deliver(self, event: str, sent: Mapping[str, Any] | Encoded) -> None:
        payload = received(sent)
        self.pushes.append(Pushed(event, payload))
        now = self.clock.now_ms() - NOON
        if event == "voice_status" and "decision" in payload:
            self.decisions.append((now, payload["decision"], payload["reason"]))
        if "active" in payload and payload["active"][0] not in [state for _, state in self.microphone[-1:]]:
            self.microphone.append((now, payload["active"][0]))

    def ended(self, *, failed: bool) -> None:
        self.endings.append("failed" if failed else "ended")

    def pushed(self, event: str) -> list[Mapping[str, Any]]:
        return [push.payload for push in self.pushes if push.event == event]

    def join(self, **facts: Any) -> Asked:
        """On a new socket. `facts` are what the device says of what it holds and has seen."""
        asked = Asked()
        unknown = dict.fromkeys(("first_seq", "last_seq", "last_push_seq", "push_epoch"))
        known = {**unknown, "accepted_through": 0, "last_seq": self.seq, **facts}
        self.socket = self.session.attach(self, self.device_id, known, asked.reply)
        return asked

    def leave(self) -> None:
        self.session.detach(self.device_id, self.socket)

    def own(self) -> None:
        """The microphone is this tab's."""
        self.tell("context_gained", tab=str(self.device_id))

    def tell(self, event: str, at: int | None = None, **facts: Any) -> Asked:
        """An event without a number: a command, a heartbeat. Raises Refusal when the inbox is full."""
        return self._offer(event, at, facts, None)

    def hear(self, event: str, at: int | None = None, **facts: Any) -> Asked:
        """A critical event, with the next number."""
        self.seq += 1
        return self.repeat(event, self.seq, at, **facts)

    def repeat(self, event: str, seq: int, at: int | None = None, **facts: Any) -> Asked:
        return self.say_to_link("event", at, **facts, kind=event, seq=seq)

    def say_to_link(self, event: str, at: int | None = None, **facts: Any) -> Asked:
        facts = {"socket": self.socket, **facts}
        return self._offer(event, at, facts, facts.get("to", facts.get("seq")), link_of(self.device_id))

    def say(self, number: int, text: str = SURE, **facts: Any) -> Asked:
        """The words of a remark, complete; `number` makes its id."""
        remark = {"id": str(remark_id(number)), "text": text, "media_ms": 61_000, "duration_ms": 2_000}
        heard = {"segment": None, "stt_confidence": None, "spoken_at": self.clock.now_ms() - 2_000}
        return self.tell(TRANSCRIPT, **{**remark, **heard, **facts})

    def _offer(
        self, event: str, at: int | None, facts: Mapping[str, Any], seq: int | None, chart: str = VOICE
    ) -> Asked:
        asked = Asked()
        happened = Event(event, self.clock.now_ms() if at is None else at, facts)
        self.session.offer(Happened(chart, happened, self.device_id, seq, asked.reply))
        return asked
