"""Pages with forms, and the forms that come back: each carries a token that only our own page could have written.

The token is a MAC of the browser's cookie, so nothing is kept for it: of its web session where it is signed in, and of
a cookie made for the form where it is not. SameSite and the Origin keep other sites out as well; either may be missing.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from quart import Response, render_template, request

from lossy.channels.errors import Code, Refusal
from lossy.channels.query import read_query
from lossy.web.auth import cookie_name

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from lossy.store.accounts import User
    from lossy.web.node import Node

FORM_COOKIE = "lossy_form"
TOKEN = "form_token"
T = TypeVar("T")


async def show(node: Node, template: str, user: User | None = None, status: int = 200, **values: Any) -> Response:
    """A page. `user` is who is signed in, for its head."""
    bound = _bound_to(node)
    known = bound or secrets.token_urlsafe(32)
    page = await render_template(template, user=user, form_token=_token(node, known), now=node.clock.now_ms(), **values)
    response = Response(page, status)
    if not bound:
        server = node.settings.server
        name = cookie_name(server, FORM_COOKIE)
        response.set_cookie(name, known, httponly=True, samesite="Strict", secure=server.is_https)
    return response


async def read_form(node: Node, kind: type[T]) -> T:
    """A box that is not ticked is not sent. Raises Refusal: forbidden where it is not of our own page, invalid where a
    field does not fit.
    """
    check_origin(node)
    fields = (await request.form).to_dict(flat=False)
    bound, given = _bound_to(node), "".join(fields.pop(TOKEN, []))
    if not bound or not hmac.compare_digest(given.encode(), _token(node, bound).encode()):
        raise Refusal(Code.FORBIDDEN, "This form is too old. Open its page again, and send it from there.")
    return read_query(kind, fields)


def asked_of(args: MultiDict[str, str]) -> dict[str, list[str]]:
    """What an address asks for. A form names its fields also where nothing was chosen."""
    given = args.to_dict(flat=False)
    return {name: chosen for name, values in given.items() if (chosen := [value for value in values if value])}


def check_origin(node: Node) -> None:
    """Raises Refusal (forbidden) for a form that another site has sent. A browser that says nothing of its origin
    has to know us by a name that is ours.
    """
    if request.headers.get("Origin", request.host_url.rstrip("/")) not in node.origins:
        raise Refusal(Code.FORBIDDEN, "Send this from this server's own page.")


def our_url(node: Node) -> str:
    """Where whoever asks finds this server, for a link to hand on."""
    return (node.settings.server.public_url or request.host_url).rstrip("/")


def _bound_to(node: Node) -> str:
    server = node.settings.server
    return request.cookies.get(cookie_name(server)) or request.cookies.get(cookie_name(server, FORM_COOKIE)) or ""


def _token(node: Node, bound: str) -> str:
    """Its own use of the node's key: no token of an extension begins with that."""
    return hmac.new(node.secret, b"form\0" + bound.encode(), "sha256").hexdigest()
