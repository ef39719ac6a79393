"""A Phoenix channels client on trio-websocket: what the npm client is to a browser."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import trio
from attrs import define, field, frozen
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, wrap_client_stream

from lossy.channels.wire import HEARTBEAT, HEARTBEAT_TOPIC, JOIN, V2, Broadcast, Message, Push, Reply

# Pushes that nobody has taken yet; beyond this the reader waits, and the server closes us when its outbox is full.
PUSHES = 1000
HEARTBEAT_S = 20.0
CONNECT_S = 1.0  # a reconnection is promised within 2 s, and a server that is there answers at once
PATH = "/socket/websocket?vsn=2.0.0"


class Disconnected(Exception):
    """The socket is gone, or never opened. What was sent and not answered may have arrived or not."""


class Refused(Exception):
    """The server answered with an error; `response` has its code, message and details."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        super().__init__(f"{response.get('code')}: {response.get('message')}")
        self.response = response


@frozen
class Pushed:
    topic: str
    event: str
    payload: Mapping[str, Any]


async def put(out: trio.MemorySendChannel[Pushed], pushed: Pushed) -> None:
    """Waits only where there is no room: with a channel's own `send` every push costs its sender a turn more."""
    try:
        out.send_nowait(pushed)
    except trio.WouldBlock:
        await out.send(pushed)


@define(eq=False)
class Asked:
    """A message on its way; its reply, or None when the socket goes first."""

    answered: trio.Event = field(factory=trio.Event)
    reply: Reply | None = None

    async def response(self) -> Mapping[str, Any]:
        """Raises Refused, Disconnected."""
        await self.answered.wait()
        if self.reply is None:
            raise Disconnected
        assert isinstance(self.reply.response, Mapping), "we ask for nothing that is answered in binary"
        if self.reply.status != "ok":
            raise Refused(self.reply.response)
        return self.reply.response


@define(eq=False)
class Client:
    pushes: trio.MemoryReceiveChannel[Pushed]
    _websocket: WebSocketConnection
    _out: trio.MemorySendChannel[Pushed]
    _refs: count[int] = field(factory=lambda: count(1), init=False)
    _join_refs: dict[str, str] = field(factory=dict, init=False)
    _asked: dict[str | None, Asked] = field(factory=dict, init=False)
    _gone: bool = field(default=False, init=False)

    async def join(self, topic: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises Refused, Disconnected."""
        self._join_refs[topic] = str(next(self._refs))
        asked = await self._ask(Message(self._join_refs[topic], self._join_refs[topic], topic, JOIN, payload))
        return await asked.response()

    async def push(self, topic: str, event: str, payload: Mapping[str, Any] | bytes) -> Asked:
        """Sends an event; events leave in the order of these calls. Raises Disconnected."""
        return await self._ask(Message(self._join_refs[topic], str(next(self._refs)), topic, event, payload))

    async def _ask(self, message: Message) -> Asked:
        if self._gone:
            raise Disconnected
        asked = self._asked[message.ref] = Asked()
        try:
            await self._websocket.send_message(V2().encode_message(message))
        except ConnectionClosed as closed:
            raise Disconnected(str(closed.reason)) from None
        return asked

    async def read(self) -> None:
        """Takes in frames until the socket is gone."""
        try:
            async with self._out:
                while True:
                    pushed = self._take(V2().decode_server(await self._websocket.get_message()))
                    if pushed is not None:
                        await put(self._out, pushed)
        except ConnectionClosed:
            pass
        finally:
            self._gone = True
            for asked in self._asked.values():
                asked.answered.set()
            self._asked.clear()

    def _take(self, out: Reply | Push | Broadcast) -> Pushed | None:
        """What is to be passed on of it."""
        match out:
            case Reply(_, ref, _, _, _):
                if ref in self._asked:
                    asked = self._asked.pop(ref)
                    asked.reply = out
                    asked.answered.set()
            case Push(_, topic, event, payload) | Broadcast(topic, event, payload):
                if isinstance(payload, Mapping):
                    return Pushed(topic, event, payload)
        return None

    async def beat(self, stream: trio.abc.Stream) -> None:
        """Closes the connection when a heartbeat has no answer by the time of the next, as the npm client does."""
        with suppress(Disconnected):
            await trio.sleep(HEARTBEAT_S)
            while await self._is_alive():
                pass
            await trio.aclose_forcefully(stream)

    async def _is_alive(self) -> bool:
        """Sends a heartbeat; whether it has its answer by the time of the next. Raises Disconnected."""
        asked = await self._ask(Message(None, str(next(self._refs)), HEARTBEAT_TOPIC, HEARTBEAT, {}))
        await trio.sleep(HEARTBEAT_S)
        return asked.answered.is_set()


@define(eq=False)
class Watched(trio.abc.Stream):
    """A stream whose end is told: trio-websocket waits on for a handshake that was cut off."""

    _stream: trio.abc.Stream
    ended: Callable[[], None] = lambda: None

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            received = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError:
            self.ended()
            raise
        if not received:
            self.ended()
        return received

    async def aclose(self) -> None:
        await self._stream.aclose()


Through = Callable[[trio.abc.Stream], trio.abc.Stream]


async def _open_stream(host: str, port: int, *, tls: bool) -> trio.abc.Stream:
    """Raises Disconnected."""
    try:
        with trio.fail_after(CONNECT_S):
            stream = await trio.open_tcp_stream(host, port)
    except (OSError, trio.TooSlowError) as error:
        raise Disconnected(str(error)) from None
    if not tls:
        return stream
    return trio.SSLStream(stream, ssl.create_default_context(), server_hostname=host, https_compatible=True)


@asynccontextmanager
async def connect(url: str, through: Through = lambda stream: stream) -> AsyncIterator[Client]:
    """A client on the server at `url` (http or https). Raises Disconnected when the socket does not open.

    All that goes over it goes `through` what that makes of its stream.

    The stream is ours to close: trio-websocket leaves it open when the server vanishes without a close frame.
    """
    address = urlsplit(url)
    tls = address.scheme == "https"
    host, port = address.hostname or "", address.port or (443 if tls else 80)
    out, pushes = trio.open_memory_channel[Pushed](PUSHES)
    stream = through(await _open_stream(host, port, tls=tls))
    async with stream:
        try:
            async with trio.open_nursery() as nursery:
                websocket = None
                watched: Any = Watched(stream)  # it is said to take a socket's stream alone, and takes any
                with trio.move_on_after(CONNECT_S) as handshake:
                    watched.ended = handshake.cancel
                    websocket = await wrap_client_stream(nursery, watched, f"{host}:{port}", PATH)
                if websocket is not None:
                    client = Client(pushes, websocket, out)
                    nursery.start_soon(client.read)
                    nursery.start_soon(client.beat, stream)
                    yield client
                nursery.cancel_scope.cancel()
        except* HandshakeError as errors:
            raise Disconnected(str(errors)) from None
    if websocket is None:
        raise Disconnected("the server does not answer the handshake")
