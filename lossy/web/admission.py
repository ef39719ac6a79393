"""Who may open a WebSocket, and with what: the version it speaks, and the token it brings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from attrs import frozen

from lossy.channels.errors import Code, Refusal, forbidden
from lossy.channels.handshake import NotOpened, Opening
from lossy.channels.wire import Serializer, UnsupportedVersion, serializer_for
from lossy.web.address import address_behind
from lossy.web.api import STATUS
from lossy.web.credentials import Credentials
from lossy.web.limits import CONNECT
from lossy.web.sockets import Routes, Socket
from lossy.web.transport import Transport

if TYPE_CHECKING:
    from lossy.web.node import Node

PROTOCOL = "phoenix"
# How npm `phoenix` 1.8 sends its authToken: as a WebSocket subprotocol, beside `phoenix`.
BEARER = "base64url.bearer.phx."


@frozen
class Admitted:
    """`protocol` is the one to be selected; `serve` returns when the client is gone."""

    protocol: str | None
    serve: Callable[[Transport], Awaitable[None]]


def admit(node: Node, routes: Routes, opening: Opening, peer: str) -> Admitted:
    """Raises NotOpened for a bad version or origin, and for too many from one address. A bad token is no reason:
    browsers would try it again at once.
    """
    address = address_behind(node.settings.server.proxies, peer, opening.forwarded)
    parameters = dict(reversed(parse_qsl(opening.query, keep_blank_values=True)))  # of two the first counts
    serializer = _let_in(node, opening.origin, parameters.get("vsn"), address)
    credentials = Credentials(node, address, _bearer(opening.protocols) or parameters.get("token"))
    protocol = PROTOCOL if PROTOCOL in opening.protocols else None
    return Admitted(protocol, lambda transport: Socket(node, routes, transport, serializer, credentials).run())


def _let_in(node: Node, origin: str | None, version: str | None, address: str) -> Serializer:
    connects = node.metrics.connects
    try:
        node.limits.spend(address, CONNECT)
        if origin is not None and origin not in node.origins:
            raise forbidden("This origin may not connect.")
        serializer = serializer_for(version)
    except Refusal as refusal:
        connects.labels(refusal.code.value).inc()
        raise NotOpened(HTTPStatus(STATUS[refusal.code])) from None
    except UnsupportedVersion:
        connects.labels(Code.UNSUPPORTED_VERSION.value).inc()
        raise NotOpened(HTTPStatus.FORBIDDEN) from None
    connects.labels("ok").inc()
    return serializer


def _bearer(offered: tuple[str, ...]) -> str | None:
    encoded = next((protocol.removeprefix(BEARER) for protocol in offered if protocol.startswith(BEARER)), None)
    if encoded is None:
        return None
    try:
        # Clients use the standard alphabet despite the name, without padding; both alphabets are taken.
        standard = encoded.translate(str.maketrans("-_", "+/"))
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
