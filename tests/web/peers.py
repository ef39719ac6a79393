"""A client of `Socket` in memory: no network, no database, virtual time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
import trio
import trio.testing
from attrs import define, field

from lossy.bus.memory import Bus
from lossy.channels.events import TopicTable, check_push, check_reply
from lossy.channels.wire import ENDINGS, LEAVE, REPLY, V2, Frame, Serializer
from lossy.clock import Clock
from lossy.sessions.flags import Flags
from lossy.sessions.letting_go import LettingGo
from lossy.settings import Settings
from lossy.store.accounts import ADMIN, Accounts, User
from lossy.web.auth import Identity, make_token
from lossy.web.credentials import Credentials
from lossy.web.join_audit import JoinAudit
from lossy.web.limits import Limits
from lossy.web.metrics import Metrics
from lossy.web.node import Node
from lossy.web.presence import DIFF, STATE, Lobby
from lossy.web.sockets import Routes, Socket
from tests.flags import everything_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lossy.channels.frames import Shared
    from lossy.web.transport import Take

USER, DEVICE = UUID(int=1), UUID(int=2)
ADDRESS = "192.0.2.1"
# The first second of 2026.
NOW_MS = 1_767_225_600_000


@define(eq=False)
class MemoryTransport:
    """`closed` is the close code, None while it is open."""

    sent: list[Frame] = field(factory=list, init=False)
    closed: int | None = field(default=None, init=False)
    _send: trio.MemorySendChannel[Frame] = field(init=False)
    _receive: trio.MemoryReceiveChannel[Frame] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(math.inf)

    async def serve(self, take: Take) -> None:
        async for frame in self._receive:
            rest = take(frame) if self.closed is None else None
            if rest is not None:
                await rest

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)

    def share(self, shared: Shared) -> None:
        self.send(shared.message)

    def close(self, code: int) -> None:
        self.closed = self.closed or code
        self._send.close()

    def arrive(self, frame: Frame) -> None:
        self._send.send_nowait(frame)

    def leave(self) -> None:
        """The client is gone, without a word."""
        self._send.close()


class FakeAccounts(Accounts):
    """Everybody is welcome, but for the revoked devices; nobody is an admin, but for those who are made one."""

    def __init__(self) -> None:
        self.revoked: set[UUID] = set()
        self.admins: set[UUID] = set()

    async def user(self, user_id: UUID) -> User | None:
        return User(user_id, f"{user_id}@localhost", ADMIN if user_id in self.admins else "user")

    async def is_welcome(self, device_id: UUID, user_id: UUID, generation: int = 1) -> bool:
        return device_id not in self.revoked


def make_node(accounts: Accounts | None = None, clock: Clock | None = None) -> Node:
    """A node of which only the clock, the accounts, the bus and the key are there."""
    absent, bus, clock = cast("Any", None), Bus(), clock or Clock(NOW_MS)
    return Node(
        settings=Settings(),
        charts={},
        chart_notes=absent,
        chart_heat=absent,
        journal=absent,
        clock=clock,
        pool=absent,
        accounts=accounts or FakeAccounts(),
        people=absent,
        devices=absent,
        invitations=absent,
        attempts=absent,
        passwords=absent,
        letting_go=LettingGo(absent, bus, absent),
        videos=absent,
        shares=absent,
        attendances=absent,
        notes=absent,
        reading=absent,
        desk=absent,
        summaries=absent,
        roster=absent,
        owners=absent,
        library=absent,
        tabs=absent,
        user_settings=absent,
        bus=bus,
        flags=Flags(everything_on()),
        flag_watch=absent,
        limits=Limits(clock),
        metrics=Metrics(),
        join_audit=JoinAudit(absent, clock, timedelta(days=90)),
        telemetry=absent,
        lobby=Lobby("here"),
        secret=b"a key of thirty-two bytes, for tests only",
        origins=set(),
        sockets=set(),
    )


@define(eq=False)
class Peer:
    """What it hears is held to the table of the protocol."""

    node: Node
    transport: MemoryTransport
    _tables: Mapping[type, TopicTable]
    _asked: dict[tuple[str, str], str] = field(factory=dict, init=False)  # events by topic and ref
    presence: list[Any] = field(factory=list, init=False)
    ended: trio.Event = field(factory=trio.Event, init=False)

    def say(self, *elements: object) -> None:
        """A V2 frame: join_ref, ref, topic, event, payload."""
        if len(elements) >= 5:
            _, ref, topic, event, *_ = elements
            self._asked[str(topic), str(ref)] = str(event)
        self.transport.arrive(orjson.dumps(elements).decode())

    async def heard(self) -> list[Any]:
        """What the socket has sent since the last call, once it has nothing more to do at this moment.

        Who is there is told to every channel, and put aside in `presence`.
        """
        await trio.testing.wait_all_tasks_blocked()
        frames, self.transport.sent[:] = [*self.transport.sent], []
        heard = [orjson.loads(frame) if isinstance(frame, str) else frame for frame in frames]
        for frame in heard:
            if isinstance(frame, list):
                self._check(*frame)
        self.presence += [frame for frame in heard if _is_presence(frame)]
        return [frame for frame in heard if not _is_presence(frame)]

    def _check(self, join_ref: str | None, ref: str | None, topic: str, event: str, payload: Any) -> None:
        asked = self._asked.get((topic, str(ref)))
        if event == REPLY and payload["status"] == "ok" and asked not in (None, LEAVE):
            check_reply(topic, asked, payload["response"], self._tables)
        elif event not in (REPLY, *ENDINGS):
            check_push(topic, event, payload, self._tables)

    async def ask(self, *elements: object) -> Any:
        """Says it, and returns the one frame that is the answer."""
        self.say(*elements)
        (answer,) = await self.heard()
        return answer

    async def join(self, topic: str, ref: str = "1", **payload: object) -> Any:
        return await self.ask(ref, ref, topic, "phx_join", payload)


def _is_presence(frame: Any) -> bool:
    return isinstance(frame, list) and frame[3] in (STATE, DIFF)


def token_of(node: Node, device: UUID = DEVICE) -> str:
    return make_token(node, Identity(USER, device))[0]


@asynccontextmanager
async def open_peer(
    routes: Routes, node: Node | None = None, *, token: str | None = "", serializer: Serializer | None = None
) -> AsyncIterator[Peer]:
    """A socket with a peer. Without `token` the connection has a good one; None for none at all."""
    node = node or make_node()
    tables = {kind: route.table for kind, route in routes.items()}
    peer = Peer(node, MemoryTransport(), tables)
    token = token_of(node) if token == "" else token
    socket = Socket(node, routes, peer.transport, serializer or V2(), Credentials(node, ADDRESS, token))
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            await socket.run()
            peer.ended.set()

        nursery.start_soon(run)
        yield peer
        nursery.cancel_scope.cancel()


def ok(join_ref: str | None, ref: str | None, topic: str, response: dict[str, object] | None = None) -> list[object]:
    return [join_ref, ref, topic, "phx_reply", {"status": "ok", "response": response or {}}]


def error(join_ref: str | None, ref: str | None, topic: str, response: Mapping[str, object]) -> list[object]:
    return [join_ref, ref, topic, "phx_reply", {"status": "error", "response": response}]
