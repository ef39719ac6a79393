"""Health, the token of an extension, and a user's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from quart import Blueprint

from lossy.channels.errors import Code, Refusal
from lossy.store.pool import StoreError
from lossy.web.api import Api, Asked
from lossy.web.auth import PROTOCOL_VERSION, Identity, hashed, make_token
from lossy.web.entrance import session_cookie, user_agent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.web.node import Node

log = structlog.get_logger()


def health(node: Node) -> Blueprint:
    routes = Blueprint("health", __name__)

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

    return routes


def serve_settings(node: Node) -> Api:
    api = Api.named("settings", node)

    @api.handles("extension_token")
    async def extension_token(asked: Asked) -> Mapping[str, Any]:
        device_id, name = asked.body.device_id, asked.body.name or ""
        session = hashed(session_cookie(node))
        generation = await node.accounts.add_device(device_id, asked.user.id, session, user_agent(), name)
        if generation is None:
            raise Refusal(Code.FORBIDDEN, "This device has been signed out.")
        token, expires_at = make_token(node, Identity(asked.user.id, device_id, generation))
        about = {"device_id": str(device_id), "protocol_version": PROTOCOL_VERSION}
        return {"token": token, "expires_at": expires_at, **about}

    @api.handles("get_settings")
    async def get_settings(asked: Asked) -> Mapping[str, Any]:
        return (await node.user_settings.in_force.of(asked.user.id)).as_payload()

    @api.handles("update_settings")
    async def update_settings(asked: Asked) -> Mapping[str, Any]:
        made = await node.user_settings.make(asked.user.id, asked.body.version, asked.body.changes)
        return made.as_payload()

    return api
