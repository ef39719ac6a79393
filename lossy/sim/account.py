"""A person's way in: a one-time link, a cookie, and tokens for their device."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from http.client import HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode

import orjson
import trio
from attrs import define, field

from lossy.sim.client import Disconnected, Refused
from lossy.sim.conversation import PASSING, PAUSE_S, Connection, told_s

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

Connect = Callable[[str], AbstractAsyncContextManager[Connection]]
Converse = Callable[[Connection, str], Awaitable[None]]

# How a returning client looks for its server: by fetch, as the extension does.
POLL_S = 0.2
# A server on this machine answers within milliseconds; one that is stopping may keep us waiting.
TIMEOUT_S = 5.0
FORM_TOKEN = re.compile(rb'name="form_token" value="([^"]+)"')
RATE_LIMITED = "rate_limited"
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
    """`url` is the server's, without a slash at its end. `calls_itself` is the name of its devices, empty for none."""

    url: str
    calls_itself: str = field(default="", kw_only=True)
    _jar: CookieJar = field(factory=CookieJar, init=False)
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __attrs_post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(cookies, _EveryAnswer())

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers; where it says that this was too often, it is asked again. Raises Refused, and
        Unreachable.
        """
        request = self._request(f"{self.url}{path}", None if body is None else orjson.dumps(body))
        request.method = method
        while True:
            status, answer = await self._exchange(request)
            if status < 300:
                return orjson.loads(answer or b"null")
            refused = _refused(answer)
            if refused is None or status >= 500:
                raise Unreachable(f"{self.url}: {_words(status, answer)}")
            if refused.response["code"] != RATE_LIMITED:
                raise refused
            await trio.sleep(refused.response["details"]["retry_after_ms"] / 1_000)

    async def accept(self, link: str, password: str) -> None:
        """Makes an account by an invitation, as its page does. Raises SignInFailed, Unreachable."""
        page = await self._ask(self._request(link))
        token = FORM_TOKEN.search(page)
        if token is None:
            raise SignInFailed(f"{self.url}: that is no invitation")
        form = urlencode({"form_token": token[1], "password": password}).encode()
        await self._ask(self._request(link, form, "application/x-www-form-urlencoded"))

    async def sign_in(self, link: str) -> None:
        """Raises SignInFailed, Unreachable."""
        await self._ask(self._post(link, None))

    async def token(self, device_id: UUID) -> str:
        """Raises SignInFailed, Unreachable."""
        about = {"device_id": str(device_id), "name": self.calls_itself or None}
        asked = self._post(f"{self.url}/api/auth/extension_token", about)
        token: str = orjson.loads(await self._ask(asked))["token"]
        return token

    async def keep_connected(
        self, device_id: UUID, connect: Connect, converse: Converse, lost: Callable[[], None] | None = None
    ) -> None:
        """`converse` has one connection after the other, with a token. Raises SignInFailed, and Refused in a group: the
        server will not have this person, or what they ask for. `lost` is called when it is found to be gone.
        """
        while True:
            try:
                token = await self.token(device_id)
                async with connect(self.url) as client:
                    try:
                        await converse(client, token)
                    except Refused as refused:
                        if refused.response["code"] not in PASSING:
                            raise
                        await trio.sleep(told_s(refused))
            except* (Disconnected, Unreachable):
                pass
            await trio.sleep(PAUSE_S)
            await self._find_server(lost)

    async def _find_server(self, lost: Callable[[], None] | None) -> None:
        if await self.is_up():
            return
        if lost is not None:
            lost()
        await trio.sleep(POLL_S)
        while not await self.is_up():  # noqa: ASYNC110 (the server cannot tell us)
            await trio.sleep(POLL_S)

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
        return self._request(url, orjson.dumps(body) if body else b"")

    def _request(self, url: str, body: bytes | None = None, kind: str = "application/json") -> urllib.request.Request:
        try:
            return urllib.request.Request(url, body, {"Origin": self.url, "Content-Type": kind})
        except ValueError:
            raise Unreachable(f"{url} is no address") from None

    async def _ask(self, request: urllib.request.Request) -> bytes:
        status, answer = await self._exchange(request)
        if status < 400:
            return answer
        words = _words(status, answer)
        raise Unreachable(f"{self.url}: {words}") if status >= 500 else SignInFailed(words)

    async def _exchange(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            return await trio.to_thread.run_sync(self._open, request)
        except (OSError, HTTPException) as error:
            raise Unreachable(_unanswered(self.url, error)) from None

    def _open(self, request: urllib.request.Request) -> tuple[int, bytes]:
        """Blocks until the whole answer is there."""
        with self._opener.open(request, timeout=TIMEOUT_S) as response:
            return response.status, response.read()


def _unanswered(url: str, error: OSError | HTTPException) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError):
        return f"Nothing answers at {url}; is `lossy serve` running?"
    return f"{url}: {reason}"


def _refused(answer: bytes) -> Refused | None:
    """An error in the server's shape; None of anything else, such as a proxy says."""
    try:
        response = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    return Refused(response) if isinstance(response, dict) and "code" in response else None


def _words(status: int, answer: bytes) -> str:
    """The message of an answer in the server's one error shape; of any other, its beginning."""
    try:
        return str(orjson.loads(answer)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"{status} {answer[:WORDS].decode(errors='replace')}"
