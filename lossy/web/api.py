"""The routes under /api, served by the table of operations: who asks, how often, what; then the answer, or an error."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import Any

import orjson
from attrs import define, field, frozen
from quart import Blueprint, Response, request

from lossy.channels.errors import Code, Refusal, forbidden, invalid
from lossy.channels.operations import OPERATIONS, Media, Operation, Who
from lossy.channels.query import read_query
from lossy.channels.reading import read
from lossy.store.accounts import ADMIN, User
from lossy.web.address import client_address
from lossy.web.auth import cookie_name, hashed, identify
from lossy.web.node import Node

# A refusal's status over HTTP; every other code is 400.
STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.TOKEN_EXPIRED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.TOO_LARGE: 413,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 501,
    Code.INTERNAL: 500,
}
BEARER = "Bearer "


@frozen
class Asked:
    """`query` and `body` are of the classes that the table names. `user` is None where anybody may ask."""

    query: Any
    body: Any
    ids: Mapping[str, Any]  # UUIDs, but for names
    _user: User | None

    @property
    def user(self) -> User:
        assert self._user is not None, "the table says that nobody else may ask"
        return self._user


Answer = Mapping[str, Any] | Response | None  # None where the table says that there is no reply
Handler = Callable[[Asked], Awaitable[Answer]]


@define(eq=False)
class Api:
    """The handlers of some rows of the table, as one blueprint."""

    node: Node
    routes: Blueprint
    served: set[str] = field(factory=set, init=False)

    @classmethod
    def named(cls, name: str, node: Node) -> Api:
        return cls(node, Blueprint(name, __name__))

    def handles(self, name: str) -> Callable[[Handler], Handler]:
        row = OPERATIONS[name]

        def add(handler: Handler) -> Handler:
            async def serve(**ids: Any) -> Response:
                return await self._serve(row, handler, ids)

            path = re.sub(r"{(\w+_id)}", r"<uuid:\1>", row.path).replace("{", "<").replace("}", ">")
            self.routes.add_url_rule(path, name, serve, methods=[row.method])
            self.served.add(name)
            return handler

        return add

    async def _serve(self, row: Operation, handler: Handler, ids: Mapping[str, Any]) -> Response:
        user = None if row.who is Who.ANYBODY else await who_asks(self.node, row)
        self.node.limits.spend(client_address(self.node.settings.server) if user is None else user.id, row)
        query = None if row.query is None else read_query(row.query, request.args.to_dict(flat=False))
        body = await _body(row)
        answer = await handler(Asked(query, body, ids, user))
        if isinstance(answer, Response):
            return answer
        if answer is None:
            return no_content()
        return Response(orjson.dumps(answer), row.status, content_type="application/json")


async def who_asks(node: Node, row: Operation) -> User:
    """By an extension's token, or by the cookie of the web app. Raises Refusal.

    A browser sends a cookie along whoever made the request, so with one the Origin stands in for a CSRF token.
    """
    if row.bearer and request.headers.get("Authorization", "").startswith(BEARER):
        identity = await identify(node, request.headers["Authorization"].removeprefix(BEARER))
        user = await node.accounts.user(identity.user_id)
    else:
        if row.changes:
            check_origin_of_change(node)
        user = await by_cookie(node)
    if user is None:
        raise sign_in_first()
    if row.who is Who.ADMIN and user.role != ADMIN:
        raise forbidden()
    return user


def check_origin_of_change(node: Node) -> None:
    """Raises Refusal (forbidden)."""
    if request.headers.get("Origin") not in node.origins:
        raise Refusal(Code.FORBIDDEN, "This origin may not ask for that.")


async def by_cookie(node: Node) -> User | None:
    cookie = request.cookies.get(cookie_name(node.settings.server))
    return await node.accounts.signed_in(hashed(cookie)) if cookie else None


async def signed_in(node: Node) -> User:
    """Whoever the cookie names. Raises Refusal (unauthenticated)."""
    user = await by_cookie(node)
    if user is None:
        raise sign_in_first()
    return user


def sign_in_first() -> Refusal:
    return Refusal(Code.UNAUTHENTICATED, "Sign in first.")


async def _body(row: Operation) -> Any:
    """As the table has it; what is no JSON there comes as bytes. Raises Refusal."""
    if row.body is None:
        return None
    sent = await request.get_data()
    if isinstance(row.body, Media):
        return sent
    try:
        return read(row.body, orjson.loads(sent))
    except orjson.JSONDecodeError:
        raise invalid("$", "It must be JSON.") from None


def no_content() -> Response:
    """Of a body that is not given Quart makes one that it reads by asyncio, which does not run here."""
    response = Response(b"", 204)
    del response.headers["Content-Length"]  # RFC 9110, 8.6: a 204 has none
    return response


def refused(refusal: Refusal, status: int | None = None) -> Response:
    """The one error shape; without `status` with that of its code."""
    error = {"code": refusal.code.value, "message": refusal.message}
    body = error | ({"details": refusal.details} if refusal.details else {})
    headers = retry_after(refusal)
    return Response(orjson.dumps(body), status or status_of(refusal), headers, content_type="application/json")


def status_of(refusal: Refusal) -> int:
    return STATUS.get(refusal.code, 400)


def retry_after(refusal: Refusal) -> dict[str, str]:
    """The header that says when to try again, in whole seconds and not too early, where there is a time."""
    wait = refusal.details.get("retry_after_ms")
    return {} if wait is None else {"Retry-After": str(ceil(wait / 1_000))}
