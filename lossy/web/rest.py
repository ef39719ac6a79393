"""REST: health, the token of an extension, and a user's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import structlog
from quart import Blueprint, request

from lossy.channels.errors import Code, Refusal, invalid
from lossy.channels.payloads import TokenRequest, UpdateSettings
from lossy.channels.reading import read
from lossy.store.pool import StoreError
from lossy.web.auth import COOKIE, PROTOCOL_VERSION, Identity, hashed, make_token

if TYPE_CHECKING:
    from lossy.store.accounts import User
    from lossy.web.node import Node

log = structlog.get_logger()


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


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("rest", __name__)

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz() -> tuple[dict[str, str], int]:
        """The process can do its work: the database answers too."""
        try:
            async with node.pool.lend() as connection:
                await connection.execute("SELECT 1")
        except StoreError as error:
            log.warning("not ready", error=str(error))  # which names hosts and databases, so it is not for anybody
            return {"status": "not ready"}, 503
        return {"status": "ready"}, 200

    @routes.post("/api/auth/extension_token")
    async def extension_token() -> dict[str, Any]:
        """A short-lived token for one device of whoever the cookie names."""
        user = await signed_in_from_here(node)
        asked = read(TokenRequest, await _body())
        if not await node.accounts.add_device(asked.device_id, user.id):
            raise Refusal(Code.FORBIDDEN, "This device has been signed out.")
        token, expires_at = make_token(node, Identity(user.id, asked.device_id))
        return {
            "token": token,
            "expires_at": expires_at,
            "device_id": str(asked.device_id),
            "protocol_version": PROTOCOL_VERSION,
        }

    @routes.get("/api/settings")
    async def settings() -> dict[str, Any]:
        user = await signed_in(node)
        return (await node.user_settings.in_force.of(user.id)).as_payload()

    @routes.patch("/api/settings")
    async def update_settings() -> dict[str, Any]:
        user = await signed_in_from_here(node)
        asked = read(UpdateSettings, await _body())
        return (await node.user_settings.make(user.id, asked.version, asked.changes)).as_payload()

    return routes


async def _body() -> object:
    """Raises Refusal where it is not JSON."""
    try:
        return orjson.loads(await request.get_data())
    except orjson.JSONDecodeError:
        raise invalid("$", "It must be JSON.") from None


def refused(refusal: Refusal) -> tuple[dict[str, object], int]:
    """The one error shape, and its status."""
    error = {"code": refusal.code.value, "message": refusal.message}
    return error | ({"details": refusal.details} if refusal.details else {}), STATUS.get(refusal.code, 400)


async def signed_in_from_here(node: Node) -> User:
    """Whoever asks for more than to read. The Origin stands in for a CSRF token. Raises Refusal (forbidden, too)."""
    if request.headers.get("Origin") not in node.origins:
        raise Refusal(Code.FORBIDDEN, "This origin may not ask for that.")
    return await signed_in(node)


async def signed_in(node: Node) -> User:
    """Whoever the request's cookie names. Raises Refusal (unauthenticated)."""
    cookie = request.cookies.get(COOKIE)
    user = await node.accounts.signed_in(hashed(cookie)) if cookie else None
    if user is None:
        raise Refusal(Code.UNAUTHENTICATED, "Sign in first.")
    return user
