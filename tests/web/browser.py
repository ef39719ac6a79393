"""A browser without JavaScript: cookies, pages, and the forms on them."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from attrs import define, field

from lossy.web.auth import COOKIE
from tests.web.http import Response, fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.app import App

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@define(eq=False)
class Browser:
    """`cookies` are those that it has; `page` is what it shows."""

    url: str
    agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    cookies: dict[str, str] = field(factory=dict)
    page: str = field(default="", init=False)

    @property
    def headers(self) -> dict[str, str]:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": sent, "User-Agent": self.agent, "Accept": "text/html"}

    @property
    def form_token(self) -> str:
        """Of the forms on the page."""
        found = TOKEN.search(self.page)
        return found[1] if found else ""

    async def open(self, path: str) -> Response:
        return self._show(await fetch("GET", self.url + path, self.headers))

    async def send(self, path: str, **fields: str) -> Response:
        """A form of the page that it shows."""
        return await self.send_as_is(path, **fields, form_token=self.form_token)

    async def send_as_is(self, path: str, origin: str | None = None, **fields: str) -> Response:
        headers = {**self.headers, **FORM, "Origin": self.url if origin is None else origin}
        return self._show(await fetch("POST", self.url + path, headers, urlencode(fields).encode()))

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Response:
        """As a program on the page would, in JSON."""
        headers = {**self.headers, "Accept": "application/json", "Origin": self.url}
        return self._keep(await fetch(method, self.url + path, headers, None if body is None else dict(body)))

    async def sign_in(self, email: str, password: str) -> Response:
        await self.open("/sign-in")
        return await self.send("/sign-in", email=email, password=password)

    async def sign_in_as_admin(self, app: App) -> Browser:
        """By the link that the server prints."""
        link = await app.sign_in_url()
        self._keep(await fetch("POST", link, {**self.headers, "Origin": self.url}))
        return self

    @property
    def is_signed_in(self) -> bool:
        return COOKIE in self.cookies

    def _show(self, response: Response) -> Response:
        self.page = response.text
        return self._keep(response)

    def _keep(self, response: Response) -> Response:
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return response


def link_on(page: str) -> str:
    """The path of the link that a page shows once."""
    found = re.search(r"<pre[^>]*>https?://[^/]+(/[^<]+)</pre>", page)
    assert found is not None, page
    return found[1]
