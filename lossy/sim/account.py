"""A person's way in: a one-time link, a cookie, and tokens for their device."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import orjson
import trio
from attrs import define, field

if TYPE_CHECKING:
    from uuid import UUID

# A server on this machine answers within milliseconds; one that is stopping may keep us waiting.
TIMEOUT_S = 5.0
# An error's words, not a page of them.
WORDS = 500


class SignInFailed(Exception):
    """The server does not let this person in; the message has its words."""


class Unreachable(Exception):
    """Nobody answers at that address, or nobody who can do it now."""


class _EveryAnswer(urllib.request.HTTPErrorProcessor):
    """An error is an answer as well, and no redirect is followed."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        return response


@define(eq=False)
class Account:
    """`url` is the server's, without a slash at its end."""

    url: str
    _jar: CookieJar = field(factory=CookieJar, init=False)
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __attrs_post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(cookies, _EveryAnswer())

    async def sign_in(self, link: str) -> None:
        """Raises SignInFailed, Unreachable."""
        await self._ask(self._post(link, None))

    async def token(self, device_id: UUID) -> str:
        """Raises SignInFailed, Unreachable."""
        asked = self._post(f"{self.url}/api/auth/extension_token", {"device_id": str(device_id)})
        token: str = orjson.loads(await self._ask(asked))["token"]
        return token

    @property
    def cookie(self) -> str:
        """The secret of the session, once signed in."""
        (cookie,) = self._jar
        return cookie.value or ""

    async def is_up(self) -> bool:
        try:
            await self._ask(urllib.request.Request(f"{self.url}/healthz"))
        except (SignInFailed, Unreachable):
            return False
        return True

    def _post(self, url: str, body: dict[str, Any] | None) -> urllib.request.Request:
        headers = {"Origin": self.url, "Content-Type": "application/json"}
        try:
            return urllib.request.Request(url, orjson.dumps(body) if body else b"", headers)
        except ValueError:
            raise Unreachable(f"{url} is no address") from None

    async def _ask(self, request: urllib.request.Request) -> bytes:
        try:
            status, answer = await trio.to_thread.run_sync(self._open, request)
        except (OSError, HTTPException) as error:
            raise Unreachable(_unanswered(self.url, error)) from None
        if status < 400:
            return answer
        words = _words(status, answer)
        raise Unreachable(f"{self.url}: {words}") if status >= 500 else SignInFailed(words)

    def _open(self, request: urllib.request.Request) -> tuple[int, bytes]:
        """Blocks until the whole answer is there."""
        with self._opener.open(request, timeout=TIMEOUT_S) as response:
            return response.status, response.read()


def _unanswered(url: str, error: OSError | HTTPException) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError):
        return f"Nothing answers at {url}; is `lossy serve` running?"
    return f"{url}: {reason}"


def _words(status: int, answer: bytes) -> str:
    """The message of an answer in the server's one error shape; of any other, its beginning."""
    try:
        return str(orjson.loads(answer)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"{status} {answer[:WORDS].decode(errors='replace')}"
