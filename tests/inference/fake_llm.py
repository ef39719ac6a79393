"""A server that speaks /v1/chat/completions over real HTTP, and misbehaves as it is told.

It says what it heard and when a connection is gone by events, so that a test need not wait on a clock.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import h11
import trio
from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NONE: Mapping[str, str] = {}
DONE = {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}


@frozen
class Heard:
    """A request. `headers` have names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def said(self) -> str:
        """The words of the remark."""
        said: str = json.loads(self.body["messages"][-1]["content"])["remark"]
        return said


@define(eq=False)
class Exchange:
    """One request being answered."""

    heard: Heard
    _stream: trio.SocketStream
    _http: h11.Connection

    async def begin(self, status: int = 200, headers: Mapping[str, str] = NONE) -> None:
        """Without a length: in chunks."""
        named = {"content-type": "text/event-stream", **headers}
        await self._send(h11.Response(status_code=status, headers=[*named.items()]))

    async def piece(self, text: str) -> None:
        await self.event(json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}))

    async def event(self, data: str) -> None:
        await self.raw(f"data: {data}\n\n".encode())

    async def raw(self, data: bytes) -> None:
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        await self._send(h11.EndOfMessage())

    async def until_gone(self) -> None:
        """Returns when the client has closed the connection."""
        while await self._stream.receive_some():
            pass

    async def _send(self, event: Any) -> None:
        await self._stream.send_all(self._http.send(event) or b"")


Behaviour = Callable[[Exchange], Awaitable[None]]


@define(eq=False)
class FakeServer:
    """Does what is next in `script`, and after its end answers as a good model does."""

    url: str
    script: list[Behaviour] = field(factory=list)
    heard: list[Heard] = field(factory=list, init=False)
    connections: int = field(default=0, init=False)
    _changed: trio.Condition = field(factory=trio.Condition, init=False)
    _gone: int = field(default=0, init=False)

    async def until_heard(self, requests: int) -> None:
        await self._until(lambda: len(self.heard) >= requests)

    async def until_gone(self, connections: int = 1) -> None:
        """So many connections were closed."""
        await self._until(lambda: self._gone >= connections)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with self._changed:
            while not reached():
                await self._changed.wait()

    async def serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        http = h11.Connection(h11.SERVER)
        try:
            while (heard := await _request(stream, http)) is not None:
                self.heard.append(heard)
                await self._tell()
                behave = self.script.pop(0) if self.script else well
                await behave(Exchange(heard, stream, http))
                if http.states != DONE:
                    break
                http.start_next_cycle()
        except trio.BrokenResourceError:
            pass  # the client is gone
        finally:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)
                self._gone += 1
                await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _request(stream: trio.SocketStream, http: h11.Connection) -> Heard | None:
    request, body = None, b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await stream.receive_some())
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            headers = {name.decode(): value.decode() for name, value in request.headers}
            return Heard(request.target.decode(), headers, json.loads(body))
        else:
            return None


@asynccontextmanager
async def open_fake(*script: Behaviour) -> AsyncIterator[FakeServer]:
    async with trio.open_nursery() as nursery:
        fake = FakeServer("", [*script])
        serve = partial(trio.serve_tcp, fake.serve, 0, host="127.0.0.1")
        (listener,) = await nursery.start(serve)
        fake.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/v1"
        yield fake
        nursery.cancel_scope.cancel()


# -- what it may do -----------------------------------------------------------------------------------------------


def note(text: Any, **others: Any) -> str:
    """What a good model answers."""
    usual = {"text": text, "category": "graphics", "confidence": 0.9, "from_s": None, "to_s": None}
    return json.dumps({**usual, **others})


async def well(exchange: Exchange) -> None:
    """A note of the very words, piece by piece."""
    await says(note(exchange.heard.said))(exchange)


def says(written: str, *, size: int = 8) -> Behaviour:
    """An answer in pieces of so many characters."""

    async def behave(exchange: Exchange) -> None:
        await exchange.begin()
        for i in range(0, len(written), size):
            await exchange.piece(written[i : i + size])
        await exchange.event("[DONE]")
        await exchange.end()

    return behave


def refuses(status: int, body: bytes = b"{}", headers: Mapping[str, str] = NONE) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.begin(status, headers)
        await exchange.raw(body)
        await exchange.end()

    return behave


def sends(*chunks: bytes, headers: Mapping[str, str] = NONE) -> Behaviour:
    """These bytes as its stream, to the end."""

    async def behave(exchange: Exchange) -> None:
        await exchange.begin(headers=headers)
        for chunk in chunks:
            await exchange.raw(chunk)
        await exchange.end()

    return behave


def stalls(*pieces: str, begin: bool = True) -> Behaviour:
    """These pieces and then nothing, until the client has had enough."""

    async def behave(exchange: Exchange) -> None:
        if begin:
            await exchange.begin()
        for piece in pieces:
            await exchange.piece(piece)
        await exchange.until_gone()

    return behave


def breaks_off(*pieces: str) -> Behaviour:
    """These pieces, and the connection is gone."""

    async def behave(exchange: Exchange) -> None:
        await exchange.begin()
        for piece in pieces:
            await exchange.piece(piece)
        raise trio.BrokenResourceError

    return behave
