"""What went wrong, told to a program in our one shape and to a person on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from attrs import frozen
from quart import Response, has_request_context, request, websocket
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from lossy.channels.errors import Code, Refusal, internal, invalid, not_found
from lossy.store.pool import StoreError
from lossy.web.api import by_cookie, refused, retry_after, status_of
from lossy.web.bodies import most_of
from lossy.web.forms import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quart_trio import QuartTrio

    from lossy.store.accounts import User
    from lossy.web.node import Node

log = structlog.get_logger()


@frozen
class Calm:
    """What a page says of a refusal: what happened, and what is to be done."""

    title: str
    next: str


CALM: Mapping[int, Calm] = {
    401: Calm("You are not signed in", "Sign in, and you are where you wanted to go."),
    403: Calm("This is not yours to open", "Whoever owns it can share it with you, or give you another role."),
    404: Calm("There is nothing here", "It was moved, or it was never there, or it is not shared with you."),
    405: Calm("This address takes something else", "Go back, and use the page's own buttons."),
    409: Calm("Something was in the way", "Open the page again: it shows how things are now."),
    413: Calm("That is too large", "Nothing of it was kept."),
    429: Calm("That was a little fast", "Nothing is lost. Wait a moment, and do it again."),
    500: Calm("Something went wrong here", "It is our fault. What you had saved is kept. Try it again in a moment."),
    503: Calm("The database does not answer", "What you had saved is kept. Try it again in a moment."),
}
ODD = Calm("That could not be understood", "Go back, and look at what was sent.")


def register_faults(app: QuartTrio, node: Node) -> None:
    @app.errorhandler(Refusal)
    async def refuse(refusal: Refusal) -> Response:
        return await _told(node, refusal)

    @app.errorhandler(HTTPException)
    async def refuse_request(error: HTTPException) -> HTTPException | Response:
        """What the framework refuses by itself."""
        if not has_request_context() or not (_of_api() or _wants_page()):
            return error
        response = await _told(node, _as_refusal(error), error.code)
        if isinstance(error, MethodNotAllowed) and error.valid_methods is not None:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response

    @app.errorhandler(Exception)
    async def fail(error: Exception) -> Response:
        """Our fault. The route is logged rather than the path, which may hold a sign-in link's secret."""
        incident = str(uuid4())
        log.exception("request failed", route=str((request or websocket).url_rule), incident=incident, exc_info=error)
        return await _told(node, internal(incident), 503 if isinstance(error, StoreError) else None)


async def _told(node: Node, refusal: Refusal, status: int | None = None) -> Response:
    if not has_request_context() or _of_api() or not _wants_page():
        return refused(refusal, status)
    status = status or status_of(refusal)
    calm = CALM.get(status, ODD)
    response = await show(node, "refused.html", await _who(node, status), status, fault=refusal, calm=calm)
    response.headers.update(retry_after(refusal))
    return response


async def _who(node: Node, status: int) -> User | None:
    """For the page's head. Where the fault is ours, nobody is asked for: that may be what failed."""
    if status >= 500:
        return None
    try:
        return await by_cookie(node)
    except StoreError:
        return None


def _of_api() -> bool:
    return request.path.startswith("/api/")


def _wants_page() -> bool:
    """As browsers do."""
    return "text/html" in request.headers.get("Accept", "")


def _as_refusal(error: HTTPException) -> Refusal:
    match error.code:
        case 404:
            return not_found()
        case 405:
            return invalid("method", "This address does not take it.")
        case 413:
            return Refusal(Code.TOO_LARGE, f"This request may hold {most_of(request.method, request.path)} bytes.")
        case _:
            return invalid("$", error.name)
