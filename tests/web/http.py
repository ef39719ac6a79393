"""One HTTP request, without cookies or redirects of its own."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import trio
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.app import App


@frozen
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


async def fetch(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | dict[str, Any] | None = None
) -> Response:
    """A dict is sent as JSON."""
    sent = {"Content-Type": "application/json"} if isinstance(body, dict) else {}
    data = orjson.dumps(body) if isinstance(body, dict) else body
    return await trio.to_thread.run_sync(_fetch, method, url, {**sent, **(headers or {})}, data)


async def sign_in(app: App) -> str:
    """The session's cookie, as a browser would send it."""
    response = await fetch("POST", await app.sign_in_url(), {"Origin": app.url})
    assert response.status == 302
    return response.headers["Set-Cookie"].partition(";")[0]


def _fetch(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    try:
        connection.request(
            method, f"{address.path}?{address.query}" if address.query else address.path, body, dict(headers)
        )
        with connection.getresponse() as response:
            return Response(response.status, response.headers, response.read())
    finally:
        connection.close()
