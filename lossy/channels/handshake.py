"""How a WebSocket is opened (RFC 6455, section 4), without a socket. Whose page asks is the caller's to look at."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha1
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = b"13"
KEY_BYTES = 16
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # what a server adds to the key, so that none opens one by mistake


class NotOpened(Exception):
    """The request is to be answered with `status`, as `refuse` does."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@frozen
class Opening:
    """A request for a WebSocket that is in order. `protocols` are those the client offers, as it likes them best."""

    query: str
    origin: str | None
    protocols: tuple[str, ...]
    forwarded: tuple[str, ...] = ()  # the lines of X-Forwarded-For
    key: bytes = b""  # empty where somebody else shakes hands


def read(head: bytes) -> Opening:
    """Raises NotOpened: 400 where it asks for no WebSocket, 405 by another method than GET, 426 in another version."""
    request = _request(head)
    headers = _Headers([*request.headers])  # h11's own are slow to go through
    if request.method != b"GET":
        raise NotOpened(HTTPStatus.METHOD_NOT_ALLOWED)
    if not headers.ask_for_websocket() or request.http_version != b"1.1":
        raise NotOpened(HTTPStatus.BAD_REQUEST)
    if headers.one(b"sec-websocket-version") != VERSION:
        raise NotOpened(HTTPStatus.UPGRADE_REQUIRED)
    origin = headers.one(b"origin")
    _, _, query = request.target.partition(b"?")
    return Opening(
        query.decode("ascii"),
        None if origin is None else origin.decode("latin-1"),
        tuple(protocol.decode("latin-1") for protocol in headers.listed(b"sec-websocket-protocol")),
        tuple(line.decode("latin-1") for line in headers.all(b"x-forwarded-for")),
        _key(headers.one(b"sec-websocket-key")),
    )


def accept(opening: Opening, protocol: str | None) -> bytes:
    """The answer that opens it. `protocol` is one of those offered."""
    accepted = b64encode(sha1(opening.key + GUID).digest())
    lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
    lines.append(b"Sec-WebSocket-Accept: " + accepted)
    if protocol is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + protocol.encode("latin-1"))
    return b"\r\n".join([*lines, b"", b""])


def refuse(status: HTTPStatus) -> bytes:
    """The answer that does not, and ends the connection."""
    lines = [f"HTTP/1.1 {status} {status.phrase}", "Connection: close", "Content-Length: 0"]
    if status == HTTPStatus.UPGRADE_REQUIRED:
        lines += ["Upgrade: websocket", f"Sec-WebSocket-Version: {VERSION.decode()}"]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append("Allow: GET")
    return "\r\n".join([*lines, "", ""]).encode()


def _request(head: bytes) -> h11.Request:
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(head)
        request = connection.next_event()
    except h11.RemoteProtocolError:
        raise NotOpened(HTTPStatus.BAD_REQUEST) from None
    if not isinstance(request, h11.Request):
        raise NotOpened(HTTPStatus.BAD_REQUEST)
    return request


@frozen
class _Headers:
    _each: Sequence[tuple[bytes, bytes]]

    def all(self, name: bytes) -> list[bytes]:
        return [value for header, value in self._each if header == name]

    def one(self, name: bytes) -> bytes | None:
        """Raises NotOpened where there are two: which of them counts would be a guess."""
        values = self.all(name)
        if len(values) > 1:
            raise NotOpened(HTTPStatus.BAD_REQUEST)
        return values[0] if values else None

    def listed(self, name: bytes) -> list[bytes]:
        """The elements of a header that is a list, which may be written in several."""
        elements = (element.strip() for value in self.all(name) for element in value.split(b","))
        return [element for element in elements if element]

    def ask_for_websocket(self) -> bool:
        """And have no body, which would be read as frames."""
        return (
            b"upgrade" in _lower(self.listed(b"connection"))
            and b"websocket" in _lower(self.listed(b"upgrade"))
            and not self.all(b"transfer-encoding")
            and self.one(b"content-length") in (None, b"0")
        )


def _lower(elements: Iterable[bytes]) -> list[bytes]:
    return [element.lower() for element in elements]


def _key(value: bytes | None) -> bytes:
    """As it was sent, if it is one. Raises NotOpened."""
    try:
        if value is not None and len(b64decode(value, validate=True)) == KEY_BYTES:
            return value
    except binascii.Error:
        pass
    raise NotOpened(HTTPStatus.BAD_REQUEST)
