"""The socket on the real server: who may open it, which token it takes, and how it closes."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import orjson
import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from lossy.web import sockets
from lossy.web import websocket as loop
from lossy.web.auth import Identity, make_token
from lossy.web.front import FrontSettings
from tests.web.conftest import EXTENSION
from tests.web.http import fetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lossy.app import App

pytestmark = pytest.mark.integration

PATH = "/socket/websocket"
JOIN = '["1","1","video:meta","phx_join",{}]'
HEARTBEAT = '[null,"7","phoenix","heartbeat",{}]'
PULSE = [None, "7", "phoenix", "phx_reply", {"status": "ok", "response": {}}]


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@asynccontextmanager
async def dial(
    app: App, query: str = "vsn=2.0.0", *, origin: str | None = None, subprotocols: list[str] | None = None
) -> AsyncIterator[WebSocketConnection]:
    host = app.url.removeprefix("http://")
    headers = [] if origin is None else [(b"Origin", origin.encode())]
    async with await dial_tcp(app) as stream, trio.open_nursery() as nursery:
        yield await wrap_client_stream(
            nursery, stream, host, f"{PATH}?{query}", subprotocols=subprotocols, extra_headers=headers
        )
        nursery.cancel_scope.cancel()


async def dial_tcp(app: App) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", int(app.url.rpartition(":")[2]))


async def ask(websocket: WebSocketConnection, frame: str | bytes) -> Any:
    with trio.fail_after(5):
        await websocket.send_message(frame)
        return orjson.loads(await websocket.get_message())


async def close_code(websocket: WebSocketConnection) -> int:
    """Reads to the end."""
    with trio.fail_after(5), suppress(ConnectionClosed):
        while True:
            await websocket.get_message()
    assert websocket.closed is not None
    return int(websocket.closed.code)


async def refused(app: App, query: str, **headers: str) -> int:
    """The status of an upgrade that is refused."""
    return (await fetch("GET", f"{app.url}{PATH}?{query}", {**UPGRADE, **headers})).status


async def token_of(app: App) -> str:
    """For a new device of the admin."""
    await app.sign_in_url()
    admin, device = await app.node.accounts.admin(), uuid4()
    assert admin is not None
    assert await app.node.accounts.add_device(device, admin.id)
    return make_token(app.node, Identity(admin.id, device))[0]


# -- opening --------------------------------------------------------------------------------------------------------


async def test_version_2_speaks_in_arrays(app: App) -> None:
    for query in ("vsn=2.0.0", "vsn=2.0.7", "token=x&vsn=2.0.0"):
        async with dial(app, query) as websocket:
            assert await ask(websocket, HEARTBEAT) == PULSE, query


async def test_version_1_and_none_speak_in_objects(app: App) -> None:
    sent = '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"7"}'
    pulse = {"topic": "phoenix", "event": "phx_reply", "payload": {"status": "ok", "response": {}}, "ref": "7"}
    for query in ("vsn=1.0.0", "vsn=1.0.3", "", "token=x"):
        async with dial(app, query) as websocket:
            assert await ask(websocket, sent) == pulse, query


async def test_another_version_is_refused(app: App) -> None:
    for version in ("3.0.0", "2.1.0", "2", "2.0", "", "2.0.0.0", "x", "02.0.0", "1.0.0%20"):
        assert await refused(app, f"vsn={version}") == 403, version
    assert await refused(app, "vsn[]=2.0.0&vsn=9") == 403


async def test_another_origin_is_refused(app: App) -> None:
    origins = ("https://evil.example", "null", "", "chrome-extension://x", "http://127.0.0.1", f"{app.url}/", "file://")
    for origin in origins:
        assert await refused(app, "vsn=2.0.0", Origin=origin) == 403, origin


async def test_the_web_app_the_extension_and_no_origin_at_all_may_connect(app: App) -> None:
    local = app.url.replace("127.0.0.1", "localhost")
    for origin in (None, app.url, local, f"chrome-extension://{EXTENSION}"):
        async with dial(app, origin=origin) as websocket:
            assert await ask(websocket, HEARTBEAT)


# -- the token of the connection ------------------------------------------------------------------------------------


async def test_an_auth_token_comes_as_a_subprotocol(app: App) -> None:
    encoded = base64.b64encode((await token_of(app)).encode()).decode().rstrip("=")
    async with dial(app, subprotocols=["phoenix", f"base64url.bearer.phx.{encoded}"]) as websocket:
        assert websocket.subprotocol == "phoenix"
        assert (await ask(websocket, JOIN))[4]["status"] == "ok"


async def test_an_auth_token_that_is_none_still_opens_the_socket(app: App) -> None:
    for encoded in ("", "!", "a", "////", "YQ=="):
        async with dial(app, subprotocols=["phoenix", f"base64url.bearer.phx.{encoded}"]) as websocket:
            assert websocket.subprotocol == "phoenix"
            assert (await ask(websocket, JOIN))[4]["response"]["code"] == "unauthenticated", encoded


async def test_an_auth_token_may_be_in_either_alphabet(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of ours needs neither `+` nor `/`; this text needs both."""
    seen: list[str | None] = []
    monkeypatch.setattr(sockets.Socket, "run", lambda socket: remember(seen, socket.credentials.token))
    for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = alphabet(b"~~>?").decode().rstrip("=")
        assert {"+", "-"} & set(encoded)
        async with dial(app, subprotocols=["phoenix", f"base64url.bearer.phx.{encoded}"]) as websocket:
            await close_code(websocket)
    assert seen == ["~~>?", "~~>?"]


async def remember(seen: list[str | None], token: str | None) -> None:
    seen.append(token)


async def test_a_client_that_does_not_offer_phoenix_is_given_no_protocol(app: App) -> None:
    async with dial(app) as websocket:
        assert websocket.subprotocol is None


async def test_a_token_parameter_lets_older_clients_in(app: App) -> None:
    async with dial(app, f"token={await token_of(app)}&vsn=2.0.0") as websocket:
        assert (await ask(websocket, JOIN))[4]["status"] == "ok"


async def test_the_auth_token_wins_over_the_parameter(app: App) -> None:
    encoded = base64.b64encode(b"not a token").decode().rstrip("=")
    query = f"token={await token_of(app)}&vsn=2.0.0"
    async with dial(app, query, subprotocols=["phoenix", f"base64url.bearer.phx.{encoded}"]) as websocket:
        assert (await ask(websocket, JOIN))[4]["response"]["code"] == "unauthenticated"


async def test_a_join_without_any_token_is_refused_and_the_socket_stays_open(app: App) -> None:
    async with dial(app) as websocket:
        assert (await ask(websocket, JOIN))[4]["response"]["code"] == "unauthenticated"
        assert await ask(websocket, HEARTBEAT)


async def test_a_socket_whose_token_is_refused_is_closed_with_1001(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossy.web.credentials.REFUSED_TOKEN_S", 0.05)
    async with dial(app, "token=x&vsn=2.0.0") as websocket:
        await websocket.send_message(JOIN)
        assert await close_code(websocket) == 1001


async def test_a_revoked_device_is_refused(app: App) -> None:
    token = await token_of(app)
    async with app.node.pool.lend() as connection:
        await connection.execute("UPDATE devices SET revoked_at = now()")
    async with dial(app, f"token={token}&vsn=2.0.0") as websocket:
        assert (await ask(websocket, JOIN))[4]["response"]["code"] == "unauthenticated"


async def test_a_token_of_a_device_that_became_somebody_elses_is_refused(app: App) -> None:
    token = make_token(app.node, Identity(UUID(int=1), UUID(int=2)))[0]
    async with dial(app, f"token={token}&vsn=2.0.0") as websocket:
        assert (await ask(websocket, JOIN))[4]["response"]["code"] == "unauthenticated"


# -- closing --------------------------------------------------------------------------------------------------------


async def test_a_frame_that_is_no_message_closes_the_socket(app: App) -> None:
    broken: dict[str | bytes, int] = {"{": 1007, "": 1007, "[1]": 1003, "null": 1003, b"": 1003, b"\0\xff\0\0\0": 1007}
    for frame, code in broken.items():
        async with dial(app) as websocket:
            await websocket.send_message(frame)
            assert await close_code(websocket) == code, frame
    await nobody_left(app)


async def test_a_frame_that_is_too_long_is_1009(app: App) -> None:
    async with dial(app) as websocket:
        await websocket.send_message("x" * (FrontSettings().max_message_bytes + 1))
        assert await close_code(websocket) == 1009
    await nobody_left(app)


async def test_silence_is_1001(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "IDLE_S", 0.05)
    monkeypatch.setattr(loop, "SWEEP_S", 0.05)
    async with dial(app) as websocket:
        assert await close_code(websocket) == 1001
    await nobody_left(app)


async def test_our_fault_is_1011(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(sockets.Socket, "_take", fail)
    async with dial(app) as websocket:
        await websocket.send_message(HEARTBEAT)
        assert await close_code(websocket) == 1011
    await nobody_left(app)


async def test_a_client_that_goes_leaves_nothing_behind(app: App) -> None:
    token = await token_of(app)
    async with dial(app, f"token={token}&vsn=2.0.0") as websocket:
        await ask(websocket, JOIN)
        assert len(app.node.sockets) == 1
    await nobody_left(app)


async def test_who_does_not_read_is_cut_and_the_others_do_not_notice(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow one's frames fill its socket, then its outbox; the other's answers come meanwhile."""
    monkeypatch.setattr(loop, "OUTBOX", 8)
    async with dial(app) as quick, await dial_tcp(app) as slow:
        await shake_hands(slow, app)
        await ask(quick, HEARTBEAT)
        (transport,) = [one for one in app.node.sockets if not await answers(one, quick, app)]
        frame = '["1",null,"charts:a","pushed",{"filling":"' + "x" * 200_000 + '"}]'
        with trio.fail_after(20):
            while len(app.node.sockets) == 2:
                transport.send(frame)
                assert await ask(quick, HEARTBEAT) == PULSE
        assert len(app.node.sockets) == 1


async def shake_hands(stream: trio.SocketStream, app: App) -> None:
    """A WebSocket whose client reads no further than the handshake."""
    headers = {"Host": app.url.removeprefix("http://"), **UPGRADE}
    lines = [f"GET {PATH}?vsn=2.0.0 HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    await stream.send_all("\r\n".join([*lines, "", ""]).encode())
    assert b" 101 " in await stream.receive_some(1000)
    await eventually(lambda: len(app.node.sockets) == 2)


async def answers(transport: Any, websocket: WebSocketConnection, app: App) -> bool:
    """Whether the transport is that client's."""
    transport.send('["1",null,"charts:a","who",{}]')
    with trio.move_on_after(0.2):
        await websocket.get_message()
        return True
    return False


async def nobody_left(app: App) -> None:
    await eventually(lambda: not app.node.sockets)


async def eventually(condition: Callable[[], bool]) -> None:
    with trio.fail_after(2):
        while not condition():  # noqa: ASYNC110 (the server does not tell its clients)
            await trio.sleep(0.005)
