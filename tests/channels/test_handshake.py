"""How a WebSocket is opened, beside wsproto's client."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, Request

from lossy.channels.handshake import NotOpened, Opening, accept, read, refuse

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    "Host": "x",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": KEY.decode(),
    "Sec-WebSocket-Version": "13",
}


def head(first: str = "GET /socket/websocket?vsn=2.0.0 HTTP/1.1", more: str = "", **changed: str | None) -> bytes:
    """A good one, but for what is changed: `origin="x"` adds a header, `host=None` leaves one out."""
    headers = {name.lower(): value for name, value in GOOD.items()}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}  # type: ignore[misc]
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([first, *lines, *([more] if more else []), "", ""]).encode("latin-1")


def status_of(request: bytes) -> int:
    with pytest.raises(NotOpened) as refused:
        read(request)
    return refused.value.status


def test_what_a_client_asks_for() -> None:
    assert read(head()) == Opening("vsn=2.0.0", None, (), (), KEY)
    headers = {"origin": "https://x.example", "sec_websocket_protocol": "phoenix, é.x", "x_forwarded_for": "192.0.2.1"}
    asked = read(head("GET /a?b=%20c?d HTTP/1.1", "X-Forwarded-For: 192.0.2.2, 192.0.2.3", **headers))
    forwarded = ("192.0.2.1", "192.0.2.2, 192.0.2.3")
    assert asked == Opening("b=%20c?d", "https://x.example", ("phoenix", "é.x"), forwarded, KEY)


def test_protocols_may_be_in_several_headers() -> None:
    assert read(head(sec_websocket_protocol=" a ,, b", more="Sec-WebSocket-Protocol: c")).protocols == ("a", "b", "c")


@pytest.mark.parametrize(
    "request_",
    [
        head(connection="keep-alive, UPGRADE"),
        head(upgrade="h2c, WebSocket"),
        head(content_length="0"),
        head("GET /socket/websocket HTTP/1.1", sec_websocket_extensions="permessage-deflate"),
    ],
)
def test_what_is_as_good(request_: bytes) -> None:
    assert read(request_).key == KEY


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (head(upgrade=None), 400),
        (head(upgrade="h2c"), 400),
        (head(connection=None), 400),
        (head(connection="keep-alive"), 400),
        (head(sec_websocket_key=None), 400),
        (head(sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ"), 400),
        (head(sec_websocket_key="dGhl"), 400),
        (head(sec_websocket_key="*" * 24), 400),
        (head(more=f"Sec-WebSocket-Key: {KEY.decode()}"), 400),
        (head(origin="a", more="Origin: b"), 400),
        (head(content_length="5"), 400),
        (head(transfer_encoding="chunked"), 400),
        (head(host=None), 400),
        (head("GET /socket/websocket HTTP/1.0"), 400),
        (head("GET /socket/websocket"), 400),
        (head(more="folded"), 400),
        (head()[:-2], 400),
        (b"", 400),
        (head("HEAD /socket/websocket HTTP/1.1"), 405),
        (head("POST /socket/websocket HTTP/1.1"), 405),
        (head(sec_websocket_version=None), 426),
        (head(sec_websocket_version="8"), 426),
        (head(sec_websocket_version="13, 8"), 426),
    ],
)
def test_what_is_not_opened(request_: bytes, status: int) -> None:
    assert status_of(request_) == status


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda more: head(more="X: ") + more))
def test_whatever_comes_is_an_opening_or_is_not_opened(request_: bytes) -> None:
    with suppress(NotOpened):
        assert read(request_).key


@pytest.mark.parametrize("protocol", [None, "phoenix"])
def test_a_client_takes_what_is_accepted(protocol: str | None) -> None:
    client = WSConnection(ConnectionType.CLIENT)
    offered = ["phoenix", "other"]
    opening = read(client.send(Request(host="x", target="/socket/websocket?vsn=2.0.0", subprotocols=offered)))
    assert opening.protocols == ("phoenix", "other")
    client.receive_data(accept(opening, protocol))
    (accepted,) = client.events()
    assert isinstance(accepted, AcceptConnection)
    assert (accepted.subprotocol, accepted.extensions) == (protocol, [])


@pytest.mark.parametrize("status", [400, 403, 405, 426])
def test_a_client_reads_what_is_refused(status: int) -> None:
    client = WSConnection(ConnectionType.CLIENT)
    client.send(Request(host="x", target="/"))
    client.receive_data(refuse(HTTPStatus(status)))
    refused, *_ = client.events()
    assert isinstance(refused, RejectConnection)
    assert refused.status_code == status
    names = {bytes(name) for name, _ in refused.headers}
    assert (b"sec-websocket-version" in names) == (status == 426)
    assert (b"allow" in names) == (status == 405)
