"""Coming in and going out: a password is compared, a web session begins, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import request

from lossy.channels.errors import Code, Refusal, invalid
from lossy.clock import as_datetime
from lossy.domain.accounts import Unacceptable, read_email, read_password
from lossy.domain.browsers import shortened
from lossy.store.attempts import Attempt
from lossy.web.address import client_address
from lossy.web.auth import COOKIE_LIFE, cookie_name, hashed, new_secret

if TYPE_CHECKING:
    from uuid import UUID

    from quart import Response

    from lossy.store.accounts import User
    from lossy.web.node import Node


def _wrong() -> Refusal:
    """An account that is none, a wrong password and somebody who may not come in any more are told alike."""
    return Refusal(Code.UNAUTHENTICATED, "That address and that password do not belong together.")


async def check_password(node: Node, email: str, password: str) -> User:
    """Whose they are. Raises Refusal: unauthenticated, or rate_limited after failures, before anything is compared."""
    attempt = Attempt(_known_as(email), client_address(node.settings.server))
    wait = await node.attempts.begin(attempt, node.clock.now_ms())
    if wait > 0:
        raise Refusal(Code.RATE_LIMITED, "Too many tries have failed.", {"retry_after_ms": wait})
    known = await node.people.credentials(attempt.email)
    kept = known.password_hash if known is not None else None
    matches = await node.passwords.matches(password, kept)
    if known is None or kept is None or not matches or not known.active:
        raise _wrong()
    await node.attempts.succeeded(attempt)
    if node.passwords.is_old(kept):
        await node.people.rehash(known.user.id, kept, await node.passwords.hashed(password))
    return known.user


def _known_as(email: str) -> str:
    """What is no address is refused like one that nobody has, and takes as long."""
    try:
        return read_email(email)
    except Unacceptable:
        return email


async def check_again(node: Node, user: User, password: str) -> None:
    """Before what would lock its owner out: a browser that was left open is not enough. Who has no password yet came in
    by a link, and has nothing to show. Raises Refusal: invalid, rate_limited.
    """
    person = await node.people.get(user.id)
    if person is None or not person.has_password:
        return
    try:
        await check_password(node, user.email, password)
    except Refusal as refusal:
        if refusal.code is Code.UNAUTHENTICATED:
            raise invalid("current", "That is not your password.") from None
        raise


def new_email(text: str) -> str:
    """Raises Refusal (invalid)."""
    try:
        return read_email(text)
    except Unacceptable as error:
        raise invalid("email", str(error)) from None


def new_password(text: str, email: str) -> str:
    """Raises Refusal (invalid)."""
    try:
        return read_password(text, email)
    except Unacceptable as error:
        raise invalid("password", str(error)) from None


# -- the web session ------------------------------------------------------------------------------------------------


def session_cookie(node: Node) -> str:
    return request.cookies.get(cookie_name(node.settings.server), "")


async def begin_session(node: Node, user: User, response: Response) -> Response:
    """Signs this browser in. The secret is new, and the one that it had before is void."""
    secret, secret_hash = new_secret()
    expires, instead_of = as_datetime(node.clock.now_ms()) + COOKIE_LIFE, hashed(session_cookie(node))
    await node.devices.sign_in(user.id, secret_hash, expires, user_agent(), instead_of=instead_of)
    return keep_session(node, response, secret)


def keep_session(node: Node, response: Response, secret: str) -> Response:
    server = node.settings.server
    response.set_cookie(
        cookie_name(server), secret, max_age=COOKIE_LIFE, httponly=True, samesite="Lax", secure=server.is_https
    )
    return response


def forget_session(node: Node, response: Response) -> Response:
    server = node.settings.server
    response.delete_cookie(cookie_name(server), httponly=True, samesite="Lax", secure=server.is_https)
    return response


async def this_browser(node: Node) -> UUID | None:
    return await node.devices.browser(hashed(session_cookie(node)))


def user_agent() -> str:
    return shortened(request.headers.get("User-Agent", ""))
