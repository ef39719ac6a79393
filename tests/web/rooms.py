"""A route for tests: channels that do what a message tells them, well or badly."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

import trio
from attrs import define, field

from lossy.channels import topics
from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.events import ClientEvent, Push, TopicTable
from lossy.domain.access import Role
from lossy.domain.limits import Limit
from lossy.store.pool import StoreUnavailable
from lossy.web.sockets import Answer, Join, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.web.sockets import Routes


# What is no UTF-8.
BINARY: Any = b"\x00\xff\xfe"
OFTEN = Limit(per_minute=60_000, burst=1_000)
SAYINGS = (
    *("echo", "later", "release", "refuse", "crash", "fail", "finish", "fail and crash"),
    *("push", "push binary", "broadcast", "renew"),
)
TABLE = TopicTable(
    topics.ChartActivity,
    "charts:<name>",
    "anybody",
    ClientEvent("phx_join", Any, Any, OFTEN, "A join."),
    {name: ClientEvent(name, Any, Any, OFTEN, "What the room does.") for name in SAYINGS},
    {name: Push(name, Any, "What the room says.") for name in ("begun", "pushed", "note_created")},
)


class Fault(Exception):
    """A bug in a channel."""


@define(eq=False)
class Room:
    """`late` are the answers that the test gives when it likes."""

    role: ClassVar = Role.OWNER
    join: Join
    late: list[Callable[[Answer], None]] = field(factory=list, init=False)
    begun: bool = field(default=False, init=False)
    left: int = field(default=0, init=False)
    listening: ExitStack = field(factory=ExitStack, init=False)

    def response(self) -> Mapping[str, Any]:
        _fail_if(self.join.asked.get("crash") == "response")
        return {"hello": str(self.join.identity.device_id)} if "whoami" in self.join.asked else {}

    def begin(self) -> None:
        self.begun = True
        if "listen" in self.join.asked:
            listening = self.join.node.bus.subscribe(str(self.join.topic), self.join.deliver)
            self.listening.enter_context(listening)
        if "push" in self.join.asked:
            self.join.push("begun", {})

    def leave(self) -> None:
        self.listening.close()
        self.left += 1

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        match event:
            case "echo":
                answer(payload)
            case "later":
                self.late.append(answer)
            case "renew":
                answer({"expires_at": (await self.join.renew(payload["token"])).expires_at})
            case "release":
                for late in reversed(self.late):
                    late({})
                answer({"released": len(self.late)})
                self.late.clear()
            case "refuse":
                raise invalid("notes.3.text", "It is empty.")
            case "crash":
                raise Fault
            case "fail" | "finish":
                self.join.end(event == "fail")
            case "fail and crash":
                self.join.end(True)
                raise Fault
            case "push":
                self.join.push("pushed", payload)
                answer({})
            case "push binary":
                self.join.push("pushed", BINARY)
                answer({})
            case "broadcast":
                self.join.node.bus.publish(str(self.join.topic), "note_created", payload)
                answer({})


@define(eq=False)
class Rooms:
    """Every topic `charts:<name>` is a room. A join is told by its payload to `refuse`, `crash` or `wait`, or that the
    database is `away`.
    """

    opened: list[Room] = field(factory=list, init=False)
    may_open: trio.Event = field(factory=trio.Event, init=False)

    @property
    def routes(self) -> Routes:
        return {topics.ChartActivity: Route(TABLE, self._open)}

    async def _open(self, join: Join) -> Room:
        _fail_if(join.asked.get("crash") == "join")
        if "refuse" in join.asked:
            raise Refusal(Code.FORBIDDEN, "Not you.")
        if "away" in join.asked:
            raise StoreUnavailable("gone")
        if "wait" in join.asked:
            await self.may_open.wait()
        room = Room(join)
        self.opened.append(room)
        return room


def _fail_if(told: bool) -> None:
    if told:
        raise Fault
