"""The channels of one WebSocket: joins, leaves, and each message to its channel. Decode, call, encode, map errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

import structlog
from attrs import define, field, frozen

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
    Encoded,
    Frame,
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
from lossy.web.held import Held
from lossy.web.hold import Hold
from lossy.web.node import Node
from lossy.web.note_events import told_when_away
from lossy.web.presence import Place
from lossy.web.transport import GOING_AWAY, Transport

if TYPE_CHECKING:
    from lossy.web.metrics import Asked

CHANNELS = 100  # on one socket, as Phoenix has it

log = structlog.get_logger()

Answer = Mapping[str, Any] | Refusal
Answering = Callable[[Answer], None]
UNMATCHED = unmatched_topic().reason


class Channel(Protocol):
    @property
    def role(self) -> Role:
        """The user's, with what the topic is about."""

    def response(self) -> Mapping[str, Any]:
        """The response of the join."""

    def begin(self) -> None:
        """Starts the pushes: the reply to the join is on its way."""

    def handle(self, event: str, payload: Any, answer: Answering) -> Awaitable[None] | None:
        """`payload` is of the event's class, and the user may do it. `answer` is called once, now or later.

        Raises Refusal instead where the event is refused at once. One that has to wait for something is written with
        `async def`; the socket's next message comes after it.
        """

    def leave(self) -> None: ...


@frozen(eq=False)
class Join:
    """What a channel's join gets to work with."""

    node: Node
    identity: Identity
    topic: topics.Topic
    asked: Any  # of the class that the topic's table names for a join, or as it came where that topic is for later
    push: Callable[[str, Mapping[str, Any] | Encoded], None]
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
    held: Held  # whose end leaves the channel


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
                await self.transport.serve(self._receive)
            if self.credentials.stay.cancelled_caught:
                self.transport.close(GOING_AWAY)
        finally:
            self.node.sockets.discard(self.transport)
            for topic in [*self._joined]:
                self._drop(topic)

    def _receive(self, frame: Frame) -> Awaitable[None] | None:
        """Does what can be done at once. What is given back has to be waited for, before the next."""
        try:
            message = self.serializer.decode(frame)
        except RemoteProtocolError as error:
            log.info("undecodable frame", error=str(error))
            self.node.metrics.broken_frame(error.close_code)
            self.transport.close(error.close_code)
            return None
        self.credentials.watch()
        return self._take(message)

    def _take(self, message: Message) -> Awaitable[None] | None:
        joined = self._joined.get(message.topic)
        if message.topic == HEARTBEAT_TOPIC:
            self._reply(None, message, {} if message.event == HEARTBEAT else unmatched_topic())
        elif message.event == JOIN:
            return self._join(message)
        elif message.event == LEAVE:
            self._leave(message, joined)
        elif joined is None:
            self._reply(None, message, unmatched_topic())
        elif message.join_ref in (None, joined.join_ref):
            return self._handle(message, joined)
        return None

    # -- joining and leaving ------------------------------------------------------------------------------------

    async def _join(self, message: Message) -> None:
        old = self._drop(message.topic)
        answer = await self._enter(message)
        self._reply(message.join_ref, message, answer)
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
            with told_when_away():
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

        push = partial(self._push, message.join_ref, message.topic)
        end = partial(self._end, message.join_ref, message.topic)
        hold = Hold(identity, topic, partial(self.transport.close, GOING_AWAY), end)
        with Held() as held:
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

    def _push(self, join_ref: str | None, topic: str, event: str, payload: Mapping[str, Any] | Encoded) -> None:
        self._send(Push(join_ref, topic, event, payload))

    def _end(self, join_ref: str | None, topic: str, failed: bool) -> None:
        joined = self._joined.get(topic)
        if joined is not None and joined.join_ref == join_ref:
            self._drop(topic)
            self._send((crashed if failed else closed)(join_ref, topic))

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
            return self._reply(message.join_ref, message, {})
        if message.join_ref in (None, joined.join_ref):
            self._drop(message.topic)
            self._reply(joined.join_ref, message, {})
            self._send(closed(joined.join_ref, message.topic))

    # -- messages -----------------------------------------------------------------------------------------------

    def _handle(self, message: Message, joined: _Joined) -> Awaitable[None] | None:
        event = joined.table.events.get(message.event)
        if event is None:
            self._reply(joined.join_ref, message, invalid("event", f"This topic has no event {message.event[:100]!r}."))
            return None
        counted = self.node.metrics.asked(joined.table, event)
        answer = partial(self._answer, joined.join_ref, message, counted)
        try:
            payload = self._admit(message, joined, event)
            rest = joined.channel.handle(message.event, payload, answer)
        except Exception as error:
            self._fail(message, joined, answer, error)
            return None
        return None if rest is None else self._await(rest, message, joined, answer)

    async def _await(self, rest: Awaitable[None], message: Message, joined: _Joined, answer: Answering) -> None:
        try:
            await rest
        except Exception as error:
            self._fail(message, joined, answer, error)

    def _fail(self, message: Message, joined: _Joined, answer: Answering, error: Exception) -> None:
        """A refusal is an answer. A crash in one channel is that channel's alone."""
        if isinstance(error, Refusal):
            return answer(error)
        incident = str(uuid4())
        log.error("channel crashed", topic=message.topic, sent=message.event, incident=incident, exc_info=error)
        answer(internal(incident))
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

    def _answer(self, join_ref: str | None, message: Message, counted: Asked, answer: Answer) -> None:
        if isinstance(answer, Refusal):
            counted.refused(answer.code)
        else:
            counted.ok()
        self._reply(join_ref, message, answer)

    def _reply(self, join_ref: str | None, message: Message, answer: Answer) -> None:
        """`join_ref` is that of the channel: a client may leave it out."""
        if isinstance(answer, Refusal):
            join_ref = None if answer.reason == UNMATCHED else join_ref
            return self._send(Reply(join_ref, message.ref, message.topic, "error", answer.as_response()))
        self._send(Reply(join_ref, message.ref, message.topic, "ok", answer))

    def _deliver(self, published: Published) -> None:
        self.transport.share(published.frame(self.serializer))

    def _send(self, out: Outgoing) -> None:
        self.transport.send(self.serializer.encode(out))
