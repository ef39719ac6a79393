"""A person's way in: a one-time link, a cookie, and tokens for their device."""

from __future__ import annotations

import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

import orjson
import trio
from attrs import define, field

if TYPE_CHECKING:
    from uuid import UUID

# A server on this machine answers within milliseconds; one that is stopping may keep us waiting.
TIMEOUT_S = 5.0


class SignInFailed(Exception):
    """The server does not let this person in; the message has its words."""


class Unreachable(Exception):
    """Nobody answers at that address."""


@define(eq=False)
class Account:
    """`url` is the server's, without a slash at its end."""

    url: str
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    async def sign_in(self, link: str) -> None:
        """Raises SignInFailed, Unreachable."""
        await self._post(link, None)

    async def token(self, device_id: UUID) -> str:
        """Raises SignInFailed, Unreachable."""
        answer = await self._post(f"{self.url}/api/auth/extension_token", {"device_id": str(device_id)})
        token: str = orjson.loads(answer)["token"]
        return token

    async def is_up(self) -> bool:
        try:
            await trio.to_thread.run_sync(self._open, urllib.request.Request(f"{self.url}/healthz"))
        except (HTTPError, URLError, TimeoutError, ConnectionError):
            return False
        return True

    async def _post(self, url: str, body: dict[str, Any] | None) -> bytes:
        headers = {"Origin": self.url, "Content-Type": "application/json"}
        request = urllib.request.Request(url, orjson.dumps(body) if body else b"", headers)
        try:
            return await trio.to_thread.run_sync(self._open, request)
        except HTTPError as error:
            with error:
                raise SignInFailed(f"{error.code} {error.read(500).decode(errors='replace')}") from None
        except (URLError, TimeoutError, ConnectionError) as error:
            raise Unreachable(f"{self.url}: {error}") from None

    def _open(self, request: urllib.request.Request) -> bytes:
        with self._opener.open(request, timeout=TIMEOUT_S) as response:
            content: bytes = response.read()
            return content
