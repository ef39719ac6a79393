"""`/metrics`, for Prometheus and for admins. Where a request is from is no permission: a proxy may stand in front."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from quart import Blueprint, Response, request

from lossy.channels.errors import Code, Refusal, not_found
from lossy.store.accounts import ADMIN
from lossy.web.api import BEARER, by_cookie, refused

if TYPE_CHECKING:
    from lossy.web.node import Node


def blueprint(node: Node) -> Blueprint:
    routes = Blueprint("scrape", __name__)

    @routes.errorhandler(Refusal)
    async def refuse(refusal: Refusal) -> Response:
        response = refused(refusal)
        if refusal.code is Code.UNAUTHENTICATED:
            response.headers["WWW-Authenticate"] = BEARER.strip()
        return response

    @routes.get("/metrics")
    async def metrics() -> Response:
        await _check(node)
        node.metrics.sockets.set(len(node.sockets))
        return Response(generate_latest(node.metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return routes


async def _check(node: Node) -> None:
    """Raises Refusal: unauthenticated, and not_found for a user who is no admin."""
    token, sent = node.settings.server.metrics_token, request.headers.get("Authorization", "")
    if token and sent.startswith(BEARER) and compare_digest(sent.removeprefix(BEARER).encode(), token.encode()):
        return
    user = await by_cookie(node)
    if user is None:
        raise Refusal(Code.UNAUTHENTICATED, "Bring the token of LOSSY_SERVER_METRICS_TOKEN, or sign in as an admin.")
    if user.role != ADMIN:
        raise not_found()
