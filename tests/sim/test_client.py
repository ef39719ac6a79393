"""The client of the simulator against servers that answer, vanish, and never answer."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import orjson
import pytest
import trio
import trustme
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from lossy.channels.wire import V2, Message, Push, Reply
from lossy.sim import client as client_module
from lossy.sim.client import Disconnected, Pushed, Refused, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from trio_websocket import WebSocketConnection

pytestmark = pytest.mark.integration


@asynccontextmanager
async def serving(handle: Callable[[WebSocketConnection], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that does as it is told with each socket; yields its address."""

    async def accept(request: WebSocketRequest) -> None:
        await handle(await request.accept())

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            server = await nursery.start(partial(serve_websocket, accept, "127.0.0.1", 0, None))
            yield f"http://127.0.0.1:{server.port}"
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def serving_tcp(handle: Callable[[trio.SocketStream], Awaitable[None]]) -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, handle, 0, host="127.0.0.1"))
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


async def receive(websocket: WebSocketConnection) -> Message:
    return V2().decode(await websocket.get_message())


async def reply(websocket: WebSocketConnection, to: Message, status: str = "ok", **response: object) -> None:
    await websocket.send_message(V2().encode(Reply(to.join_ref, to.ref, to.topic, status, response)))


async def agree(websocket: WebSocketConnection) -> None:
    """Answers ok to everything, until the client goes."""
    try:
        while True:
            await reply(websocket, await receive(websocket))
    except ConnectionClosed:
        pass


# -- asking ---------------------------------------------------------------------------------------------------------


async def test_a_join_and_an_event_are_what_the_npm_client_sends() -> None:
    heard: list[list[object]] = []

    async def handle(websocket: WebSocketConnection) -> None:
        for _ in range(2):
            frame = await websocket.get_message()
            heard.append(orjson.loads(frame))
            await reply(websocket, V2().decode(frame), n=len(heard))

    async with serving(handle) as url, connect(url) as client:
        assert await client.join("charts:a", {"token": "x"}) == {"n": 1}
        assert await (await client.push("charts:a", "echo", {"b": 1})).response() == {"n": 2}
    assert heard == [["1", "1", "charts:a", "phx_join", {"token": "x"}], ["1", "2", "charts:a", "echo", {"b": 1}]]


async def test_replies_find_their_question_in_any_order() -> None:
    async def handle(websocket: WebSocketConnection) -> None:
        await reply(websocket, await receive(websocket))
        asked = [await receive(websocket) for _ in range(3)]
        for message in reversed(asked):
            await reply(websocket, message, event=message.event)
        await websocket.get_message()

    async with serving(handle) as url, connect(url) as client:
        await client.join("charts:a", {})
        asked = [await client.push("charts:a", event, {}) for event in "abc"]
        assert [(await one.response())["event"] for one in asked] == ["a", "b", "c"]


async def test_an_error_is_raised_with_its_words() -> None:
    async def handle(websocket: WebSocketConnection) -> None:
        await reply(websocket, await receive(websocket), "error", code="forbidden", message="Not you.")
        await websocket.get_message()

    async with serving(handle) as url, connect(url) as client:
        with pytest.raises(Refused, match=r"forbidden: Not you\.") as refused:
            await client.join("charts:a", {})
        assert refused.value.response == {"code": "forbidden", "message": "Not you."}


async def test_pushes_come_in_order() -> None:
    async def handle(websocket: WebSocketConnection) -> None:
        for n in range(3):
            await websocket.send_message(V2().encode(Push("1", "charts:a", "pushed", {"n": n})))
        await websocket.get_message()

    async with serving(handle) as url, connect(url) as client:
        pushed = [await client.pushes.receive() for _ in range(3)]
    assert pushed == [Pushed("charts:a", "pushed", {"n": n}) for n in range(3)]


async def test_the_heart_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "HEARTBEAT_S", 0.01)
    beats: list[Message] = []
    enough = trio.Event()

    async def handle(websocket: WebSocketConnection) -> None:
        while len(beats) < 2:
            beats.append(await receive(websocket))
            await reply(websocket, beats[-1])
        enough.set()
        await agree(websocket)

    async with serving(handle) as url, connect(url):
        await enough.wait()
    assert [(beat.join_ref, beat.topic, beat.event) for beat in beats] == [(None, "phoenix", "heartbeat")] * 2
    assert beats[0].ref != beats[1].ref


# -- losing the server ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013])
async def test_what_waits_for_an_answer_hears_of_the_end(code: int) -> None:
    async def handle(websocket: WebSocketConnection) -> None:
        await reply(websocket, await receive(websocket))
        await websocket.get_message()
        await websocket.aclose(code)

    async with serving(handle) as url, connect(url) as client:
        await client.join("charts:a", {})
        asked = await client.push("charts:a", "echo", {})
        with pytest.raises(Disconnected):
            await asked.response()
        with pytest.raises(Disconnected):
            await client.push("charts:a", "echo", {})
        with pytest.raises(trio.EndOfChannel):
            await client.pushes.receive()


async def test_a_server_that_vanishes_without_a_word_is_noticed() -> None:
    async def handle(websocket: WebSocketConnection) -> None:
        await receive(websocket)
        await websocket._stream.aclose()

    async with serving(handle) as url, connect(url) as client:
        with pytest.raises(Disconnected):
            await client.join("charts:a", {})


async def test_nobody_there_is_disconnected() -> None:
    with pytest.raises(Disconnected):
        async with connect("http://127.0.0.1:1"):
            pass


async def test_who_hangs_up_or_speaks_something_else_is_disconnected_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "CONNECT_S", 30)
    answers = [b"", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"]

    async def handle(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        if answer := answers.pop():
            await stream.send_all(answer)

    async with serving_tcp(handle) as url:
        for _ in [*answers]:
            with pytest.raises(Disconnected):
                async with connect(url):
                    pass


async def test_who_never_answers_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "CONNECT_S", 0.05)

    async def handle(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with serving_tcp(handle) as url:
        with pytest.raises(Disconnected):
            async with connect(url):
                pass


# -- TLS ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def tls_server(authority: trustme.CA) -> AsyncIterator[str]:
    """The address of a server behind TLS that accepts whoever comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def accept(request: WebSocketRequest) -> None:
        with suppress(ConnectionClosed):
            await (await request.accept()).get_message()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve_websocket, accept, "localhost", 0, context)
        yield f"https://localhost:{server.port}"
        nursery.cancel_scope.cancel()


async def test_a_server_behind_tls_is_reached_where_its_certificate_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    async with tls_server(authority) as url:
        with pytest.raises(Disconnected):
            async with connect(url):
                pytest.fail("anybody may have made that certificate")
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        async with connect(url) as client:
            assert client.pushes is not None
