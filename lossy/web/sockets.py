"""The channels of one WebSocket: joins, leaves, and each message to its channel. Decode, call, encode, map errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

import structlog
import trio
from attrs import define, evolve, field, frozen

from lossy.bus.memory import Published
from lossy.channels import topics
from lossy.channels.errors import (
    Code,
    Refusal,
    forbidden,
    internal,
    invalid,
    join_crashed,
    too_many_channels,
    unavailable,
    unmatched_topic,
)
from lossy.channels.events import ClientEvent, TopicTable
from lossy.channels.reading import read
from lossy.channels.wire import (
    HEARTBEAT,
    HEARTBEAT_TOPIC,
    JOIN,
    LEAVE,
    Message,
    Outgoing,
    Push,
    RemoteProtocolError,
    Reply,
    Serializer,
    closed,
    crashed,
)
from lossy.domain.access import Role, may
from lossy.domain.join_audit import OK
from lossy.web.auth import Identity, check_welcome
from lossy.web.credentials import Credentials
from lossy.web.hold import Hold
from lossy.web.node import Node
from lossy.web.presence import Place
from lossy.web.transport import Transport

if TYPE_CHECKING:
    from lossy.web.metrics import Asked

CHANNELS = 100  # on one socket, as Phoenix has it
IDLE_S = 60.0  # without a frame; clients beat every 20 to 30 s

GOING_AWAY, INTERNAL_ERROR = 1001, 1011
log = structlog.get_logger()

Answer = Mapping[str, Any] | Refusal


class Channel(Protocol):
    @property
    def role(self) -> Role:
        """The user's, with what the topic is about."""

    def response(self) -> Mapping[str, Any]:
        """The response of the join."""

    def begin(self) -> None:
        """Starts the pushes: the reply to the join is on its way."""

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        """`payload` is of the event's class, and the user may do it. `answer` is called once, now or later.

        Raises Refusal instead where the event is refused at once.
        """

    def leave(self) -> None: ...


@frozen(eq=False)
class Join:
    """What a channel's join gets to work with."""

    node: Node
    identity: Identity
    topic: topics.Topic
    asked: Any  # of the class that the topic's table names for a join, or as it came where that topic is for later
    push: Callable[[str, Mapping[str, Any]], None]
    end: Callable[[bool], None]  # for a channel that cannot go on: failed, or at its natural end
    deliver: Callable[[Published], None]
    place: Place  # among those who are present on the topic, for the channel to enter
    renew: Callable[[str], Awaitable[Identity]]  # the socket's token; raises Refusal


@frozen
class Route:
    table: TopicTable
    open: Callable[[Join], Awaitable[Channel]]


Routes = Mapping[type, Route]


@frozen
class _Joined:
    join_ref: str | None
    channel: Channel
    table: TopicTable
    user: UUID
    held: ExitStack  # whose end leaves the channel


@define(eq=False)
class Socket:
    """Runs until the client is gone. Cancelling it leaves every channel."""

    node: Node
    routes: Routes
    transport: Transport
    serializer: Serializer
    credentials: Credentials
    _joined: dict[str, _Joined] = field(factory=dict, init=False)

    async def run(self) -> None:
        self.node.sockets.add(self.transport)
        try:
            with self.credentials.stay:
                await self._serve()
            if self.credentials.stay.cancelled_caught:
                self.transport.close(GOING_AWAY)
        finally:
            self.node.sockets.discard(self.transport)
            for topic in [*self._joined]:
                self._drop(topic)

    async def _serve(self) -> None:
        while True:
            with trio.move_on_after(IDLE_S) as idle:
                frame = await self.transport.receive()
            if idle.cancelled_caught:
                return self.transport.close(GOING_AWAY)
            if frame is None:
                return
            try:
                message = self.serializer.decode(frame)
            except RemoteProtocolError as error:
                log.info("undecodable frame", error=str(error))
                self.node.metrics.broken_frame(error.close_code)
                return self.transport.close(error.close_code)
            self.credentials.watch()
            await self._take(message)

    async def _take(self, message: Message) -> None:
        joined = self._joined.get(message.topic)
        match message.event:
            case _ if message.topic == HEARTBEAT_TOPIC:
                self._reply(message, {} if message.event == HEARTBEAT else unmatched_topic())
            case event if event == JOIN:
                await self._join(message)
            case event if event == LEAVE:
                self._leave(message, joined)
            case _ if joined is None:
                self._reply(message, unmatched_topic())
            case _ if message.join_ref in (None, joined.join_ref):
                await self._handle(message, joined)

    # -- joining and leaving ------------------------------------------------------------------------------------

    async def _join(self, message: Message) -> None:
        old = self._drop(message.topic)
        answer = await self._enter(message)
        self._reply(message, answer)
        if old is not None:
            self._send(closed(old.join_ref, message.topic))
        if message.topic in self._joined:
            self._joined[message.topic].channel.begin()

    async def _enter(self, message: Message) -> Answer:
        """Makes the topic a joined one, or says why not."""
        topic = topics.parse(message.topic)
        route = None if topic is None else self.routes.get(type(topic))
        if topic is None or route is None:
            self.node.metrics.unmatched_join()
            self._audit(message.topic, None, Code.NOT_FOUND)
            return unmatched_topic()
        counted = self.node.metrics.asked(route.table, route.table.join)
        answer = await self._admit_join(message, topic, route)
        if isinstance(answer, Refusal):
            counted.refused(answer.code)
            self._audit(message.topic, route.table, answer.code)
        else:
            counted.ok()
            self._audit(message.topic, route.table)
        return answer

    async def _admit_join(self, message: Message, topic: topics.Topic, route: Route) -> Answer:
        try:
            joined = await self._open(message, topic, route)
            self._joined[message.topic] = joined
            return joined.channel.response()
        except Refusal as refusal:
            self.credentials.refuse(refusal, in_use=bool(self._joined))
            return refusal
        except Exception:  # a crash in one join is that channel's alone
            incident = str(uuid4())
            log.exception("join crashed", topic=message.topic, incident=incident)
            self._drop(message.topic)
            return join_crashed(incident)

    def _audit(self, topic: str, table: TopicTable | None, outcome: str = OK) -> None:
        self.node.join_audit.note(self.credentials.identity, self.credentials.address, topic, table, outcome)

    def _drop(self, topic: str) -> _Joined | None:
        joined = self._joined.pop(topic, None)
        if joined is not None:
            joined.held.close()
        return joined

    async def _open(self, message: Message, topic: topics.Topic, route: Route) -> _Joined:
        if len(self._joined) >= CHANNELS:
            raise too_many_channels(CHANNELS)
        payload = message.payload if isinstance(message.payload, Mapping) else {}
        identity = self.credentials.read(payload.get("token"))

        def push(event: str, payload: Mapping[str, Any]) -> None:
            self._send(Push(message.join_ref, message.topic, event, payload))

        def end(failed: bool) -> None:
            joined = self._joined.get(message.topic)
            if joined is not None and joined.join_ref == message.join_ref:
                self._drop(message.topic)
                self._send((crashed if failed else closed)(message.join_ref, message.topic))

        hold = Hold(identity, topic, partial(self.transport.close, GOING_AWAY), end)
        with ExitStack() as held:
            held.enter_context(self.node.letting_go.heard(identity.user_id, hold.hear))
            await self._welcome(identity, payload.get("token"))
            self.node.limits.spend(identity.user_id, route.table.join)
            if route.table.capability is not None:
                self.node.flags.require(route.table.capability, identity.user_id)
            asked = payload if route.table.join.later else read(route.table.join.payload, payload)
            place = Place(self.node.lobby, message.topic, push, self._deliver)
            held.callback(place.leave)
            channel = await route.open(
                Join(self.node, identity, topic, asked, push, end, self._deliver, place, self._renew)
            )
            held.callback(channel.leave)
            hold.check()
            return _Joined(message.join_ref, channel, route.table, identity.user_id, held.pop_all())

    async def _welcome(self, identity: Identity, token: object) -> None:
        """Raises Refusal."""
        await check_welcome(self.node, identity)
        self.credentials.settle(identity, token, in_use=bool(self._joined))

    async def _renew(self, token: str) -> Identity:
        """Raises Refusal."""
        identity = self.credentials.read(token)
        await self._welcome(identity, token)
        return identity

    def _leave(self, message: Message, joined: _Joined | None) -> None:
        if joined is None:
            return self._reply(message, {})
        if message.join_ref in (None, joined.join_ref):
            self._drop(message.topic)
            self._reply(evolve(message, join_ref=joined.join_ref), {})
            self._send(closed(joined.join_ref, message.topic))

    # -- messages -----------------------------------------------------------------------------------------------

    async def _handle(self, message: Message, joined: _Joined) -> None:
        if message.join_ref is None:
            message = evolve(message, join_ref=joined.join_ref)  # a client may leave it out; the reply carries it
        event = joined.table.events.get(message.event)
        if event is None:
            return self._reply(message, invalid("event", f"This topic has no event {message.event[:100]!r}."))
        counted = self.node.metrics.asked(joined.table, event)
        try:
            payload = self._admit(message, joined, event)
            await joined.channel.handle(message.event, payload, lambda answer: self._answer(message, counted, answer))
        except Refusal as refusal:
            self._answer(message, counted, refusal)
        except Exception:  # a crash in one channel is that channel's alone
            incident = str(uuid4())
            log.exception("channel crashed", topic=message.topic, sent=message.event, incident=incident)
            self._answer(message, counted, internal(incident))
            if self._drop(message.topic) is not None:  # it may have ended itself before
                self._send(crashed(joined.join_ref, message.topic))

    def _admit(self, message: Message, joined: _Joined, event: ClientEvent) -> Any:
        """The payload, where the event is one that this user may send now. Raises Refusal."""
        self.node.limits.spend(joined.user, event)
        if event.later:
            raise unavailable(event.later)
        if not may(joined.channel.role, event.action):
            raise forbidden()
        if event.payload is not bytes:
            return read(event.payload, message.payload)
        if not isinstance(message.payload, bytes):
            raise invalid("$", "It must be a binary message.")
        return message.payload

    def _answer(self, message: Message, counted: Asked, answer: Answer) -> None:
        if isinstance(answer, Refusal):
            counted.refused(answer.code)
        else:
            counted.ok()
        self._reply(message, answer)

    def _reply(self, message: Message, answer: Answer) -> None:
        join_ref = None if message.topic == HEARTBEAT_TOPIC else message.join_ref
        if not isinstance(answer, Refusal):
            return self._send(Reply(join_ref, message.ref, message.topic, "ok", answer))
        join_ref = None if answer.reason == unmatched_topic().reason else join_ref
        self._send(Reply(join_ref, message.ref, message.topic, "error", answer.as_response()))

    def _deliver(self, published: Published) -> None:
        self.transport.send(published.frame(self.serializer))

    def _send(self, out: Outgoing) -> None:
        self.transport.send(self.serializer.encode(out))
